//! What pages weigh over the wire, with all that they load and as browsers ask for it: of the real server
//! with the largest logo that it takes.

use std::io::Read as _;

use flate2::read::GzDecoder;
use lockkeeper::model::picture::MAX_PICTURE_BYTES;
use lockkeeper::store::team::Role;
use lockkeeper::web::assets;

use super::branding::{PNG, upload};
use super::{Office, assert_sent};
use crate::attempt::try_password;
use crate::harness::client::block_on;
use crate::harness::weight::{
    CONSOLE, FILE_HEAD, Fetched, HOSTED, PAGE_HEAD, ask, estimated, loads,
};

const ANN: &str = "ann@acme.test";
/// What Chromium takes.
const TAKES: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br, zstd");

/// What a page costs with all that it loads.
fn cost(base: &str, page: &Fetched) -> usize {
    assert!(page.head.len() <= PAGE_HEAD, "{}", page.head);
    let files = loads(page.html()).into_iter().map(|path| {
        let file = ask(base, ("GET", &path), &[TAKES], "");
        assert!(file.head.starts_with("http/1.1 200"), "{path}: {}", file.head);
        assert!(file.head.len() <= FILE_HEAD, "{path}: {}", file.head);
        file.len()
    });
    page.len() + files.sum::<usize>()
}

#[test]
fn no_hosted_page_costs_more_than_30_kb_with_the_largest_logo() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let colour = [("name", "Acme"), ("colour", "#5b3fd6")];
    assert_sent(&block_on(ana.post("/console/acme/branding", &colour)), "/console/acme/branding");
    let mut logo = PNG.to_vec();
    logo.resize(MAX_PICTURE_BYTES, 0);
    assert_sent(&upload(&ana, "logo", &logo, &ana.token), "/console/acme/branding");
    office.app.user(&office.acme, ANN, "correct horse");
    let base = office.app.base();
    let mut pages = Vec::new();
    for path in ["sign-in", "sign-in/forgot", "sign-in/code", "unlock", "unlock/code", "support"] {
        pages.push(ask(&base, ("GET", &format!("/t/acme/{path}")), &[TAKES], ""));
    }
    for _ in 0..8 {
        let _wrong = block_on(try_password(&office.app, &office.acme, ANN, "wrong"));
    }
    let own = ("Origin", base.as_str());
    let form = "identifier=ann%40acme.test&password=wrong";
    pages.push(ask(&base, ("POST", "/t/acme/sign-in"), &[TAKES, own], form));
    let locked = pages.last().unwrap();
    assert!(locked.head.starts_with("http/1.1 403"), "{}", locked.head);
    assert!(locked.html().contains(&assets::locked_script().path));
    for page in pages {
        let cost = cost(&base, &page);
        let words = page.html();
        assert!(words.contains("/assets/logo.") && words.contains("/assets/brand."), "{words}");
        assert!(cost > MAX_PICTURE_BYTES && cost <= HOSTED, "{cost} bytes: {words}");
        // The samples are judged by an estimate, which must not fall short.
        assert!(cost <= estimated(words), "{cost} bytes: {words}");
    }
}

#[test]
fn no_page_of_the_console_costs_more_than_120_kb() {
    let office = Office::open();
    let _ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let signed_in = block_on(office.visitor().sign_in("ana@lockkeeper.test"));
    let cookies: Vec<String> = signed_in.set_cookies().into_values().collect();
    let cookies: Vec<&str> = cookies.iter().map(|line| line.split(';').next().unwrap()).collect();
    let cookies = cookies.join("; ");
    let base = office.app.base();
    for path in ["overview", "policy", "locks", "attacks", "audit", "settings", "branding", "team"]
    {
        let path = format!("/console/acme/{path}");
        let page = ask(&base, ("GET", &path), &[TAKES, ("Cookie", &cookies)], "");
        assert!(page.head.starts_with("http/1.1 200"), "{path}: {}", page.head);
        let files = loads(page.html());
        for asset in [assets::stylesheet(), assets::console_stylesheet(), assets::console_script()]
        {
            assert!(files.contains(&asset.path), "{path} without {}", asset.path);
        }
        let cost = cost(&base, &page);
        assert!(cost <= CONSOLE, "{path}: {cost} bytes");
        assert!(cost <= estimated(page.html()), "{path}: {cost} bytes");
    }
}

#[test]
fn what_pages_load_is_packed_for_whoever_takes_it() {
    let office = Office::open();
    let base = office.app.base();
    for asset in [
        assets::stylesheet(),
        assets::console_stylesheet(),
        assets::console_script(),
        assets::locked_script(),
    ] {
        let packed = ask(&base, ("GET", &asset.path), &[TAKES], "");
        assert_eq!(packed.header("content-encoding"), "gzip");
        assert!(packed.len() * 2 < asset.bytes.len() + FILE_HEAD * 2, "{}", asset.path);
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, asset.bytes, "{}", asset.path);
        let plain = ask(&base, ("GET", &asset.path), &[("Accept-Encoding", "br, gzip;q=0")], "");
        assert_eq!((plain.header("content-encoding"), plain.body.as_slice()), ("", asset.bytes));
        for answer in [packed, plain] {
            assert_eq!(answer.header("vary"), "accept-encoding");
            assert_eq!(answer.header("content-type"), asset.content_type);
        }
    }
}

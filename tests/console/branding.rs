//! Branding behind the console's door: what is saved is what the tenant's pages and mails wear.

use lockkeeper::model::picture::MAX_PICTURE_BYTES;
use lockkeeper::store::team::Role;
use reqwest::Method;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::client::{Answer, Client, block_on};

const PATH: &str = "/console/acme/branding";

/// A PNG of one black pixel.
pub(super) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82";

pub(super) fn upload(who: &Worker, which: &str, bytes: &[u8], token: &str) -> Answer {
    let mut body = Vec::new();
    for (name, value) in [("form_token", token), ("which", which)] {
        let part = format!(
            "--b0undary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(
        b"--b0undary\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.svg\"\r\n\
          Content-Type: image/svg+xml\r\n\r\n",
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--b0undary--\r\n");
    let request = who.client.request(Method::POST, &format!("{PATH}/logo")).body(body);
    let request = request.header("content-type", "multipart/form-data; boundary=b0undary");
    block_on(Client::send(request.header("sec-fetch-site", "same-origin")))
}

/// The logo that the sign-in page shows.
fn logo(office: &Office) -> Option<String> {
    let page = block_on(office.visitor().client.get("/t/acme/sign-in")).body;
    let found = page.split("<img src=\"").nth(1)?;
    Some(found.split('"').next().unwrap().to_owned())
}

#[test]
fn name_colour_address_and_texts_are_worn_by_the_pages() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Admin);
    assert_page(&block_on(ana.get(PATH)), 200, &["Branding", "See the sign-in page"]);
    let form = [
        ("name", "Acme & Söhne"),
        ("colour", "#ffd400"),
        ("support", "help@acme.test"),
        ("sign_in_note.en", "Use your <b>work</b> address."),
        ("support_hours.en", "Weekdays, 9 to 17"),
        ("mail_postal.en", "Acme, 1 Main Street"),
    ];
    assert_sent(&block_on(ana.post(PATH, &form)), PATH);
    let page = block_on(ana.get(PATH));
    assert_page(&page, 200, &["The branding is saved", "#FFD400", "Contrast: words"]);
    let hosted = block_on(office.visitor().client.get("/t/acme/sign-in")).body;
    for fact in [
        "Acme &#38; Söhne",
        "Use your &#60;b&#62;work&#60;/b&#62; address.",
        "Weekdays, 9 to 17",
        "help@acme.test",
        "/assets/brand.",
    ] {
        assert!(hosted.contains(fact), "{fact}: {hosted}");
    }
    assert!(!hosted.contains("<b>work"));
    let name = office
        .app
        .tenants
        .reader()
        .tenant(lockkeeper::store::tenants::TenantName::Id(office.acme.profile.id().clone()));
    assert_eq!(block_on(name).unwrap().unwrap().name, "Acme & Söhne");
    let audit = block_on(ana.get("/console/acme/audit"));
    assert_page(&audit, 200, &["tenant.changed", "brand_color"]);
    // Emptied, the house's looks come back.
    assert_sent(&block_on(ana.post(PATH, &[("name", "Acme")])), PATH);
    let hosted = block_on(office.visitor().client.get("/t/acme/sign-in")).body;
    assert!(!hosted.contains("/assets/brand.") && !hosted.contains("Weekdays"), "{hosted}");
}

#[test]
fn all_faults_are_told_at_once_and_what_was_typed_stays() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let long = "x".repeat(301);
    let form = [("colour", "red"), ("support", "help"), ("mail_postal.de", long.as_str())];
    let refused = block_on(ana.post(PATH, &form));
    let facts = [
        "Error: Branding",
        "Enter a name of at most 100 characters",
        "Enter a colour such as #5B3FD6",
        "value=\"red\"",
        "Enter an e-mail address",
        "Postal line of mails: enter at most 300",
    ];
    assert_page(&refused, 422, &facts);
}

#[test]
fn a_logo_is_a_picture_by_its_bytes_and_is_served_from_our_own_host() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    assert_eq!(logo(&office), None);
    assert_sent(&upload(&ana, "logo", PNG, &ana.token), PATH);
    let path = logo(&office).unwrap();
    assert!(path.starts_with("/t/acme/assets/logo.") && path.ends_with(".png"), "{path}");
    let picture = block_on(office.visitor().client.get(&path));
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert!(picture.header("cache-control").contains("immutable"));
    assert!(picture.header("content-security-policy").starts_with("default-src 'none'"));
    let foreign = path.replace("acme", "globex");
    assert_eq!(block_on(office.visitor().client.get(&foreign)).status, 404);
    assert_page(&block_on(ana.get(PATH)), 200, &[&path]);

    // The same bytes for dark pages are one file, which stays until neither names it.
    assert_sent(&upload(&ana, "logo-dark", PNG, &ana.token), PATH);
    let remove = [("which", "logo"), ("deed", "remove")];
    assert_sent(&block_on(ana.post(&format!("{PATH}/logo"), &remove)), PATH);
    assert_eq!(logo(&office), None, "a dark logo alone is not shown");
    assert_eq!(block_on(office.visitor().client.get(&path)).status, 200);
    let remove = [("which", "logo-dark"), ("deed", "remove")];
    assert_sent(&block_on(ana.post(&format!("{PATH}/logo"), &remove)), PATH);
    assert_eq!(block_on(office.visitor().client.get(&path)).status, 404);

    for (bytes, words) in [
        (b"".as_slice(), "Choose a file first"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>", "PNG, JPEG or WebP file"),
        (b"GIF89a\x01\0\x01\0", "PNG, JPEG or WebP file"),
        (&[PNG, &[0; MAX_PICTURE_BYTES]].concat(), "at most 10 KB"),
    ] {
        assert_page(&upload(&ana, "logo", bytes, &ana.token), 422, &["Error: Branding", words]);
    }
    assert_eq!(upload(&ana, "logo", &[0; 66_000], &ana.token).status, 413);
    assert_eq!(upload(&ana, "favicon", PNG, &ana.token).status, 400);
    assert_eq!(upload(&ana, "logo", PNG, &kim.token).status, 403);
    assert_eq!(upload(&kim, "logo", PNG, &kim.token).status, 404);
    assert_eq!(logo(&office), None);
}

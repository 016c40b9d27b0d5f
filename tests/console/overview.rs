//! The overview: its numbers are those of the tenant, and of nobody else.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;

use super::api_keys::{call, create};
use super::{Office, assert_page, assert_sent};
use crate::harness::client::block_on;
use crate::harness::waiting::until;

fn figures(html: &str) -> Vec<String> {
    let first = html.split("</dl>").next().unwrap();
    let cells = first.split("<dd>").skip(1);
    cells.map(|cell| cell.split("</dd>").next().unwrap().to_owned()).collect()
}

#[test]
fn its_numbers_are_counted_when_it_is_asked_for() {
    let office = Office::open();
    let app = &office.app;
    let alex = app.user(&office.acme, "alex@acme.test", "correct horse").record.user.id;
    let bea = app.user(&office.acme, "bea@acme.test", "correct horse").record.user.id;
    let other = app.user(&office.globex, "kim@globex.test", "correct horse").record.user.id;
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    block_on(async {
        let quiet = ana.get("/console/acme/overview").await;
        assert_page(&quiet, 200, &["Nobody is locked"]);
        assert_eq!(figures(&quiet.body), ["0", "2", "0"]);
        app.tenants.lock_user(&office.globex.profile, other, "test", None).await.unwrap();
        for _ in 0..8 {
            let form = [("identifier", "bea@acme.test"), ("password", "wrong")];
            office.visitor().client.post_form("/t/acme/sign-in", &form).await;
        }
        // A name that is nobody's locks as well, and is never listed.
        for _ in 0..8 {
            let form = [("identifier", "nobody@acme.test"), ("password", "wrong")];
            office.visitor().client.post_form("/t/acme/sign-in", &form).await;
        }
        app.tenants.lock_user(&office.acme.profile, alex, "test", None).await.unwrap();
        let busy = ana.get("/console/acme/overview").await;
        assert_eq!(figures(&busy.body), ["2", "2", "0"]);
        assert_page(&busy, 200, &["bea<wbr>@acme.<wbr>test", "Staff lock", "in 1 minute"]);
        assert!(!busy.body.contains("nobody<wbr>"), "{}", busy.body);
        let story = format!("href=\"/console/acme/locks/{bea}\"");
        assert_page(&busy, 200, &[&story, "href=\"/console/acme/inbox\">Open requests"]);
        app.advance(Span::HOUR);
        let later = ana.get("/console/acme/overview").await;
        assert!(!later.body.contains("bea<wbr>@"), "its lock has ended: {}", later.body);
    });
}

/// The steps of the first ten minutes, and whether each is done.
fn steps(html: &str) -> Vec<(String, bool)> {
    let list = html.split("id=\"first\"").nth(1).unwrap().split("</section>").next().unwrap();
    let words =
        |line: &str| line.split("<span>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    list.split("<li>").skip(1).map(|line| (words(line), line.contains("pill ok"))).collect()
}

#[test]
fn the_first_steps_are_done_once_the_record_says_so() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let found = || steps(&block_on(ana.get("/console/acme/overview")).body);
    let done = || -> Vec<bool> { found().into_iter().map(|(_, done)| done).collect() };
    let begin = found();
    assert_eq!(begin.len(), 7, "{begin:?}");
    assert!(begin[0].0.contains("colour") && begin[1].0.contains("test mail"), "{begin:?}");
    assert!(begin[5].0.contains("secret key"), "{begin:?}");
    // The console makes users and takes them in.
    assert!(begin[6].0.contains("make them here") && !begin[6].0.contains("lockkeeper"));
    assert_eq!(done(), [false; 7]);
    block_on(async {
        let page = ana.get("/console/acme/overview").await;
        for path in ["branding", "mail", "keys"] {
            let link = format!("class=\"button\" href=\"/console/acme/{path}\"");
            assert_page(&page, 200, &[&link]);
        }
        let branding = [("name", "acme Ltd"), ("colour", "#5B3FD6")];
        assert_sent(&ana.post("/console/acme/branding", &branding).await, "/console/acme/branding");
    });
    assert_eq!(done(), [true, false, false, false, false, false, false]);
    let sent = block_on(ana.post("/console/acme/mail", &[("deed", "test")]));
    assert!(sent.status < 400, "{}", sent.body);
    assert_eq!(done(), [true, true, false, false, false, false, false]);
    let (secret, _) = create(&ana, &[("name", "Shop")]);
    assert_eq!(call(&office.app, &secret), 200);
    block_on(office.app.tenants.upkeep());
    block_on(until("the use is noted", async || {
        steps(&ana.get("/console/acme/overview").await.body)[5].1
    }));
    assert_eq!(done(), [true, true, false, false, false, true, false]);
}

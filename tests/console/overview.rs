//! The overview: its numbers are those of the tenant, and of nobody else.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;

use super::{Office, assert_page};
use crate::harness::client::block_on;

fn figures(html: &str) -> Vec<String> {
    let cells = html.split("<dd>").skip(1);
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

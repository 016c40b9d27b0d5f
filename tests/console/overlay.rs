//! A stricter policy for a while, from the press that sets it to the end that comes by itself.

use lockkeeper::model::Span;
use lockkeeper::store::team::Role;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::client::block_on;

const POLICY: &str = "/console/acme/policy";
const OVERLAY: &str = "/console/acme/policy/overlay";
const SET: [(&str, &str); 3] = [("preset", "strict"), ("length", "2h"), ("reason", "an attack")];

fn office() -> (Office, Worker) {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    (office, ana)
}

/// How many wrong passwords are looked at before the account is locked.
async fn tries(office: &Office, name: &str) -> usize {
    let form = [("identifier", name), ("password", "wrong")];
    for number in 1..20 {
        let answer = office.visitor().client.post_form("/t/acme/sign-in", &form).await;
        if answer.status == 403 {
            return number;
        }
    }
    panic!("never locked")
}

#[test]
fn it_decides_until_its_end_is_shown_with_it_and_ends_by_itself() {
    let (office, ana) = office();
    block_on(async {
        let page = ana.get(OVERLAY).await;
        assert_page(&page, 200, &["Stricter for a while", "<del>8</del>", "<ins>5</ins>"]);
        assert_sent(&ana.post(OVERLAY, &SET).await, POLICY);
        let shown = ana.get(POLICY).await;
        let facts =
            ["A stricter policy decides until", "Version 2", "Version 1 is live", "End it now"];
        assert_page(&shown, 200, &facts);
        assert_page(&ana.get("/console/acme/overview").await, 200, &["A stricter policy decides"]);
        let version = ana.get(&format!("{POLICY}/versions/2")).await;
        assert_page(
            &version,
            200,
            &["decides now", "an attack", "What it changed about version 1"],
        );
    });
    assert_eq!(tries_of(&office, "bea@acme.test"), 5);
    office.app.advance(Span::HOUR.times(2));
    assert_eq!(tries_of(&office, "cy@acme.test"), 8);
    block_on(async {
        assert!(!ana.get(POLICY).await.body.contains("A stricter policy decides"));
        assert!(!ana.get("/console/acme/overview").await.body.contains("A stricter policy"));
    });
}

fn tries_of(office: &Office, name: &str) -> usize {
    office.app.user(&office.acme, name, "correct horse");
    block_on(tries(office, name))
}

#[test]
fn it_is_ended_by_a_press() {
    let (office, ana) = office();
    block_on(async {
        assert_sent(&ana.post(OVERLAY, &SET).await, POLICY);
        assert_sent(&ana.post(&format!("{OVERLAY}/end"), &[]).await, POLICY);
        let page = ana.get(POLICY).await;
        assert_page(&page, 200, &["The live policy decides again."]);
        assert!(!page.body.contains("A stricter policy decides until"));
        assert_sent(&ana.post(&format!("{OVERLAY}/end"), &[]).await, POLICY);
        assert_page(&ana.get(POLICY).await, 200, &["It had ended already."]);
    });
    let rows = office.app.tenants.reader().audit_rows(office.acme.profile.id().clone(), 50);
    let rows = block_on(rows).unwrap();
    for action in ["policy.overlay_set", "policy.overlay_ended"] {
        let row = rows.iter().find(|row| row.action == action).unwrap();
        assert!(row.actor.starts_with("staff:user_"), "{}", row.actor);
    }
}

#[test]
fn it_needs_a_length_and_a_reason_and_something_to_be_stricter_in() {
    let (office, ana) = office();
    let eve = office.staff("eve", Some(&office.acme), Role::Auditor);
    block_on(async {
        for length in ["", "soon", "4m", "8d", "2"] {
            let form = [("preset", "strict"), ("length", length), ("reason", "")];
            let refused = ana.post(OVERLAY, &form).await;
            let facts = ["For how long: enter a length", "Enter why it is needed"];
            assert_page(&refused, 422, &facts);
        }
        let milder = [("preset", "relaxed"), ("length", "2h"), ("reason", "an attack")];
        assert_page(&ana.post(OVERLAY, &milder).await, 409, &["stricter than the live policy in"]);
        assert_page(&ana.get(&format!("{OVERLAY}?preset=relaxed")).await, 200, &["in nothing"]);
        assert_eq!(eve.get(OVERLAY).await.status, 403);
        assert_eq!(eve.post(OVERLAY, &SET).await.status, 403);
    });
    let now = block_on(office.app.tenants.policies_now(&office.acme.profile)).unwrap();
    assert_eq!((now.live.version, now.overlay), (1, None));
}

#[test]
fn a_draft_of_the_screen_can_be_put_over_the_live_policy() {
    let (office, ana) = office();
    let mut form = super::policy::policy_form("3", "1");
    form.retain(|(name, _)| *name != "reason");
    form.extend([("length", "1h"), ("reason", "an attack")]);
    block_on(async {
        assert_sent(&ana.post(OVERLAY, &form).await, POLICY);
    });
    assert_eq!(tries_of(&office, "bea@acme.test"), 3);
}

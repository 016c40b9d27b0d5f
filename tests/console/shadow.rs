//! A policy that is only watched: it locks nobody, and each day says what it would have done.

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::Span;
use lockkeeper::store::team::Role;

use super::policy::policy_form;
use super::{Office, assert_page, assert_sent};
use crate::harness::client::block_on;
use crate::harness::waiting::until;

const PATH: &str = "/console/acme/policy/shadow";

async fn wrong(office: &Office, times: usize) -> u16 {
    let form = [("identifier", "bea@acme.test"), ("password", "wrong")];
    let mut status = 0;
    for _ in 0..times {
        let client = office.visitor().client;
        status = client.post_form("/t/acme/sign-in", &form).await.status;
    }
    status
}

/// Upkeep of the server runs beside this one: whichever of them takes the work, it is done soon.
async fn until_an_owner_is_kept_out(office: &Office) {
    until("an owner who would be kept out", async || {
        office.app.tenants.upkeep().await;
        let watched = office.app.tenants.watched(&office.acme.profile).await.unwrap();
        let days = watched.map(|watched| watched.days).unwrap_or_default();
        days.iter().any(|(_, effect)| effect.owners.then == [1, 1, 1])
    })
    .await;
}

#[test]
fn a_watched_policy_locks_nobody_and_says_by_day_what_it_would_have_done() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    office.app.user(&office.acme, "bea@acme.test", "correct horse");
    block_on(async {
        assert_page(&ana.get(PATH).await, 200, &["No policy is watched"]);
        assert_eq!(wrong(&office, 4).await, 422);
        let right = [("identifier", "bea@acme.test"), ("password", "correct horse")];
        office.visitor().client.post_form("/t/acme/sign-in", &right).await;
        let mut form = policy_form("3", "1");
        form.retain(|(name, _)| *name != "reason");
        assert_page(&ana.post(PATH, &form).await, 422, &["Enter why it is watched"]);
        form.push(("reason", "before we dare it"));
        assert_sent(&ana.post(PATH, &form).await, PATH);
        let page = ana.get(PATH).await;
        let facts = ["recorded, not decided", "before we dare it", "<del>8</del>", "<ins>3</ins>"];
        assert_page(&page, 200, &facts);
    });
    // A day later that day is over.
    office.app.advance(Span::DAY);
    // Nobody stays signed in for so long.
    let ana = office.staff("bo", Some(&office.acme), Role::Owner);
    block_on(async {
        until_an_owner_is_kept_out(&office).await;
        let page = ana.get(PATH).await;
        assert_page(&page, 200, &["live → watched", "0 → 1"]);
        assert_eq!(wrong(&office, 4).await, 422, "nobody is locked by it");
        let now = office.app.tenants.policies_now(&office.acme.profile).await.unwrap();
        assert_eq!((now.live.version, now.overlay), (1, None));
        assert_page(&ana.get("/console/acme/policy/versions").await, 200, &["watched"]);
        assert_sent(&ana.post(&format!("{PATH}/end"), &[]).await, PATH);
        assert_page(&ana.get(PATH).await, 200, &["No policy is watched any more."]);
        assert_sent(&ana.post(&format!("{PATH}/end"), &[]).await, PATH);
    });
    assert!(block_on(office.app.tenants.watched(&office.acme.profile)).unwrap().is_none());
}

#[test]
fn another_policy_takes_its_place_and_a_foreign_tenant_has_none() {
    let office = Office::open();
    let tenants = &office.app.tenants;
    block_on(async {
        let strict = Preset::Strict.policy();
        let hard = Policy { max_attempts: 1, ..strict.clone() };
        let acme = &office.acme.profile;
        assert_eq!(tenants.watch_policy(acme, &strict, "test", "test").await.unwrap(), 2);
        assert_eq!(tenants.watch_policy(acme, &hard, "test", "test").await.unwrap(), 3);
        assert_eq!(tenants.watched(acme).await.unwrap().unwrap().version, 3);
        assert!(tenants.watched(&office.globex.profile).await.unwrap().is_none());
        // Saving goes on where the numbers are.
        let saved = tenants.save_policy_over(acme, &strict, "test", "test", 1).await;
        assert_eq!(saved.unwrap(), 4);
    });
}

//! Keys behind the console's door: what is made opens the Backend API, what is revoked opens nothing
//! on any node, and a secret is shown once.

use lockkeeper::model::{Clock as _, Span};
use lockkeeper::store::team::Role;
use reqwest::Method;

use super::{Office, Worker, assert_page, assert_sent};
use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::{Client, block_on};
use crate::harness::waiting::until;

const PATH: &str = "/console/acme/keys";

pub(super) fn call(app: &TestApp, key: &str) -> u16 {
    let request = app.client().request(Method::GET, "/v1/users?limit=1");
    block_on(Client::send(request.header("authorization", format!("Bearer {key}")))).status
}

pub(super) fn create(ana: &Worker, fields: &[(&str, &str)]) -> (String, String) {
    let made = block_on(ana.post(PATH, fields));
    assert_page(&made, 200, &["Your new key", "It is never shown again"]);
    let secret = made.body.split("id=\"secret\">").nth(1).unwrap();
    (secret.split('<').next().unwrap().to_owned(), made.body)
}

/// Where the key of that name is revoked.
fn revoke_path(ana: &Worker, name: &str) -> String {
    let page = block_on(ana.get(PATH)).body;
    let row = page.split("<li>").find(|row| row.contains(&format!(">{name}<"))).unwrap();
    let link = row.split("href=\"").nth(1).unwrap();
    link.split('"').next().unwrap().to_owned()
}

#[test]
fn a_key_is_shown_once_and_opens_until_it_is_revoked() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Admin);
    let kim = office.staff("kim", Some(&office.globex), Role::Owner);
    let (secret, _) = create(&ana, &[("name", "Billing")]);
    assert_eq!(call(&office.app, &secret), 200);
    let list = block_on(ana.get(PATH));
    assert_page(&list, 200, &["Billing", "First key", "by ana.", "Not used yet"]);
    assert!(!list.body.contains(&secret), "shown again");
    let audit = block_on(ana.get("/console/acme/audit"));
    assert_page(&audit, 200, &["key.created", "Billing"]);
    assert!(!audit.body.contains(&secret));

    let path = revoke_path(&ana, "Billing");
    let foreign = path.replace("acme", "globex");
    assert_eq!(block_on(kim.get(&foreign)).status, 404);
    assert_eq!(block_on(kim.post(&foreign, &[])).status, 404);
    assert_page(&block_on(ana.get(&path)), 200, &["Revoke sk_test_…", "Keep key"]);
    assert_eq!(call(&office.app, &secret), 200, "a question changes nothing");
    assert_sent(&block_on(ana.post(&path, &[])), PATH);
    assert_eq!(call(&office.app, &secret), 401);
    assert_eq!(block_on(ana.post(&path, &[])).status, 404, "it is gone");
    assert_page(&block_on(ana.get(PATH)), 200, &["First key"]);
    assert_eq!(call(&office.app, &office.acme.secret_key), 200, "the other key");
}

#[test]
fn a_replaced_key_opens_beside_the_new_one_until_somebody_ends_it() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let (old, _) = create(&ana, &[("name", "Shop")]);
    let path = revoke_path(&ana, "Shop");
    let id = path.split('/').nth(4).unwrap();
    let (new, body) = create(&ana, &[("instead", id)]);
    assert!(body.contains("Both keys work") && body.contains(&path), "{body}");
    assert_eq!((call(&office.app, &old), call(&office.app, &new)), (200, 200));
    assert_sent(&block_on(ana.post(&path, &[])), PATH);
    assert_eq!((call(&office.app, &old), call(&office.app, &new)), (401, 200));
    assert_eq!(block_on(ana.post(PATH, &[("instead", "nobody")])).status, 404);
}

#[test]
fn a_revoked_key_is_dead_on_another_node_within_a_second() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let plan = TestPlan { database: Some(office.home.url()), ..TestPlan::default() };
    let other = TestApp::with_clock(plan, office.app.clock.clone());
    let (secret, _) = create(&ana, &[("name", "Shop")]);
    assert_eq!(call(&other, &secret), 200);
    let path = revoke_path(&ana, "Shop");
    assert_sent(&block_on(ana.post(&path, &[])), PATH);
    office.app.advance(Span(1_000));
    assert_eq!(call(&other, &secret), 401);
    other.stop();
}

#[test]
fn a_key_needs_a_name_and_there_are_twenty_at_most() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    for name in ["", "  ", &"n".repeat(61)] {
        let refused = block_on(ana.post(PATH, &[("name", name)]));
        assert_page(&refused, 422, &["Error: Keys", "Enter a name of at most 60 characters"]);
    }
    for number in 1..20 {
        create(&ana, &[("name", &format!("key {number}"))]);
    }
    let full = block_on(ana.post(PATH, &[("name", "one more")]));
    assert_page(&full, 422, &["There are 20 keys already", "one more"]);
}

#[test]
fn the_last_use_of_a_key_is_told_to_five_minutes() {
    let office = Office::open();
    let ana = office.staff("ana", Some(&office.acme), Role::Owner);
    let (secret, _) = create(&ana, &[("name", "Shop")]);
    let used = async || {
        let keys = office.app.tenants.reader().api_keys(office.acme.profile.id().clone()).await;
        keys.unwrap().into_iter().find(|key| key.name == "Shop").unwrap().last_used_at
    };
    assert_eq!(block_on(used()), None);
    let first = office.app.clock.now();
    assert_eq!(call(&office.app, &secret), 200);
    block_on(office.app.tenants.upkeep());
    // The server's own upkeep may be at it, too.
    block_on(until("the use is noted", async || used().await.is_some()));
    assert_eq!(block_on(used()), Some(first));
    office.app.advance(Span::MINUTE);
    assert_eq!(call(&office.app, &secret), 200);
    block_on(office.app.tenants.upkeep());
    assert_eq!(block_on(used()), Some(first), "written less than five minutes ago");
    let page = block_on(ana.get(PATH));
    assert_page(&page, 200, &["Last used"]);
}

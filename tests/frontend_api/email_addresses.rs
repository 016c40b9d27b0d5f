//! The signed-in user's own addresses over the Frontend API: silence about those of others, and what
//! a lock and a count do when an address comes and goes.

use lockkeeper::model::{IdentificationId, Span};
use lockkeeper::store::identifications::Name;
use lockkeeper::store::tenants::TenantChange;
use lockkeeper::token::{CodeLength, ShortCodes};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ALEX, N, PASSWORD, World, shown, signed_in, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const NEW: &str = "second@acme.test";
const PATH: &str = "me/email_addresses";

async fn add(client: &Client, address: &str) -> Answer {
    client.post_form(&v1(PATH), &[("email_address", address)]).await
}

/// Adds an address; its id.
async fn added(client: &Client, address: &str) -> String {
    let answer = add(client, address).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    text(&answer.json(), "/response/id").to_owned()
}

async fn prepare(client: &Client, id: &str) -> Answer {
    let path = v1(&format!("{PATH}/{id}/prepare_verification"));
    client.post_form(&path, &[("strategy", "email_code")]).await
}

async fn attempt(client: &Client, id: &str, code: &str) -> Answer {
    let path = v1(&format!("{PATH}/{id}/attempt_verification"));
    client.post_form(&path, &[("code", code)]).await
}

async fn remove(client: &Client, id: &str) -> Answer {
    client.post_form(&v1(&format!("{PATH}/{id}?_method=DELETE")), &[]).await
}

/// What was sent last to an address that waits.
async fn code(world: &World, id: &str) -> String {
    let (app, tenant) = (&world.app, world.acme.profile.id().clone());
    let id = IdentificationId::parse(id).unwrap();
    let Some(Name::Pending(row)) = app.store.reader().name(tenant.clone(), id).await.unwrap()
    else {
        panic!("it waits no longer")
    };
    let sent = row.prepared_code.unwrap();
    ShortCodes::for_tenant(&app.keys, &tenant).code(sent.as_str(), CodeLength::Six)
}

/// Adds an address and proves it; its id.
async fn proved(world: &World, client: &Client, address: &str) -> String {
    let id = added(client, address).await;
    assert_eq!(prepare(client, &id).await.status, 200);
    let done = attempt(client, &id, &code(world, &id).await).await;
    assert_eq!(done.status, 200, "{}", done.body);
    id
}

fn wrong(code: &str) -> &'static str {
    if code == "111111" { "222222" } else { "111111" }
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

/// The user of the first session, as an answer's client tells of it.
fn user(answer: &Answer) -> Value {
    answer.json()["client"]["sessions"][0]["user"].clone()
}

#[test]
fn an_address_is_added_proved_made_primary_and_taken_away() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        assert_eq!(refusal(&add(&client, NEW).await), (401, "signed_out".to_owned()));
        signed_in(&client).await;
        let made = add(&client, NEW).await;
        let id = text(&made.json(), "/response/id").to_owned();
        assert_eq!(made.json()["response"]["verification"], Value::Null);
        let early = attempt(&client, &id, "123456").await;
        assert_eq!(refusal(&early), (400, "verification_missing".to_owned()));
        // It signs nobody in before it is proved.
        let unproved = try_password(&world.client(), NEW, PASSWORD).await;
        assert_eq!(unproved.status, 422);
        let sent = prepare(&client, &id).await.json()["response"]["verification"].clone();
        assert_eq!(sent["object"], "verification_otp");
        assert_eq!((&sent["status"], &sent["attempts"]), (&json!("unverified"), &json!(0)));
        let soon = prepare(&client, &id).await;
        assert_eq!(refusal(&soon), (429, "verification_code_too_many_requests".to_owned()));
        assert_eq!(soon.header("retry-after"), "30");
        let right = code(&world, &id).await;
        let odd = attempt(&client, &id, wrong(&right)).await;
        assert_eq!(refusal(&odd), (422, "form_code_incorrect".to_owned()));
        let done = attempt(&client, &id, &right).await;
        assert_eq!(done.json()["response"]["verification"]["status"], "verified");
        assert_eq!(try_password(&world.client(), NEW, PASSWORD).await.status, 200);
        let again = attempt(&client, &id, &right).await;
        assert_eq!(refusal(&again), (400, "verification_already_verified".to_owned()));

        let listed = client.get(&v1(PATH)).await.json();
        let all: Vec<_> = listed["response"].as_array().unwrap().iter().collect();
        assert_eq!(all.len(), 2);
        let one = client.get(&v1(&format!("{PATH}/{id}"))).await.json()["response"].clone();
        assert!(all.contains(&&one), "{listed}");
        let first = all.into_iter().find(|row| **row != one).unwrap();
        let first = text(first, "/id").to_owned();
        assert_eq!(user(&done)["primary_email_address_id"], first.as_str());
        let form = [("primary_email_address_id", &*id)];
        let moved = client.post_form(&v1("me?_method=PATCH"), &form).await;
        assert_eq!(moved.json()["response"]["primary_email_address_id"], id.as_str());
        let gone = remove(&client, &id).await;
        let deleted = json!({ "object": "email_address", "id": id, "deleted": true });
        assert_eq!(gone.json()["response"], deleted);
        assert_eq!(user(&gone)["primary_email_address_id"], first.as_str(), "the primary moves");
        assert_eq!(refusal(&remove(&client, &id).await), (404, "resource_not_found".to_owned()));
        let last = remove(&client, &first).await;
        assert_eq!(refusal(&last), (403, "resource_forbidden".to_owned()));
    });
}

#[test]
fn another_users_address_is_answered_as_a_free_one() {
    let world = World::new();
    world.app.user(&world.acme, "owner@acme.test", PASSWORD);
    let journey = |address: &'static str| {
        block_on(async {
            let client = world.client();
            signed_in(&client).await;
            let made = add(&client, address).await;
            let id = text(&made.json(), "/response/id").to_owned();
            let mut told = vec![made.json()["response"].to_string()];
            let sent = prepare(&client, &id).await;
            told.push(sent.json()["response"].to_string());
            let wrong = wrong(&code(&world, &id).await);
            for _try in 0..6 {
                told.push(shown(&attempt(&client, &id, wrong).await));
            }
            world.app.advance(Span::SECOND.times(40));
            let sent = prepare(&client, &id).await;
            told.push(sent.json()["response"].to_string());
            let told = told.join("\n").replace(address, "<address>").replace(&id, "<id>");
            assert_eq!(remove(&client, &id).await.status, 200);
            told
        })
    };
    let masked = |told: String| crate::harness::snapshot::mask(&told);
    let (taken, free) = (masked(journey("owner@acme.test")), masked(journey("nobody@new.test")));
    assert_eq!(taken, free);
    assert!(taken.contains("verification_failed"), "{taken}");
}

#[test]
fn the_revealing_mode_and_ones_own_addresses_are_told_at_once() {
    let world = World::new();
    world.app.user(&world.acme, "owner@acme.test", PASSWORD);
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        added(&client, NEW).await;
        for own in [ALEX, NEW, "SECOND@acme.test"] {
            let refused = add(&client, own).await;
            assert_eq!(refusal(&refused), (422, "form_identifier_exists".to_owned()));
        }
        let odd = add(&client, "no address").await;
        assert_eq!(refusal(&odd), (422, "form_param_format_invalid".to_owned()));
        let change = TenantChange { revealing: Some(true), ..<_>::default() };
        world.app.tenants.update_tenant(&world.acme.profile, change, "test").await.unwrap();
        let taken = add(&client, "owner@acme.test").await;
        assert_eq!(refusal(&taken), (422, "form_identifier_exists".to_owned()));
    });
}

#[test]
fn an_address_that_was_claimed_by_another_meanwhile_is_not_given() {
    let world = World::new();
    world.app.user(&world.acme, "other@acme.test", PASSWORD);
    block_on(async {
        let (alex, other) = (world.client(), world.client());
        signed_in(&alex).await;
        try_password(&other, "other@acme.test", PASSWORD).await;
        let late = added(&alex, NEW).await;
        assert_eq!(prepare(&alex, &late).await.status, 200);
        proved(&world, &other, NEW).await;
        let claimed = attempt(&alex, &late, &code(&world, &late).await).await;
        assert_eq!(refusal(&claimed), (400, "identification_claimed".to_owned()));
        // Another user's address is nobody's here.
        let theirs = attempt(&other, &late, "123456").await;
        assert_eq!(refusal(&theirs), (404, "resource_not_found".to_owned()));
    });
}

#[test]
fn a_new_address_of_a_locked_user_is_locked_at_once() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let id = added(&client, NEW).await;
        assert_eq!(prepare(&client, &id).await.status, 200);
        for _try in 0..N {
            try_password(&world.client(), ALEX, "wrong").await;
        }
        let done = attempt(&client, &id, &code(&world, &id).await).await;
        assert_eq!(done.status, 200, "the mailbox is proved, nothing is opened: {}", done.body);
        let refused = try_password(&world.client(), NEW, PASSWORD).await;
        assert_eq!(refusal(&refused), (403, "user_locked".to_owned()));
    });
}

#[test]
fn a_removed_address_leaves_its_count_behind() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let id = proved(&world, &client, NEW).await;
        for _try in 1..N {
            let wrong = try_password(&world.client(), NEW, "wrong").await;
            assert_eq!(refusal(&wrong), (422, "form_password_incorrect".to_owned()));
        }
        assert_eq!(remove(&client, &id).await.status, 200);
        let last = try_password(&world.client(), NEW, "wrong").await;
        assert_eq!(refusal(&last), (403, "user_locked".to_owned()));
        // The user's own count is where it was, too.
        let own = try_password(&world.client(), ALEX, "wrong").await;
        assert_eq!(refusal(&own), (403, "user_locked".to_owned()));
    });
}

#[test]
fn adding_and_taking_away_want_a_fresh_first_factor() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let id = proved(&world, &client, NEW).await;
        world.app.advance(Span::MINUTE.times(11));
        let stale = (403, "session_reverification_required".to_owned());
        assert_eq!(refusal(&add(&client, "third@acme.test").await), stale);
        assert_eq!(refusal(&remove(&client, &id).await), stale);
        let form = [("primary_email_address_id", &*id)];
        let moved = client.post_form(&v1("me?_method=PATCH"), &form).await;
        assert_eq!(refusal(&moved), stale);
        // Names are no way in.
        let form = [("first_name", "Alex")];
        assert_eq!(client.post_form(&v1("me?_method=PATCH"), &form).await.status, 200);
    });
}

#[test]
fn no_more_than_ten_addresses_wait() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        for number in 0..10 {
            added(&client, &format!("a{number}@acme.test")).await;
        }
        let refused = add(&client, "a10@acme.test").await;
        assert_eq!(refusal(&refused), (403, "resource_forbidden".to_owned()));
        let request = world.app.client().request(Method::GET, "/v1/users?limit=1");
        let users = Client::send(request.bearer_auth(&world.acme.secret_key)).await.json();
        assert_eq!(users[0]["email_addresses"].as_array().unwrap().len(), 11);
    });
}

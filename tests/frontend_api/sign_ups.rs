//! Sign-ups: proving an address, taking over a phantom, and silence about taken ones.

use lockkeeper::model::{SignUpId, Span};
use lockkeeper::store::tenants::{SignUpMode, TenantChange};
use lockkeeper::token::{CodeLength, ShortCodes};
use serde_json::Value;

use super::codes::{code_in, mailed};
use super::{ALEX, N, PASSWORD, World, shown, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const NEW: &str = "zoe@new.test";
const SECRET: &str = "another long secret";

/// A server whose tenant lets everybody sign up.
fn world() -> World {
    let world = World::new();
    block_on(change(&world, TenantChange { sign_up: Some(SignUpMode::Public), ..<_>::default() }));
    world
}

async fn change(world: &World, change: TenantChange) {
    world.app.tenants.update_tenant(&world.acme.profile, change, "test").await.unwrap();
}

async fn create(client: &Client, form: &[(&str, &str)]) -> Answer {
    client.post_form(&v1("client/sign_ups"), form).await
}

/// Address, password and the wish for a code at once; the sign-up's id.
async fn begun(client: &Client, address: &str) -> String {
    let form = [("email_address", address), ("password", SECRET), ("strategy", "email_code")];
    let answer = create(client, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    text(&answer.json(), "/response/id").to_owned()
}

async fn post(client: &Client, id: &str, step: &str, form: &[(&str, &str)]) -> Answer {
    client.post_form(&v1(&format!("client/sign_ups/{id}{step}")), form).await
}

async fn attempt(client: &Client, id: &str, code: &str) -> Answer {
    let form = [("strategy", "email_code"), ("code", code)];
    post(client, id, "/attempt_verification", &form).await
}

/// What was sent last to the address of a sign-up.
async fn code(world: &World, id: &str) -> String {
    let (app, tenant) = (&world.app, world.acme.profile.id().clone());
    let found = app.store.reader().sign_up(tenant.clone(), SignUpId::parse(id).unwrap()).await;
    let sent = found.unwrap().unwrap().email().unwrap().prepared_code.clone().unwrap();
    ShortCodes::for_tenant(&app.keys, &tenant).code(sent.as_str(), CodeLength::Six)
}

fn wrong(code: &str) -> &'static str {
    if code == "111111" { "222222" } else { "111111" }
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

#[test]
fn sign_up_with_a_mailed_code_signs_in() {
    let world = world();
    block_on(async {
        let client = world.client();
        let id = begun(&client, NEW).await;
        let done = attempt(&client, &id, &code(&world, &id).await).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let json = done.json();
        assert_eq!(text(&json, "/response/status"), "complete");
        assert_eq!(
            text(&json, "/response/created_session_id"),
            text(&json, "/client/sessions/0/id")
        );
        let user = json.pointer("/client/sessions/0/user").unwrap();
        assert_eq!(user["id"], json["response"]["created_user_id"]);
        assert_eq!(user["email_addresses"][0]["verification"]["strategy"], "email_code");
        assert_eq!(user["email_addresses"][0]["verification"]["object"], "verification_otp");
        assert_eq!(json["client"]["sign_up"], Value::Null);
        let elsewhere = try_password(&world.client(), NEW, SECRET).await;
        assert_eq!(elsewhere.status, 200, "{}", elsewhere.body);
        let again = attempt(&client, &id, "123456").await;
        assert_eq!(refusal(&again), (400, "client_state_invalid".to_owned()));
    });
}

#[test]
fn a_sign_up_is_finished_through_the_mailbox() {
    let world = world();
    block_on(async {
        let client = world.client();
        let form = [
            ("email_address", NEW),
            ("password", SECRET),
            ("strategy", "email_code"),
            ("locale", "fr-FR"),
        ];
        let begun = create(&client, &form).await.json();
        let subject = "Votre code pour confirmer votre adresse chez acme Ltd";
        let mail = mailed(&client, NEW, subject).await;
        let done = attempt(&client, text(&begun, "/response/id"), &code_in(&mail)).await.json();
        assert_eq!(text(&done, "/response/status"), "complete", "{done}");
    });
}

#[test]
fn the_owner_of_a_taken_address_is_told_and_nobody_else() {
    let world = world();
    block_on(async {
        let client = world.client();
        begun(&client, ALEX).await;
        let mail = mailed(&client, ALEX, "You already have an account at acme Ltd").await;
        let words = text(&mail, "/text");
        assert!(words.contains("/t/acme/sign-in\n"), "{words}");
        let digits = words.lines().any(|line| line.len() == 6 && line.parse::<u32>().is_ok());
        assert!(!digits, "no code is in it: {words}");
    });
}

#[test]
fn a_source_has_so_many_sign_up_mails_an_hour_whoever_they_go_to() {
    let world = world();
    block_on(async {
        let client = world.client();
        for n in 0..20 {
            begun(&client, &format!("n{n}@new.test")).await;
        }
        let made = create(&client, &[("email_address", NEW), ("password", SECRET)]).await.json();
        let asked = [("strategy", "email_code")];
        let id = text(&made, "/response/id");
        let refused = post(&client, id, "/prepare_verification", &asked).await;
        assert_eq!(refusal(&refused), (429, "verification_code_rate_limit_exceeded".to_owned()));
        assert_eq!(refused.header("retry-after"), "180");
    });
}

#[test]
fn a_sign_up_says_what_is_missing() {
    let world = world();
    let answer = block_on(async {
        create(&world.client(), &[("email_address", NEW), ("first_name", "Zoe")]).await
    });
    let resource = answer.json()["response"].clone();
    assert_eq!(resource["status"], "missing_requirements");
    assert_eq!(resource["missing_fields"], serde_json::json!(["password"]));
    assert_eq!(resource["unverified_fields"], serde_json::json!(["email_address"]));
    assert_eq!(resource["first_name"], "Zoe");
    assert_eq!(answer.json()["client"]["sign_up"], resource);
}

#[test]
fn what_was_missing_can_be_given_later_and_completes() {
    let world = world();
    block_on(async {
        let client = world.client();
        let made = create(&client, &[]).await.json();
        let id = text(&made, "/response/id").to_owned();
        let early = attempt(&client, &id, "123456").await;
        assert_eq!(refusal(&early), (400, "verification_missing".to_owned()));
        let patch = |form| post(&client, &id, "?_method=PATCH", form);
        assert_eq!(patch(&[("email_address", NEW)]).await.status, 200);
        let asked = [("strategy", "email_code")];
        let prepared = post(&client, &id, "/prepare_verification", &asked).await;
        assert_eq!(prepared.status, 200, "{}", prepared.body);
        let shown = prepared.json()["response"]["verifications"]["email_address"].clone();
        assert_eq!(
            (shown["status"].as_str(), shown["attempts"].as_i64()),
            (Some("unverified"), Some(0))
        );
        let soon = post(&client, &id, "/prepare_verification", &asked).await;
        assert_eq!(refusal(&soon), (429, "verification_code_too_many_requests".to_owned()));
        assert_eq!(soon.header("retry-after"), "30");
        let proved = attempt(&client, &id, &code(&world, &id).await).await.json();
        assert_eq!(text(&proved, "/response/status"), "missing_requirements");
        assert_eq!(proved["response"]["unverified_fields"], serde_json::json!([]));
        let done = patch(&[("password", SECRET)]).await;
        assert_eq!(text(&done.json(), "/response/status"), "complete", "{}", done.body);
        assert!(done.json()["client"]["sessions"][0]["id"].is_string());
    });
}

#[test]
fn a_taken_address_is_answered_as_a_free_one() {
    let world = world();
    let journey = |address: &'static str| {
        block_on(async {
            let client = world.client();
            let form = [("email_address", address), ("password", SECRET)];
            let made = create(&client, &form).await;
            let id = text(&made.json(), "/response/id").to_owned();
            let asked = [("strategy", "email_code")];
            let mut told = vec![shown(&made)];
            told.push(shown(&post(&client, &id, "/prepare_verification", &asked).await));
            let wrong = wrong(&code(&world, &id).await);
            for _try in 0..6 {
                told.push(shown(&attempt(&client, &id, wrong).await));
            }
            world.app.advance(Span::SECOND.times(40));
            told.push(shown(&post(&client, &id, "/prepare_verification", &asked).await));
            told.join("\n").replace(address, "<address>")
        })
    };
    let (taken, free) = (journey(ALEX), journey("zora@new.test"));
    assert_eq!(taken, free);
    assert!(taken.contains("verification_failed"), "{taken}");
}

#[test]
fn the_revealing_mode_says_that_a_name_is_taken() {
    let world = world();
    block_on(async {
        change(&world, TenantChange { revealing: Some(true), ..<_>::default() }).await;
        let taken = create(&world.client(), &[("email_address", ALEX)]).await;
        assert_eq!(refusal(&taken), (422, "form_identifier_exists".to_owned()));
        assert_eq!(text(&taken.json(), "/errors/0/meta/param_name"), "email_address");
    });
}

#[test]
fn an_address_that_somebody_else_proved_first_is_claimed() {
    let world = world();
    block_on(async {
        let (first, second) = (world.client(), world.client());
        let (a, b) = (begun(&first, NEW).await, begun(&second, NEW).await);
        let (of_a, of_b) = (code(&world, &a).await, code(&world, &b).await);
        assert_eq!(attempt(&second, &b, &of_b).await.status, 200);
        let late = wrong(&of_a);
        assert_eq!(
            refusal(&attempt(&first, &a, late).await),
            (422, "form_code_incorrect".to_owned())
        );
        let claimed = attempt(&first, &a, &of_a).await;
        assert_eq!(refusal(&claimed), (400, "identification_claimed".to_owned()));
    });
}

#[test]
fn sign_up_takes_over_the_phantoms_lock() {
    let world = world();
    block_on(async {
        for _try in 0..N {
            try_password(&world.client(), NEW, "wrong").await;
        }
        let client = world.client();
        let id = begun(&client, NEW).await;
        let locked = attempt(&client, &id, &code(&world, &id).await).await;
        assert_eq!(refusal(&locked), (403, "user_locked".to_owned()));
        let made = client.get(&v1(&format!("client/sign_ups/{id}"))).await.json();
        assert_eq!(text(&made, "/response/status"), "complete");
        assert_eq!(made["response"]["created_session_id"], Value::Null);
        let refused = try_password(&world.client(), NEW, SECRET).await;
        assert_eq!(refusal(&refused), (403, "user_locked".to_owned()));
        world.app.advance(Span::DAY);
        let signed_in = try_password(&world.client(), NEW, SECRET).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    });
}

#[test]
fn a_tenant_that_is_not_open_refuses_sign_ups() {
    let world = World::new();
    block_on(async {
        let refused = create(&world.client(), &[("email_address", NEW)]).await;
        assert_eq!(refusal(&refused), (403, "not_allowed_access".to_owned()));
        let environment = world.client().get(&v1("environment")).await.json();
        assert_eq!(environment["user_settings"]["sign_up"]["mode"], "restricted");
    });
}

#[test]
fn a_sign_up_is_its_clients_alone_and_only_the_newest_changes() {
    let world = world();
    block_on(async {
        let client = world.client();
        let first = begun(&client, NEW).await;
        let strange = world.client().get(&v1(&format!("client/sign_ups/{first}"))).await;
        assert_eq!(refusal(&strange), (404, "resource_not_found".to_owned()));
        let _second = begun(&client, "other@new.test").await;
        let older = post(&client, &first, "?_method=PATCH", &[("first_name", "Zoe")]).await;
        assert_eq!(refusal(&older), (403, "resource_forbidden".to_owned()));
        let signed_in = try_password(&client, ALEX, PASSWORD).await;
        assert_eq!(signed_in.status, 200);
        let beside = create(&client, &[("email_address", NEW)]).await;
        assert_eq!(refusal(&beside), (400, "session_exists".to_owned()));
    });
}

#[test]
fn odd_fields_of_a_sign_up_are_refused() {
    let world = world();
    block_on(async {
        for (field, value, code) in [
            ("email_address", "nobody", "form_param_format_invalid"),
            ("username", "a@b.test", "form_param_format_invalid"),
            ("password", "short", "form_password_length_too_short"),
            ("unsafe_metadata", "[]", "form_param_format_invalid"),
        ] {
            let answer = create(&world.client(), &[(field, value)]).await;
            assert_eq!(refusal(&answer), (422, code.to_owned()), "{field}");
        }
    });
}

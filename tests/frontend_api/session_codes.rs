//! Codes by mail and by text message that prove again who uses a session: offered, sent, tried, spent,
//! bound to the session that asked, and counted with everything else.

use lockkeeper::model::{SessionId, Span};
use lockkeeper::token::{CodeLength, ShortCodes};
use reqwest::Method;
use serde_json::{Value, json};

use super::codes::{code_in, mailed};
use super::session_verification::{Verification, told, waits};
use super::{ALEX, N, PASSWORD, World, signed_in, text, try_password};
use crate::harness::client::{Client, block_on};

impl Verification<'_> {
    async fn prepare(&self, step: &str, form: &[(&str, &str)]) -> (u16, String) {
        told(&self.post(&format!("/prepare_{step}_factor"), form).await)
    }

    async fn first(&self, strategy: &str, code: &str) -> (u16, String) {
        let form = [("strategy", strategy), ("code", code)];
        told(&self.post("/attempt_first_factor", &form).await)
    }
}

/// What the session was sent last.
async fn code(world: &World, session: &str) -> String {
    let (reader, tenant) = (world.app.store.reader(), world.acme.profile.id());
    let id = SessionId::parse(session).unwrap();
    let row = reader.session(tenant.clone(), id).await.unwrap().unwrap();
    let codes = ShortCodes::for_tenant(&world.app.keys, tenant);
    codes.code(row.prepared_code.unwrap().as_str(), CodeLength::Six)
}

/// Gives Alex a number; its id.
async fn number(world: &World, user: &str, number: &str, reserved: bool) -> String {
    let body = json!({
        "user_id": user, "phone_number": number, "verified": true,
        "reserved_for_second_factor": reserved,
    });
    let request = world.client().request(Method::POST, "/v1/phone_numbers");
    let made = Client::send(request.bearer_auth(&world.acme.secret_key).json(&body)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    text(&made.json(), "/id").to_owned()
}

/// Alex's session in `client`, a moment old.
async fn begun(world: &World, client: &Client) -> (Value, String) {
    let json = signed_in(client).await;
    world.app.advance(Span::SECOND);
    let session = text(&json, "/response/created_session_id").to_owned();
    (json, session)
}

fn missing() -> (u16, String) {
    (400, "verification_missing".to_owned())
}

fn wrong() -> (u16, String) {
    (422, "form_code_incorrect".to_owned())
}

const MAIL: [(&str, &str); 1] = [("strategy", "email_code")];
const PHONE: [(&str, &str); 1] = [("strategy", "phone_code")];

#[test]
fn a_mailed_code_proves_a_session_again_once() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (_, session) = begun(&world, &client).await;
        let it = Verification { client: &client, session };
        let asked = it.start("first_factor").await.json();
        let offered = asked["response"]["supported_first_factors"].as_array().unwrap().clone();
        assert_eq!(offered[0], json!({ "strategy": "password" }));
        assert_eq!(offered[1]["safe_identifier"], "a**@acme.test");
        assert_eq!(offered.len(), 2, "the proved address and no other: {asked}");
        assert_eq!(it.first("email_code", "123456").await, missing());
        let id = text(&offered[1], "/email_address_id");
        let form = [("strategy", "email_code"), ("email_address_id", id)];
        let sent = it.post("/prepare_first_factor", &form).await.json();
        let verification = &sent["response"]["first_factor_verification"];
        assert_eq!(verification["object"], "verification_otp");
        assert_eq!(verification["status"], "unverified");
        let code = code_in(&mailed(&client, ALEX, "Your code to sign in to acme Ltd").await);
        assert_eq!(it.first("email_code", "no code").await, wrong());
        let form = [("strategy", "email_code"), ("code", &*code)];
        let done = it.post("/attempt_first_factor", &form).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(done["response"]["first_factor_verification"]["strategy"], "email_code");
        assert_eq!(done["response"]["session"]["factor_verification_age"], json!([0, -1]));
        world.app.advance(Span::MINUTE);
        it.start("first_factor").await;
        assert_eq!(it.first("email_code", &code).await, missing(), "it was used");
    });
}

#[test]
fn a_texted_code_is_taken_in_the_step_it_was_sent_for() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (json, session) = begun(&world, &client).await;
        let alex = text(&json, "/client/sessions/0/user/id");
        let it = Verification { client: &client, session };
        it.start("multi_factor").await;
        let nobodys = (400, "strategy_for_user_invalid".to_owned());
        assert_eq!(it.prepare("first", &PHONE).await, nobodys);
        number(&world, alex, "+49301234567", false).await;
        let kept = number(&world, alex, "+49301234568", true).await;
        // The kept number is none of the first step's.
        let form = [("strategy", "phone_code"), ("phone_number_id", &*kept)];
        assert_eq!(it.prepare("first", &form).await, (404, "resource_not_found".to_owned()));
        assert_eq!(it.prepare("first", &PHONE).await, waits("needs_first_factor"));
        let of_first = code(&world, &it.session).await;
        assert_eq!(told(&it.password(PASSWORD).await), waits("needs_second_factor"));
        assert_eq!(told(&it.second("phone_code", &of_first).await), missing());
        world.app.advance(Span::SECOND.times(30));
        assert_eq!(it.prepare("second", &PHONE).await, waits("needs_second_factor"));
        let of_second = code(&world, &it.session).await;
        assert_eq!(told(&it.second("phone_code", &of_first).await), wrong());
        let form = [("strategy", "phone_code"), ("code", &*of_second)];
        let done = it.post("/attempt_second_factor", &form).await.json();
        assert_eq!(done["response"]["status"], "complete", "{done}");
        assert_eq!(done["response"]["first_factor_verification"]["strategy"], "password");
        assert_eq!(done["response"]["second_factor_verification"]["strategy"], "phone_code");
    });
}

#[test]
fn a_code_of_another_session_is_none() {
    let world = World::new();
    block_on(async {
        let (one, two) = (world.client(), world.client());
        let (_, first) = begun(&world, &one).await;
        let (_, second) = begun(&world, &two).await;
        let one = Verification { client: &one, session: first };
        let two = Verification { client: &two, session: second };
        for it in [&one, &two] {
            it.start("first_factor").await;
        }
        assert_eq!(one.prepare("first", &MAIL).await, waits("needs_first_factor"));
        let stolen = code(&world, &one.session).await;
        assert_eq!(two.first("email_code", &stolen).await, missing());
        assert_eq!(two.prepare("first", &MAIL).await, waits("needs_first_factor"));
        assert_eq!(two.first("email_code", &stolen).await, wrong());
        let other = (400, "verification_strategy_invalid".to_owned());
        assert_eq!(two.first("phone_code", &stolen).await, other);
        assert_eq!(one.first("email_code", &stolen).await, waits("complete"));
    });
}

#[test]
fn a_sessions_code_has_the_bounds_of_a_sign_ins() {
    let world = World::locking_at(20);
    block_on(async {
        let client = world.client();
        let (_, session) = begun(&world, &client).await;
        let it = Verification { client: &client, session };
        assert_eq!(it.prepare("first", &MAIL).await, missing(), "nothing was asked for");
        it.start("first_factor").await;
        assert_eq!(it.prepare("first", &MAIL).await, waits("needs_first_factor"));
        let soon = it.post("/prepare_first_factor", &MAIL).await;
        assert_eq!(told(&soon), (429, "verification_code_too_many_requests".to_owned()));
        assert_eq!(soon.header("retry-after"), "30");
        let right = code(&world, &it.session).await;
        for _ in 0..5 {
            assert_eq!(it.first("email_code", "no code").await, wrong());
        }
        let spent = (400, "verification_failed".to_owned());
        assert_eq!(it.first("email_code", &right).await, spent);
        world.app.advance(Span::MINUTE);
        for _ in 1..5 {
            assert_eq!(it.prepare("first", &MAIL).await, waits("needs_first_factor"));
            world.app.advance(Span::MINUTE);
        }
        let right = code(&world, &it.session).await;
        let day = it.post("/prepare_first_factor", &MAIL).await;
        assert_eq!(told(&day), (429, "verification_code_rate_limit_exceeded".to_owned()));
        world.app.advance(Span::MINUTE.times(9));
        let late = (400, "verification_expired".to_owned());
        assert_eq!(it.first("email_code", &right).await, late);
    });
}

#[test]
fn wrong_codes_in_a_session_lock_with_wrong_passwords() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let (_, session) = begun(&world, &client).await;
        let it = Verification { client: &client, session };
        it.start("first_factor").await;
        assert_eq!(it.prepare("first", &MAIL).await, waits("needs_first_factor"));
        let right = code(&world, &it.session).await;
        for number in 2..N {
            assert_eq!(it.password(&format!("guess {number}")).await.status, 422);
        }
        assert_eq!(it.first("email_code", "no code").await, wrong());
        let locked = (403, "user_locked".to_owned());
        assert_eq!(it.first("email_code", "no code").await, locked);
        assert_eq!(it.first("email_code", &right).await, locked);
    });
}

#[test]
fn another_users_address_is_sent_no_code() {
    let world = World::new();
    world.app.user(&world.acme, "sam@acme.test", PASSWORD);
    block_on(async {
        let (alex, sam) = (world.client(), world.client());
        let theirs = try_password(&sam, "sam@acme.test", PASSWORD).await.json();
        let foreign = text(&theirs, "/client/sessions/0/user/email_addresses/0/id").to_owned();
        let (_, session) = begun(&world, &alex).await;
        let it = Verification { client: &alex, session };
        it.start("first_factor").await;
        let not_found = (404, "resource_not_found".to_owned());
        for id in [&*foreign, "idn_nobodys"] {
            let form = [("strategy", "email_code"), ("email_address_id", id)];
            assert_eq!(it.prepare("first", &form).await, not_found);
        }
        let odd = (422, "form_param_value_invalid".to_owned());
        for strategy in ["password", "email_link", "nonsense"] {
            assert_eq!(it.prepare("first", &[("strategy", strategy)]).await, odd);
        }
        for strategy in ["totp", "email_code"] {
            assert_eq!(it.prepare("second", &[("strategy", strategy)]).await, odd);
        }
    });
}

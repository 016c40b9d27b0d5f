//! A user's own secrets: what they may change, what it takes, and what counts.

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::model::Span;
use serde_json::{Value, json};

use super::{ALEX, N, PASSWORD, World, signed_in, text, try_password, v1};
use crate::harness::client::{Answer, Client, block_on};

const NEW: &str = "another horse battery";

async fn post(client: &Client, path: &str, form: &[(&str, &str)]) -> Answer {
    client.post_form(&v1(path), form).await
}

/// Status and first code; 200 has none.
fn code(answer: &Answer) -> (u16, String) {
    let json = answer.json();
    let code = json.pointer("/errors/0/code").and_then(Value::as_str);
    (answer.status, code.unwrap_or_default().to_owned())
}

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    let form = [("current_password", current), ("new_password", new)];
    post(client, "me/change_password", &form).await
}

/// The code of the app that `json` set up, for a moment of the server's clock.
fn app_code(world: &World, json: &Value) -> String {
    let secret = TotpSecret::from_base32(text(json, "/response/secret")).unwrap();
    secret.code(TotpStep::at(world.app.tenants.clock().now()))
}

/// Sets an app up; the answer to its confirmation.
async fn enrolled(world: &World, client: &Client) -> Value {
    let begun = post(client, "me/totp", &[]).await.json();
    let typed = app_code(world, &begun);
    let done = post(client, "me/totp/attempt_verification", &[("code", &typed)]).await;
    assert_eq!(done.status, 200, "{}", done.body);
    done.json()
}

#[test]
pub(super) fn a_new_password_takes_the_present_one_and_can_end_the_other_sessions() {
    let world = World::new();
    block_on(async {
        let (here, there) = (world.client(), world.client());
        assert_eq!(code(&change(&here, PASSWORD, NEW).await), (401, "signed_out".to_owned()));
        signed_in(&there).await;
        signed_in(&here).await;
        let short = change(&here, PASSWORD, "short").await;
        assert_eq!(code(&short), (422, "form_password_length_too_short".to_owned()));
        assert_eq!(short.json()["errors"][0]["meta"]["param_name"], "new_password");
        let same = change(&here, PASSWORD, PASSWORD).await;
        assert_eq!(code(&same), (422, "form_new_password_matches_current".to_owned()));
        let form = [
            ("current_password", PASSWORD),
            ("new_password", NEW),
            ("sign_out_of_other_sessions", "true"),
        ];
        let changed = post(&here, "me/change_password", &form).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(changed.json()["client"]["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(code(&there.get(&v1("me")).await), (401, "signed_out".to_owned()));
        let old = try_password(&world.client(), ALEX, PASSWORD).await;
        assert_eq!(code(&old), (422, "form_password_incorrect".to_owned()));
        assert_eq!(try_password(&world.client(), ALEX, NEW).await.status, 200);
    });
}

#[test]
pub(super) fn a_wrong_current_password_counts() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        for (number, left) in (1..N).zip((1..N).rev()) {
            let wrong = change(&client, &format!("guess {number}"), NEW).await;
            let json = wrong.json();
            assert_eq!(code(&wrong), (422, "form_password_incorrect".to_owned()));
            assert_eq!(json["errors"][0]["meta"]["param_name"], "current_password");
            let warned = json.pointer("/errors/1/meta/verification_attempts_remaining").cloned();
            assert_eq!(warned, (left <= 2).then(|| json!(left)));
        }
        let locked = change(&client, "the last guess", NEW).await;
        assert_eq!(code(&locked), (403, "user_locked".to_owned()));
        assert!(!locked.header("retry-after").is_empty());
        let right = change(&client, PASSWORD, NEW).await;
        assert_eq!(code(&right), (403, "user_locked".to_owned()));
        // In the lane of this browser, which is a known device.
        let elsewhere = try_password(&world.client(), ALEX, PASSWORD).await;
        assert_eq!(elsewhere.status, 200, "{}", elsewhere.body);
        let form = [("current_password", PASSWORD)];
        let removed = post(&client, "me/remove_password", &form).await;
        assert_eq!(code(&removed), (403, "user_locked".to_owned()));
        // A lock ends no session.
        assert_eq!(client.get(&v1("me")).await.status, 200);
    });
}

#[test]
pub(super) fn a_password_is_taken_away_where_there_is_another_way_in() {
    let world = World::new();
    world.app.user(&world.acme, "alone", PASSWORD);
    block_on(async {
        let (alex, alone) = (world.client(), world.client());
        signed_in(&alex).await;
        let form = [("current_password", PASSWORD)];
        let removed = post(&alex, "me/remove_password", &form).await;
        assert_eq!(removed.json()["response"]["password_enabled"], false, "{}", removed.body);
        let again = post(&alex, "me/remove_password", &form).await;
        assert_eq!(code(&again), (400, "no_password_set".to_owned()));
        // Soon after the first factor a new one is set without any.
        let form = [("new_password", NEW)];
        assert_eq!(post(&alex, "me/change_password", &form).await.status, 200);
        try_password(&alone, "alone", PASSWORD).await;
        let kept = post(&alone, "me/remove_password", &[("current_password", PASSWORD)]).await;
        assert_eq!(code(&kept), (403, "resource_forbidden".to_owned()));
    });
}

#[test]
pub(super) fn an_app_is_set_up_by_a_code_of_it() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let early = post(&client, "me/totp/attempt_verification", &[("code", "123456")]).await;
        assert_eq!(code(&early), (400, "verification_missing".to_owned()));
        let begun = post(&client, "me/totp", &[]).await.json();
        let uri = text(&begun, "/response/uri");
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains(text(&begun, "/response/secret")), "{uri}");
        assert_eq!(begun["response"]["verified"], false);
        assert_eq!(begun["client"]["sessions"][0]["user"]["totp_enabled"], false);
        let done = enrolled(&world, &client).await;
        assert_eq!(done["response"]["verified"], true);
        assert_eq!(done["response"]["secret"], Value::Null);
        let codes = done["response"]["backup_codes"].as_array().unwrap();
        assert_eq!(codes.len(), 10);
        let user = &done["client"]["sessions"][0]["user"];
        assert_eq!(
            (&user["totp_enabled"], &user["backup_code_enabled"]),
            (&json!(true), &json!(true))
        );
        let new = post(&client, "me/backup_codes", &[]).await.json();
        assert_eq!(new["response"]["codes"].as_array().unwrap().len(), 10);
        assert_ne!(new["response"]["codes"], done["response"]["backup_codes"]);
        let gone = client.post_form(&v1("me/totp?_method=DELETE"), &[]).await.json();
        assert_eq!(gone["response"]["deleted"], true);
        assert_eq!(gone["client"]["sessions"][0]["user"]["two_factor_enabled"], false);
        let none = post(&client, "me/backup_codes", &[]).await;
        assert_eq!(code(&none), (400, "totp_disabled".to_owned()));
    });
}

#[test]
pub(super) fn a_totp_code_is_taken_once_in_enrolment_too() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let begun = post(&client, "me/totp", &[]).await.json();
        let typed = app_code(&world, &begun);
        let form = [("code", &*typed)];
        let done = post(&client, "me/totp/attempt_verification", &form).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let again = post(&client, "me/totp/attempt_verification", &form).await;
        assert_eq!(code(&again), (400, "verification_missing".to_owned()));
        let session = text(&begun, "/client/last_active_session_id").to_owned();
        let verify = |rest: &str| format!("client/sessions/{session}/verify{rest}");
        post(&client, &verify(""), &[("level", "second_factor")]).await;
        let form = [("strategy", "totp"), ("code", &*typed)];
        let used = post(&client, &verify("/attempt_second_factor"), &form).await;
        assert_eq!(code(&used), (422, "form_code_incorrect".to_owned()));
    });
}

#[test]
pub(super) fn a_new_app_has_tries_of_its_own_and_an_end() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        let begun = post(&client, "me/totp", &[]).await.json();
        let typed = app_code(&world, &begun);
        let confirm = async |typed: &str| {
            code(&post(&client, "me/totp/attempt_verification", &[("code", typed)]).await)
        };
        let other = if typed == "000000" { "111111" } else { "000000" };
        for _ in 0..5 {
            assert_eq!(confirm(other).await, (422, "form_code_incorrect".to_owned()));
        }
        assert_eq!(confirm(&typed).await, (400, "verification_failed".to_owned()));
        let me = client.get(&v1("me")).await.json();
        assert_eq!(me["response"]["verification_attempts_remaining"], N, "nothing was counted");
        let begun = post(&client, "me/totp", &[]).await.json();
        world.app.advance(Span::MINUTE.times(10));
        let late = confirm(&app_code(&world, &begun)).await;
        assert_eq!(late, (400, "verification_expired".to_owned()));
    });
}

#[test]
pub(super) fn changing_a_second_factor_wants_a_fresh_first_one() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        enrolled(&world, &client).await;
        world.app.advance(Span::MINUTE.times(10));
        let stale = (403, "session_reverification_required".to_owned());
        for path in ["me/totp", "me/backup_codes", "me/totp?_method=DELETE"] {
            assert_eq!(code(&post(&client, path, &[]).await), stale, "{path}");
        }
        let session = text(&json, "/response/created_session_id");
        let verify = format!("client/sessions/{session}/verify");
        post(&client, &verify, &[("level", "first_factor")]).await;
        let form = [("strategy", "password"), ("password", PASSWORD)];
        let proved = post(&client, &format!("{verify}/attempt_first_factor"), &form).await;
        assert_eq!(proved.json()["response"]["status"], "complete", "{}", proved.body);
        assert_eq!(post(&client, "me/backup_codes", &[]).await.status, 200);
    });
}

//! Secrets that a tenant's server sets and takes away.

use std::sync::Arc;

use lockkeeper::credential::{TotpSecret, TotpStep};
use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Identifier, Source};
use lockkeeper::tenant::{AttemptAnswer, Browser, CodeAttempt};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, faults, id, refusal, try_password};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::block_on;

/// RFC 6238's secret in base32.
const APP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const CODES: [&str; 2] = ["first-code-1", "second code 2"];

/// The password, then a second factor's code.
async fn both(
    app: &TestApp,
    tenant: &TestTenant,
    name: &str,
    with: impl AsyncFnOnce(CodeAttempt) -> AttemptAnswer,
    typed: &str,
) -> AttemptAnswer {
    let answer = try_password(app, tenant, name, RIGHT).await;
    let AttemptAnswer::Passed(passed) = answer else { panic!("{answer:?}") };
    with(CodeAttempt {
        profile: Arc::clone(&tenant.profile),
        key: Identifier::parse(name).unwrap().key,
        typed: typed.to_owned().into(),
        source: Source::from_stored("192.0.2.1".to_owned()),
        browser: Browser::NONE,
        sign_in: passed.sign_in,
        client: passed.client,
    })
    .await
}

fn code(app: &TestApp) -> String {
    let secret = TotpSecret::from_base32(APP).unwrap();
    secret.code(TotpStep::at(app.tenants.clock().now()))
}

#[test]
fn a_user_is_made_with_an_app_and_recovery_codes() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({
            "username": "bob", "password": RIGHT, "totp_secret": "gezd gnbv gy3t qojq GEZDGNBVGY3TQOJQ",
            "backup_codes": CODES,
        });
        let made = api.create(body).await;
        let enabled = ["two_factor_enabled", "totp_enabled", "backup_code_enabled"];
        assert!(enabled.iter().all(|name| made[name] == true), "{made}");
        let totp = async |attempt| app.tenants.attempt_totp(attempt).await.unwrap();
        let answer = both(&app, &tenant, "bob", totp, &code(&app)).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
        let paper = async |attempt| app.tenants.attempt_recovery_code(attempt).await.unwrap();
        let answer = both(&app, &tenant, "bob", paper, "second-code-2").await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");

        let path = format!("/v1/users/{}", id(&made));
        let new = json!({ "backup_codes": ["another-code"] });
        api.ok(Method::PATCH, &path, Some(new)).await;
        let answer = both(&app, &tenant, "bob", paper, CODES[0]).await;
        assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
    });
}

#[test]
fn the_second_factor_and_the_password_are_taken_away() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({ "username": "bob", "password": RIGHT });
        let bob = id(&api.create(body).await);
        let path = format!("/v1/users/{bob}");
        let with = json!({ "totp_secret": APP, "backup_codes": CODES });
        let shown = |user: &Value| {
            ["password_enabled", "totp_enabled", "backup_code_enabled"]
                .map(|name| user[name] == true)
        };
        for (taken, left) in [
            ("backup_code", [true, true, false]),
            // Recovery codes stand in for an app: they go with it.
            ("totp", [true, false, false]),
            ("mfa", [true, false, false]),
        ] {
            let set = api.ok(Method::PATCH, &path, Some(with.clone())).await;
            assert_eq!(shown(&set), [true, true, true]);
            let gone = api.ok(Method::DELETE, &format!("{path}/{taken}"), None).await;
            assert_eq!(gone, json!({ "user_id": bob }));
            assert_eq!(shown(&api.get(&path).await.json()), left, "{taken}");
        }
        let none = api.ok(Method::POST, &format!("{path}/remove_password"), None).await;
        assert_eq!(shown(&none), [false, false, false]);
        let answer = try_password(&app, &tenant, "bob", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
        let unknown = format!("/v1/users/user_{}/mfa", "0".repeat(27));
        assert_eq!(api.send(Method::DELETE, &unknown, None).await.status, 404);
    });
}

#[test]
fn a_new_app_voids_the_passed_factor() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({ "username": "bob", "password": RIGHT, "backup_codes": CODES, "totp_secret": APP });
        let path = format!("/v1/users/{}", id(&api.create(body).await));
        let changing = async |attempt| {
            let codes = json!({ "backup_codes": CODES });
            api.ok(Method::PATCH, &path, Some(codes)).await;
            app.tenants.attempt_recovery_code(attempt).await.unwrap()
        };
        let answer = both(&app, &tenant, "bob", changing, CODES[0]).await;
        assert!(matches!(answer, AttemptAnswer::FactorDied), "{answer:?}");
    });
}

#[test]
fn secrets_that_cannot_be_are_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        for (name, value) in [
            ("totp_secret", json!("not base32!")),
            ("totp_secret", json!("MZXW6YTBOI")),
            ("backup_codes", json!(["short"])),
            ("backup_codes", json!(["$2b$10$abcdefghijklmnopqrstuv"])),
        ] {
            let body = json!({ "username": "bob", name: value });
            let answer = api.send(Method::POST, "/v1/users", Some(body)).await;
            assert_eq!(faults(&answer), (422, vec![format!("form_param_format_invalid {name}")]));
        }
    });
}

/// What the server learns of a code or a password.
async fn verified(api: &Api, user: &str, what: &str, body: Value) -> (u16, String) {
    let path = format!("/v1/users/{user}/{what}");
    let answer = api.send(Method::POST, &path, Some(body)).await;
    match answer.status {
        200 => (200, answer.json().to_string()),
        status => (status, refusal(&answer).1),
    }
}

#[test]
fn verify_password_counts_and_refuses_a_locked_user() {
    let app = TestApp::start();
    let policy = Policy { max_attempts: 5, ..Preset::Balanced.policy() };
    let tenant = app.tenant("acme", Some(policy));
    block_on(async {
        let api = Api::of(&app, &tenant);
        let bob = id(&api.create(json!({ "username": "bob", "password": RIGHT })).await);
        let verify = async |password: &str| {
            verified(&api, &bob, "verify_password", json!({ "password": password })).await
        };
        let left = async || {
            api.get(&format!("/v1/users/{bob}")).await.json()["verification_attempts_remaining"]
                .clone()
        };
        assert_eq!(verify(RIGHT).await, (200, r#"{"verified":true}"#.to_owned()));
        for guess in ["one", "two", "three", "four"] {
            assert_eq!(verify(guess).await, (422, "incorrect_password".to_owned()));
        }
        assert_eq!(left().await, 1);
        assert_eq!(verify(RIGHT).await.0, 200);
        assert_eq!(left().await, 1, "a right one begins nothing and clears nothing");
        assert_eq!(verify("five").await, (403, "user_locked".to_owned()));
        assert_eq!(verify(RIGHT).await, (403, "user_locked".to_owned()));
        let answer = try_password(&app, &tenant, "bob", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "the one counter: {answer:?}");
        api.post(&format!("/v1/users/{bob}/unlock")).await;
        assert_eq!(verify(RIGHT).await.0, 200);

        let none = id(&api.create(json!({ "username": "ann" })).await);
        let body = json!({ "password": RIGHT });
        let no_password = verified(&api, &none, "verify_password", body.clone()).await;
        assert_eq!(no_password, (400, "no_password_set".to_owned()));
        let unknown = format!("user_{}", "0".repeat(27));
        assert_eq!(verified(&api, &unknown, "verify_password", body).await.0, 404);
        let empty = verified(&api, &bob, "verify_password", json!({})).await;
        assert_eq!(empty, (422, "form_param_missing".to_owned()));
    });
}

#[test]
fn verify_totp_takes_an_apps_code_or_a_recovery_code_once() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({ "username": "bob", "password": RIGHT, "totp_secret": APP, "backup_codes": CODES });
        let bob = id(&api.create(body).await);
        let verify =
            async |code: &str| verified(&api, &bob, "verify_totp", json!({ "code": code })).await;
        let wrong = (422, "totp_incorrect_code".to_owned());
        let present = code(&app);
        let right = |kind: &str| (200, json!({ "verified": true, "code_type": kind }).to_string());
        assert_eq!(verify(&present).await, right("totp"));
        assert_eq!(verify(&present).await, wrong, "a step is taken once");
        assert_eq!(verify(CODES[0]).await, right("backup_code"));
        assert_eq!(verify(CODES[0]).await, wrong);
        assert_eq!(verify("12345").await, (422, "totp_invalid_length".to_owned()));
        let ann = id(&api.create(json!({ "username": "ann" })).await);
        let none = verified(&api, &ann, "verify_totp", json!({ "code": "123456" })).await;
        assert_eq!(none, (400, "totp_disabled".to_owned()));
        api.post(&format!("/v1/users/{bob}/lock")).await;
        assert_eq!(verify(CODES[1]).await, (403, "user_locked".to_owned()));
        api.post(&format!("/v1/users/{bob}/unlock")).await;
        assert_eq!(verify(CODES[1]).await, right("backup_code"), "it was not used up");
    });
}

#[test]
fn a_compromised_password_opens_nothing_until_it_is_cleared_or_replaced() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        let opens = async |password: &str| {
            let answer = try_password(&app, &tenant, "bob@example.com", password).await;
            match answer {
                AttemptAnswer::Complete(_) => true,
                AttemptAnswer::Wrong { .. } => false,
                other => panic!("{other:?}"),
            }
        };
        assert!(opens(RIGHT).await);
        let mark = format!("{path}/password/set_compromised");
        let ending = Some(json!({ "revoke_all_sessions": true }));
        let marked = api.ok(Method::POST, &mark, ending).await;
        assert_eq!(marked["password_enabled"], true);
        assert_eq!(api.get("/v1/sessions").await.json()[0]["status"], "revoked");
        assert!(!opens(RIGHT).await, "and it counts");
        let body = Some(json!({ "password": RIGHT }));
        let checked = api.send(Method::POST, &format!("{path}/verify_password"), body).await;
        assert_eq!(refusal(&checked), (422, "incorrect_password".to_owned()));
        let user = api.get(&path).await.json();
        let most = Preset::Balanced.policy().max_attempts;
        assert_eq!(user["verification_attempts_remaining"], most - 2);
        api.ok(Method::POST, &format!("{path}/password/unset_compromised"), None).await;
        assert!(opens(RIGHT).await);
        api.ok(Method::POST, &mark, None).await;
        api.ok(Method::PATCH, &path, Some(json!({ "password": "another horse" }))).await;
        assert!(opens("another horse").await, "a new one is nobody's but the user's");
    });
}

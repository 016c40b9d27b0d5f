//! Locking and unlocking by the tenant's server, and how locks are shown.

use lockkeeper::lockout::{Policy, Preset};
use lockkeeper::model::{Count, Span};
use lockkeeper::tenant::AttemptAnswer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, lock_by_guessing, refusal, try_password};
use crate::harness::app::TestApp;
use crate::harness::client::{Client, block_on};

/// What a user resource says about locks.
fn shown(user: &Value) -> Value {
    let mut shown = serde_json::Map::new();
    for key in [
        "locked",
        "lockout_expires_in_seconds",
        "verification_attempts_remaining",
        "lock_reason",
        "locked_sources",
    ] {
        shown.insert(key.to_owned(), user[key].clone());
    }
    shown.insert("since".to_owned(), json!(!user["locked_at"].is_null()));
    Value::Object(shown)
}

#[test]
fn a_lock_keeps_out_and_an_unlock_lets_in() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        let locked = api.ok(Method::POST, &format!("{path}/lock"), None).await;
        assert_eq!(
            shown(&locked),
            json!({
                "locked": true, "lockout_expires_in_seconds": 3600, "lock_reason": "staff",
                "verification_attempts_remaining": 8, "locked_sources": [], "since": true,
            })
        );
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        app.advance(Span(1_500));
        let later = api.get(&path).await.json();
        assert_eq!(later["lockout_expires_in_seconds"], 3599);
        let unlocked = api.ok(Method::POST, &format!("{path}/unlock"), None).await;
        assert_eq!(
            shown(&unlocked),
            json!({
                "locked": false, "lockout_expires_in_seconds": null, "lock_reason": null,
                "verification_attempts_remaining": 8, "locked_sources": [], "since": false,
            })
        );
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn a_browser_meets_the_lock_and_its_end() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        let sign_in = async || {
            let fields = [("identifier", "bob@example.com"), ("password", RIGHT)];
            app.client().post_form(&tenant.path("/v1/client/sign_ins"), &fields).await
        };
        api.ok(Method::POST, &format!("{path}/lock"), None).await;
        assert_eq!(refusal(&sign_in().await), (403, "user_locked".to_owned()));
        api.ok(Method::POST, &format!("{path}/unlock"), None).await;
        let answer = sign_in().await;
        assert_eq!(answer.json()["response"]["status"], "complete", "{}", answer.body);
    });
}

#[test]
fn a_user_made_locked_is_locked_in_the_same_write() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({
            "email_address": ["bob@example.com"], "password": RIGHT, "locked": true,
        });
        // The couriers, the upkeep and the acts of staff have looked once and write nothing of their own meanwhile.
        app.clock.until_waiting(4).await;
        let jobs = || app.metrics.value(Count::WriteJobs);
        let before = jobs();
        let made = api.create(body.clone()).await;
        assert_eq!((&made["locked"], jobs() - before), (&json!(true), 1));
        assert_eq!((&made["lock_reason"], &made["locked_sources"]), (&json!("staff"), &json!([])));
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        let again = api.send(Method::POST, "/v1/users", Some(body)).await;
        assert_eq!(refusal(&again), (422, "form_identifier_exists".to_owned()));
    });
}

#[test]
fn a_user_made_locked_takes_over_what_was_counted_under_the_name() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        try_password(&app, &tenant, "bob@example.com", "wrong password").await;
        let body = json!({
            "email_address": ["bob@example.com"], "password": RIGHT, "locked": true,
        });
        let made = api.create(body).await;
        assert_eq!(
            (&made["locked"], &made["verification_attempts_remaining"]),
            (&json!(true), &json!(7))
        );
    });
}

#[test]
fn an_empty_lock_request_needs_no_content_type_and_may_give_a_reason() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        let plain = api.client.request(Method::POST, &format!("{path}/lock"));
        assert_eq!(Client::send(plain.bearer_auth(&api.key)).await.status, 200);
        app.advance(Span::SECOND);
        let reason = Some(json!({ "reason": "asked by phone" }));
        api.ok(Method::POST, &format!("{path}/unlock"), reason).await;
        let rows = app.tenants.reader().audit_rows(tenant.profile.id().clone(), 10).await.unwrap();
        let told: Vec<_> = rows.iter().map(|r| (r.actor.as_str(), r.action.as_str())).collect();
        assert_eq!(told, [("api", "user.unlocked"), ("api", "user.locked")]);
        assert!(rows[0].detail.contains("asked by phone"), "{}", rows[0].detail);
    });
}

#[test]
fn an_automatic_lock_is_shown_with_its_live_wait() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        try_password(&app, &tenant, "bob@example.com", "wrong password").await;
        let counted = api.get(&path).await.json();
        assert_eq!(counted["verification_attempts_remaining"], 7);
        lock_by_guessing(&app, &tenant, "bob@example.com").await;
        app.advance(Span::from_seconds(20));
        let locked = api.get(&path).await.json();
        assert_eq!(
            shown(&locked),
            json!({
                "locked": true, "lockout_expires_in_seconds": 40, "lock_reason": "automatic",
                "verification_attempts_remaining": 0, "locked_sources": [], "since": true,
            })
        );
        app.advance(Span::from_seconds(40));
        assert_eq!(api.get(&path).await.json()["locked"], false);
        lock_by_guessing(&app, &tenant, "bob@example.com").await;
        let unlocked = api.ok(Method::POST, &format!("{path}/unlock"), None).await;
        assert_eq!(unlocked["verification_attempts_remaining"], 8);
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn without_lockout_nobody_can_be_locked_but_old_locks_can_be_lifted() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        api.ok(Method::POST, &format!("{path}/lock"), None).await;
        let off = Policy { enabled: false, ..Preset::Balanced.policy() };
        app.tenants.save_policy(&tenant.profile, &off, "test", "off").await.unwrap();
        let refused = (403, "feature_not_enabled".to_owned());
        assert_eq!(refusal(&api.post(&format!("{path}/lock")).await), refused);
        let body = Some(json!({ "username": "anna", "locked": true }));
        assert_eq!(refusal(&api.send(Method::POST, "/v1/users", body).await), refused);
        assert_eq!(api.get("/v1/users/count").await.json()["total_count"], 1);
        let user = api.get(&path).await.json();
        assert_eq!(user["locked"], true);
        assert_eq!(user["verification_attempts_remaining"], Value::Null);
        let unlocked = api.ok(Method::POST, &format!("{path}/unlock"), None).await;
        assert_eq!(unlocked["locked"], false);
    });
}

#[test]
fn sign_up_takes_over_a_phantoms_lock_and_deletion_hands_it_back() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        lock_by_guessing(&app, &tenant, "bob@example.com").await;
        let body = json!({ "email_address": ["Bob@example.com"], "password": RIGHT });
        let made = api.create(body).await;
        assert_eq!(made["locked"], true);
        assert_eq!(made["lockout_expires_in_seconds"], 60);
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        api.ok(Method::DELETE, &format!("/v1/users/{}", super::id(&made)), None).await;
        let answer = try_password(&app, &tenant, "bob@example.com", "anything").await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
        app.advance(Span::MINUTE);
        // Kept count: the next failure locks again, one step longer.
        let answer = try_password(&app, &tenant, "bob@example.com", "anything").await;
        assert!(matches!(answer, AttemptAnswer::WrongAndLocked(_)), "{answer:?}");
        let again = api.create(json!({ "email_address": ["bob@example.com"] })).await;
        assert_eq!(again["lockout_expires_in_seconds"], 120);
    });
}

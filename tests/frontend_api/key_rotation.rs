//! A new key for session tokens: published before it signs, and the old one after it has stopped.

use std::collections::BTreeSet;

use jsonwebtoken::decode_header;
use lockkeeper::model::{Millis, Span};
use lockkeeper::store::signing_keys::{Rotated, Rotation, SigningKeyRow};
use lockkeeper::tenant::{KeyRotation, NewKey, verifies_until};
use lockkeeper::token::{LONGEST_SESSION_TOKEN, SigningKey};
use reqwest::Method;
use serde_json::Value;

use super::{ALEX, PASSWORD, World, signed_in, text, v1};
use crate::harness::app::{TestApp, TestPlan, TestTenant};
use crate::harness::client::{Client, block_on};
use crate::harness::clock::{FakeClock, NOON};
use crate::harness::home::Home;

const BY: &str = "cli:test";
/// The shortest step of the clock.
const MOMENT: Span = Span(1);

/// A fresh token of the session that `json` began.
async fn token(client: &Client, json: &Value) -> String {
    let session = text(json, "/response/created_session_id");
    let path = v1(&format!("client/sessions/{session}/tokens"));
    let answer = Client::send(client.request(Method::POST, &path)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    text(&answer.json(), "/jwt").to_owned()
}

fn kid(jwt: &str) -> String {
    decode_header(jwt).unwrap().kid.unwrap()
}

async fn published(client: &Client) -> BTreeSet<String> {
    let keys = client.get("/t/acme/.well-known/jwks.json").await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| text(key, "/kid").to_owned()).collect()
}

fn set(kids: &[&str]) -> BTreeSet<String> {
    kids.iter().map(|kid| (*kid).to_owned()).collect()
}

async fn rotated(app: &TestApp, acme: &TestTenant, after: Span) -> NewKey {
    match app.tenants.rotate_signing_key(&acme.profile, after, BY).await.unwrap() {
        KeyRotation::Done(new) => new,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_new_key_is_published_first_and_signs_from_its_instant_on() {
    let world = World::new();
    let (app, acme) = (&world.app, &world.acme);
    block_on(async {
        let client = world.client();
        let none = app.tenants.rotate_signing_key(&acme.profile, Span::HOUR, BY).await.unwrap();
        assert_eq!(none, KeyRotation::NoKey);
        let json = signed_in(&client).await;
        let old = kid(&token(&client, &json).await);
        let new = rotated(app, acme, Span::HOUR).await;
        assert_eq!((&new.replaces, new.begins), (&old, NOON.after(Span::HOUR)));
        assert_eq!(published(&client).await, set(&[&old, &new.kid]));

        app.advance(Span(Span::HOUR.0 - MOMENT.0));
        assert_eq!(kid(&token(&client, &json).await), old);
        let again = app.tenants.rotate_signing_key(&acme.profile, Span::ZERO, BY).await.unwrap();
        assert_eq!(again, KeyRotation::Waiting { kid: new.kid.clone(), begins: new.begins });
        app.advance(MOMENT);
        assert_eq!(kid(&token(&client, &json).await), new.kid);
        assert_eq!(published(&client).await, set(&[&old, &new.kid]));

        // After the switch there is nothing to wait for.
        let third = rotated(app, acme, Span::ZERO).await;
        assert_eq!(kid(&token(&client, &json).await), third.kid);
        assert_eq!(published(&client).await, set(&[&old, &new.kid, &third.kid]));
        let rows = app.tenants.reader().audit_rows(acme.profile.id().clone(), 50).await.unwrap();
        let facts: Vec<_> = rows.iter().filter(|row| row.action == "keys.rotated").collect();
        assert!(facts.len() == 2 && facts.iter().all(|row| row.actor == BY), "{facts:?}");
    });
}

#[test]
fn an_old_key_verifies_until_its_longest_token_has_ended() {
    let app = TestApp::changed(|plan| {
        // The session must not end before the token does.
        plan.session_lifetime = Span(2 * LONGEST_SESSION_TOKEN.0);
    });
    let acme = app.tenant("acme", None);
    app.user(&acme, ALEX, PASSWORD);
    block_on(async {
        let client = app.client();
        let json = signed_in(&client).await;
        let session =
            lockkeeper::model::SessionId::parse(text(&json, "/response/created_session_id"));
        let reader = app.tenants.reader();
        let session =
            reader.session(acme.profile.id().clone(), session.unwrap()).await.unwrap().unwrap();
        let new = rotated(&app, &acme, Span::MINUTE).await;
        app.advance(Span(Span::MINUTE.0 - Span::SECOND.0));
        let signing =
            app.tenants.session_token_for(&acme.profile, &session, None, LONGEST_SESSION_TOKEN);
        let last = signing.await.unwrap();
        assert_eq!(kid(&last), new.replaces);
        let taken =
            async || app.tenants.session_of_token(&acme.profile, &last).await.unwrap().is_some();
        let shown = async || {
            let keys = app.tenants.key_set(&acme.profile).await.unwrap();
            keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == new.replaces.as_str())
        };
        // Signed a second before the switch, which it outlives by all but that second.
        app.clock
            .set(new.begins.after(LONGEST_SESSION_TOKEN).before(Span(Span::SECOND.0 + MOMENT.0)));
        assert!(taken().await && shown().await);
        app.clock.set(verifies_until(new.begins).before(MOMENT));
        assert!(!taken().await && shown().await);
        app.clock.set(verifies_until(new.begins));
        assert!(!shown().await);
    });
}

#[test]
fn another_program_beside_a_running_server_rotates_and_the_server_follows() {
    let (home, clock) = (Home::fresh(), FakeClock::at_noon());
    let start = || {
        let plan = TestPlan { database: Some(home.url()), ..TestPlan::default() };
        TestApp::with_clock(plan, clock.clone())
    };
    let server = start();
    let acme = server.tenant("acme", None);
    server.user(&acme, ALEX, PASSWORD);
    let beside = start();
    block_on(async {
        let client = server.client();
        let json = signed_in(&client).await;
        let old = kid(&token(&client, &json).await);
        let ask = |app: &TestApp| {
            let (tenants, profile) = (app.tenants.clone(), acme.profile.clone());
            async move { tenants.rotate_signing_key(&profile, Span::SECOND, BY).await.unwrap() }
        };
        // Two at once make one key.
        let (one, other) = tokio::join!(ask(&server), ask(&beside));
        let (done, refused) = match (one, other) {
            (KeyRotation::Done(new), refused) | (refused, KeyRotation::Done(new)) => (new, refused),
            neither => panic!("{neither:?}"),
        };
        assert_eq!(refused, KeyRotation::Waiting { kid: done.kid.clone(), begins: done.begins });
        assert_eq!(published(&client).await, set(&[&old, &done.kid]));
        assert_eq!(kid(&token(&client, &json).await), old);
        server.advance(Span::SECOND);
        assert_eq!(kid(&token(&client, &json).await), done.kid);

        // The server has just read that this key signs, and nobody tells it on SQLite.
        let next = rotated(&beside, &acme, Span::SECOND).await;
        assert_eq!(kid(&token(&client, &json).await), done.kid);
        assert_eq!(published(&client).await, set(&[&old, &done.kid, &next.kid]));
        server.advance(Span::SECOND);
        assert_eq!(kid(&token(&client, &json).await), next.kid);
    });
}

#[test]
fn a_key_is_replaced_only_by_who_has_seen_it_sign() {
    let world = World::new();
    let (app, tenant) = (&world.app, world.acme.profile.id().clone());
    block_on(async {
        signed_in(&world.client()).await;
        let made = SigningKey::generate().unwrap();
        let key = SigningKeyRow {
            tenant_id: tenant.clone(),
            kid: made.kid().to_owned(),
            sealed: made.seal(&app.keys, &tenant).unwrap(),
            created_at: Millis(0),
            retired_at: None,
        };
        let rotation = Rotation {
            key,
            replaces: "another".to_owned(),
            after: Span::ZERO,
            actor: BY.to_owned(),
        };
        let rotated = app.store.rotate_signing_key(rotation).await.unwrap();
        assert_eq!(rotated, Rotated::Overtaken);
        assert_eq!(published(&world.client()).await.len(), 1);
    });
}

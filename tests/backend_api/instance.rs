//! The tenant's settings, keys and lockout policy over the Backend API.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, faults, whole};
use crate::harness::app::TestApp;
use crate::harness::client::block_on;

const POLICY: &str = "/v1/instance/attack_protection";

#[test]
fn the_support_address_and_the_origins_can_be_set_and_cleared() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        insta::assert_snapshot!("an_instance", whole(&api.get("/v1/instance").await));
        let patch = async |body: Value| api.send(Method::PATCH, "/v1/instance", Some(body)).await;
        let set = json!({
            "support_email": "Help@Acme.test", "test_mode": true,
            "allowed_origins": ["https://App.acme.test/", "http://localhost:3000"],
        });
        let answer = patch(set).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        let now = api.get("/v1/instance").await.json();
        assert_eq!(now["support_email"], "Help@Acme.test");
        assert_eq!(
            now["allowed_origins"],
            json!(["https://app.acme.test", "http://localhost:3000"])
        );
        let wrong = patch(json!({ "support_email": "nobody", "allowed_origins": ["*"] })).await;
        let expected = [
            "form_param_format_invalid support_email",
            "form_param_format_invalid allowed_origins",
        ];
        assert_eq!(faults(&wrong), (422, expected.map(str::to_owned).to_vec()));
        assert_eq!(api.get("/v1/instance").await.json(), now);
        let long = format!("{}@acme.test", "a".repeat(300));
        assert_eq!(patch(json!({ "support_email": long })).await.status, 422);
        assert_eq!(
            patch(json!({ "support_email": null, "allowed_origins": null })).await.status,
            204
        );
        let now = api.get("/v1/instance").await.json();
        assert_eq!((&now["support_email"], &now["allowed_origins"]), (&Value::Null, &json!([])));
    });
}

#[test]
fn returns_colour_and_the_revealing_mode_can_be_set_and_cleared() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let patch = async |body: Value| api.send(Method::PATCH, "/v1/instance", Some(body)).await;
        let urls = json!(["https://app.acme.test/welcome", "http://localhost:3000", "/account"]);
        let set = json!({
            "redirect_urls": urls, "brand_color": "#5b3fd6", "reveal_unknown_identifiers": true,
            "sign_up_mode": "public",
        });
        assert_eq!(patch(set).await.status, 204);
        let now = api.get("/v1/instance").await.json();
        assert_eq!(now["redirect_urls"], urls);
        assert_eq!(now["brand_color"], "#5B3FD6");
        assert_eq!(now["sign_up_mode"], "public");
        assert_eq!(now["reveal_unknown_identifiers"], true);
        let page = "/t/acme/sign-in?redirect_url=https%3A%2F%2Fapp.acme.test%2Fwelcome";
        let policy = app.client().get(page).await.header("content-security-policy").to_owned();
        assert!(policy.contains("https://app.acme.test"), "{policy}");
        let clear = json!({
            "redirect_urls": null, "brand_color": null, "reveal_unknown_identifiers": false,
        });
        assert_eq!(patch(clear).await.status, 204);
        let now = api.get("/v1/instance").await.json();
        assert_eq!(now["redirect_urls"], json!([]));
        assert_eq!(now["brand_color"], Value::Null);
        assert_eq!(now["reveal_unknown_identifiers"], false);
    });
}

#[test]
fn every_fault_of_an_instance_is_told_at_once_and_nothing_is_changed() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let before = api.get("/v1/instance").await.json();
        let patch = json!({
            "support_email": "fine@acme.test",
            "redirect_urls": ["https://app.acme.test", "http://app.acme.test"],
            "brand_color": "red", "reveal_unknown_identifiers": "yes",
            "redirect_url": "/x", "slug": "other",
        });
        let wrong = api.send(Method::PATCH, "/v1/instance", Some(patch)).await;
        let (status, mut told) = faults(&wrong);
        told.sort();
        let expected = [
            "form_param_format_invalid brand_color",
            "form_param_format_invalid redirect_urls",
            "form_param_format_invalid reveal_unknown_identifiers",
            "form_param_unknown redirect_url",
            "form_param_unknown slug",
        ];
        assert_eq!((status, told), (422, expected.map(str::to_owned).to_vec()));
        assert!(wrong.body.contains("http://app.acme.test is neither"), "{}", wrong.body);
        assert_eq!(api.get("/v1/instance").await.json(), before);
    });
}

#[test]
fn what_clerks_own_sdk_sends_besides_is_taken_and_ignored() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let before = api.get("/v1/instance").await.json();
        let sent = json!({
            "test_mode": false, "hibp": true, "enhanced_email_deliverability": true,
            "clerk_js_version": "5", "development_origin": "http://localhost:3000",
            "cookieless_dev": true, "url_based_session_syncing": true,
        });
        assert_eq!(api.send(Method::PATCH, "/v1/instance", Some(sent)).await.status, 204);
        assert_eq!(api.get("/v1/instance").await.json(), before);
    });
}

#[test]
fn the_key_set_holds_one_rsa_key() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let set = api.get("/v1/jwks").await.json();
        assert_eq!(set["keys"].as_array().unwrap().len(), 1);
        let key = &set["keys"][0];
        assert_eq!(
            (&key["kty"], &key["alg"], &key["use"]),
            (&json!("RSA"), &json!("RS256"), &json!("sig"))
        );
        assert_eq!(api.get("/v1/jwks").await.json(), set);
    });
}

#[test]
fn the_lockout_policy_is_read_whole_and_changed_by_field() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let before = api.get(POLICY).await;
        insta::assert_snapshot!("a_lockout_policy", whole(&before));
        let patch = json!({ "max_attempts": 3, "reason": "too many guesses" });
        let changed = api.ok(Method::PATCH, POLICY, Some(patch)).await;
        let mut expected = before.json();
        expected["max_attempts"] = json!(3);
        expected["version"] = json!(2);
        expected["author"] = json!("api");
        expected["reason"] = json!("too many guesses");
        assert_eq!(without_warnings(changed.clone()), without_warnings(expected));
        let same = api.ok(Method::PATCH, POLICY, Some(changed.clone())).await;
        assert_eq!(same, changed, "a document sent back as it was read saves nothing");
        let preset = api.ok(Method::PATCH, POLICY, Some(json!({ "preset": "strict" }))).await;
        assert_eq!((&preset["max_attempts"], &preset["version"]), (&json!(5), &json!(3)));
    });
}

#[test]
fn every_fault_of_a_policy_is_told_at_once_and_nothing_is_saved() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let patch = json!({
            "max_attempts": 0, "history_duration": "soon", "enabled": "yes", "max_atempts": 5,
            "known_devices": "on", "reason": "x\ny",
        });
        let answer = api.send(Method::PATCH, POLICY, Some(patch)).await;
        insta::assert_snapshot!("every_fault_of_a_policy", whole(&answer));
        assert_eq!(api.get(POLICY).await.json()["version"], 1);
    });
}

fn without_warnings(mut document: Value) -> Value {
    document["warnings"] = Value::Null;
    document
}

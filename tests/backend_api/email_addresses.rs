//! E-mail addresses over the Backend API.

use lockkeeper::tenant::AttemptAnswer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, faults, refusal, try_password, whole};
use crate::harness::app::TestApp;
use crate::harness::client::block_on;

const PATH: &str = "/v1/email_addresses";

fn named(user: &str, address: &str) -> Value {
    json!({ "user_id": user, "email_address": address })
}

#[test]
fn an_address_is_made_read_changed_and_deleted() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let made = api.send(Method::POST, PATH, Some(named(&user, "Second@Example.com"))).await;
        insta::assert_snapshot!(whole(&made), @r#"
        200
        {
          "id": "<idn_1>",
          "object": "email_address",
          "email_address": "Second@Example.com",
          "reserved": false,
          "verification": {
            "object": "verification_admin",
            "status": "verified",
            "strategy": "admin",
            "attempts": null,
            "expire_at": null
          },
          "linked_to": [],
          "matches_sso_connection": false,
          "created_at": <ms_1>,
          "updated_at": <ms_1>
        }
        "#);
        let path = format!("{PATH}/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(api.get(&path).await.json(), made.json());
        let primary = async || {
            let user = api.get(&format!("/v1/users/{user}")).await.json();
            user["primary_email_address_id"].clone()
        };
        assert_ne!(primary().await, made.json()["id"]);
        api.ok(Method::PATCH, &path, Some(json!({ "primary": true }))).await;
        assert_eq!(primary().await, made.json()["id"]);
        let answer = try_password(&app, &tenant, "second@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");

        let unproved = api.ok(Method::PATCH, &path, Some(json!({ "verified": false }))).await;
        assert_eq!(unproved["verification"], Value::Null);
        assert_ne!(primary().await, made.json()["id"]);
        let answer = try_password(&app, &tenant, "second@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
        let proved = api.ok(Method::PATCH, &path, Some(json!({ "verified": true }))).await;
        assert_eq!(proved["verification"]["status"], "verified");

        let gone = api.ok(Method::DELETE, &path, None).await;
        let id = made.json()["id"].clone();
        assert_eq!(gone, json!({ "object": "email_address", "id": id, "deleted": true }));
        assert_eq!(api.get(&path).await.status, 404);
    });
}

#[test]
fn an_unverified_address_is_shown_and_signs_nobody_in() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let (bob, ann) =
            (api.create_user("bob@example.com").await, api.create_user("ann@example.com").await);
        for user in [&bob, &ann] {
            let mut body = named(user, "x@y.example");
            body["verified"] = json!(false);
            api.ok(Method::POST, PATH, Some(body)).await;
        }
        let user = api.get(&format!("/v1/users/{bob}")).await.json();
        let shown: Vec<_> = user["email_addresses"].as_array().unwrap().iter().collect();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[1]["email_address"], "x@y.example");
        assert_eq!(shown[1]["verification"], Value::Null);
        let answer = try_password(&app, &tenant, "x@y.example", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
        let proved = named(&ann, "x@y.example");
        assert_eq!(
            api.send(Method::POST, PATH, Some(proved)).await.status,
            200,
            "claims bar nobody"
        );
    });
}

#[test]
fn an_address_of_a_locked_user_is_locked_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        api.ok(Method::POST, &format!("/v1/users/{user}/lock"), None).await;
        api.ok(Method::POST, PATH, Some(named(&user, "new@example.com"))).await;
        let answer = try_password(&app, &tenant, "new@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Locked(_)), "{answer:?}");
    });
}

#[test]
fn odd_addresses_and_unknown_ones_are_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let other = app.tenant("other", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let post = async |body: Value| api.send(Method::POST, PATH, Some(body)).await;
        let taken = post(named(&user, "BOB@example.com")).await;
        assert_eq!(faults(&taken), (422, vec!["form_identifier_exists email_address".to_owned()]));
        let odd = post(json!({ "email_address": "+43123456789" })).await;
        let told = ["form_param_missing user_id", "form_param_format_invalid email_address"];
        assert_eq!(faults(&odd), (422, told.map(str::to_owned).to_vec()));
        let nobody = post(named("user_nobody", "a@example.com")).await;
        assert_eq!(refusal(&nobody), (404, "resource_not_found".to_owned()));
        let mut body = named(&user, "a@example.com");
        body["verified"] = json!(false);
        body["primary"] = json!(true);
        assert_eq!(faults(&post(body).await).0, 422);
        let made = post(named(&user, "a@example.com")).await.json();
        let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
        assert_eq!(Api::of(&app, &other).get(&path).await.status, 404, "another tenant's");
        let phone = format!("/v1/phone_numbers/{}", made["id"].as_str().unwrap());
        assert_eq!(api.get(&phone).await.status, 404, "no phone number");
    });
}

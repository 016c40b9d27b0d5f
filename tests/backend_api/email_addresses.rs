//! E-mail addresses over the Backend API.

use lockkeeper::model::IdentificationId;
use lockkeeper::tenant::AttemptAnswer;
use lockkeeper::token::{CodeLength, ShortCodes};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, faults, refusal, try_password, whole};
use crate::harness::app::{TestApp, TestTenant};
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

/// What was sent last to an address that waits.
async fn code(app: &TestApp, tenant: &TestTenant, id: &str) -> String {
    let of = tenant.profile.id().clone();
    let id = IdentificationId::parse(id).unwrap();
    let row = app.store.reader().pending_identification(of.clone(), id).await.unwrap().unwrap();
    let sent = row.prepared_code.unwrap();
    ShortCodes::for_tenant(&app.keys, &of).code(sent.as_str(), CodeLength::Six)
}

#[test]
fn an_address_is_proved_by_a_code_and_a_wrong_one_is_a_status() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let mut body = named(&user, "new@example.com");
        body["verified"] = json!(false);
        let made = api.ok(Method::POST, PATH, Some(body)).await;
        let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
        let attempt = async |body: Value| {
            api.send(Method::POST, &format!("{path}/attempt_verification"), Some(body)).await
        };
        let early = attempt(json!({ "code": "123456" })).await;
        assert_eq!(refusal(&early), (400, "verification_missing".to_owned()));
        let prepare = format!("{path}/prepare_verification");
        let by_code = json!({ "strategy": "email_code" });
        let sent = api.ok(Method::POST, &prepare, Some(by_code.clone())).await;
        assert_eq!((&sent["status"], &sent["attempts"]), (&json!("unverified"), &json!(0)));
        let soon = api.send(Method::POST, &prepare, Some(by_code)).await;
        assert_eq!(refusal(&soon), (429, "verification_code_too_many_requests".to_owned()));
        let right = code(&app, &tenant, made["id"].as_str().unwrap()).await;
        let wrong = if right == "111111" { "222222" } else { "111111" };
        let tried = attempt(json!({ "code": wrong, "verification_id": sent["id"] })).await;
        assert_eq!(tried.status, 200, "{}", tried.body);
        assert_eq!(tried.json()["attempts"], 1);
        assert_eq!(tried.json()["status"], "unverified");
        let other = attempt(json!({ "code": right, "verification_id": "otc_x" })).await;
        assert_eq!(refusal(&other), (400, "verification_missing".to_owned()));
        let done = attempt(json!({ "code": right })).await.json();
        assert_eq!((&done["status"], &done["id"]), (&json!("verified"), &sent["id"]));
        let again = attempt(json!({ "code": right })).await;
        assert_eq!(refusal(&again), (400, "verification_already_verified".to_owned()));
        let answer = try_password(&app, &tenant, "new@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn one_address_takes_the_place_of_all() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        api.create_user("ann@example.com").await;
        let user = api.create_user("bob@example.com").await;
        api.ok(Method::POST, PATH, Some(named(&user, "second@example.com"))).await;
        let mut waits = named(&user, "third@example.com");
        waits["verified"] = json!(false);
        api.ok(Method::POST, PATH, Some(waits)).await;
        let path = format!("/v1/users/{user}/email_address");
        let put = async |address: &str| {
            api.send(Method::PUT, &path, Some(json!({ "email_address": address }))).await
        };
        let taken = put("ann@example.com").await;
        assert_eq!(faults(&taken), (422, vec!["form_identifier_exists email_address".to_owned()]));
        for only in ["only@example.com", "second@example.com"] {
            let user = put(only).await.json();
            assert_eq!(user["email_addresses"].as_array().unwrap().len(), 1, "{user}");
            assert_eq!(user["email_addresses"][0]["email_address"], only);
            assert_eq!(user["primary_email_address_id"], user["email_addresses"][0]["id"]);
        }
        let answer = try_password(&app, &tenant, "second@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Wrong { .. }), "{answer:?}");
        let reserved = json!({ "email_address": "x@y.test", "identification_status": "reserved" });
        let refused = api.send(Method::PUT, &path, Some(reserved)).await;
        let told = "form_param_value_invalid identification_status".to_owned();
        assert_eq!(faults(&refused), (422, vec![told]));
    });
}

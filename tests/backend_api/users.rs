//! Making, changing and deleting users.

use lockkeeper::credential::{Arena, HashCost, Password, PhcHash};
use lockkeeper::tenant::AttemptAnswer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, faults, id, refusal, try_password, whole};
use crate::harness::app::TestApp;
use crate::harness::client::{Client, block_on};

#[test]
fn a_user_with_everything() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({
            "email_address": ["Bob@Example.com", "second@example.com"],
            "phone_number": ["+49 (30) 1234-567"],
            "username": "Bob",
            "password": RIGHT,
            "first_name": "Bob", "last_name": "Builder", "external_id": "7",
            "locale": "de-DE", "time_zone": "Europe/Berlin",
            "public_metadata": { "plan": "pro" },
            "private_metadata": { "note": 1 },
            "unsafe_metadata": { "theme": null },
            "created_at": "2020-01-01T00:00:00Z",
            "skip_legal_checks": true,
        });
        let made = api.send(Method::POST, "/v1/users", Some(body)).await;
        insta::assert_snapshot!("a_user_with_everything", whole(&made));
        let path = format!("/v1/users/{}", id(&made.json()));
        assert_eq!(api.get(&path).await.json(), made.json());
        assert_eq!(made.json()["created_at"], 1_577_836_800_000_i64);
        for name in ["bob@example.com", "SECOND@example.com", "+49301234567", "bob"] {
            let answer = try_password(&app, &tenant, name, RIGHT).await;
            assert!(matches!(answer, AttemptAnswer::Complete(_)), "{name}: {answer:?}");
        }
    });
}

#[test]
fn a_user_with_next_to_nothing() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({ "username": "bob", "skip_password_requirement": true });
        let made = api.send(Method::POST, "/v1/users", Some(body)).await;
        insta::assert_snapshot!("a_user_with_next_to_nothing", whole(&made));
        let body = json!({ "skip_user_requirement": true, "banned": true, "locked": true });
        let made = api.create(body).await;
        assert_eq!((&made["banned"], &made["locked"]), (&json!(true), &json!(true)));
    });
}

#[test]
fn every_fault_of_a_new_user_is_told_at_once() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        api.create(json!({ "email_address": ["bob@example.com"], "external_id": "7" })).await;
        let body = json!({
            "email_address": ["BOB@example.com", "bob@EXAMPLE.com", "bob"],
            "phone_number": ["12"],
            "username": "+4930123456",
            "password": "short",
            "first_name": 7,
            "external_id": "7",
            "locale": "not a tag", "time_zone": "Mars/Olympus",
            "public_metadata": [],
            "created_at": "yesterday",
            "totp_secret": "ABC",
            "banned": "yes",
        });
        let answer = api.send(Method::POST, "/v1/users", Some(body)).await;
        insta::assert_snapshot!("every_fault_of_a_new_user", whole(&answer));
        let none = api.send(Method::POST, "/v1/users", Some(json!({}))).await;
        assert_eq!(faults(&none), (422, vec!["form_data_missing ".to_owned()]));
        let future = json!({ "username": "x", "created_at": "2999-01-01T00:00:00Z" });
        let future = api.send(Method::POST, "/v1/users", Some(future)).await;
        assert_eq!(faults(&future), (422, vec!["form_param_value_invalid created_at".to_owned()]));
        let count = api.get("/v1/users/count").await.json();
        assert_eq!(count, json!({ "object": "total_count", "total_count": 1 }));
    });
}

#[test]
fn the_password_rule_has_a_least_and_a_greatest_length() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let post =
            async |body: Value| faults(&api.send(Method::POST, "/v1/users", Some(body)).await);
        let with = |password: &str| json!({ "username": "bob", "password": password });
        let fault = |code: &str| (422, vec![format!("{code} password")]);
        assert_eq!(post(with("1234567")).await, fault("form_password_length_too_short"));
        assert_eq!(post(with("")).await, fault("form_param_nil"));
        let long = post(with(&"x".repeat(1025))).await;
        assert_eq!(long, fault("form_password_length_too_long"));
        let short = json!({ "username": "bob", "password": "1", "skip_password_checks": true });
        api.create(short).await;
        api.create(json!({ "username": "eight", "password": "ÄÖÜäöü12" })).await;
    });
}

#[test]
fn digests_are_imported_and_misshapen_ones_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    let cost = HashCost::below_floor_for_tests();
    let password = Password::parse(RIGHT).unwrap();
    let digest = PhcHash::make(&password, cost, &mut Arena::for_cost(cost)).unwrap().to_phc();
    block_on(async {
        let api = Api::of(&app, &tenant);
        let with = |digest: &str, hasher: &str| json!({ "username": "bob", "password_digest": digest, "password_hasher": hasher });
        let post =
            async |body: Value| faults(&api.send(Method::POST, "/v1/users", Some(body)).await);
        let fault = |text: &str| (422, vec![text.to_owned()]);
        let value = fault("form_param_value_invalid password_hasher");
        assert_eq!(post(with("5f4dcc3b5aa765d61d8327deb882cf99", "md5")).await, value);
        assert_eq!(post(with("abc", "rot13")).await, value);
        let format = fault("form_param_format_invalid password_digest");
        assert_eq!(post(with("$2b$10$abc", "bcrypt")).await, format);
        assert_eq!(post(with("abc", "argon2id")).await, format);
        assert_eq!(post(with(&digest, "argon2i")).await, format);
        let lone = json!({ "username": "bob", "password_digest": digest });
        assert_eq!(post(lone).await, fault("form_conditional_param_missing password_hasher"));
        let made = api.create(with(&digest, "argon2id")).await;
        assert_eq!(made["password_enabled"], true);
        let answer = try_password(&app, &tenant, "bob", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn a_taken_name_is_a_fault_of_its_field() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let first =
            json!({ "email_address": ["bob@example.com"], "username": "bob", "external_id": "7" });
        api.create(first).await;
        for (body, field) in [
            (json!({ "email_address": ["ｂｏｂ@example.com"] }), "email_address"),
            (json!({ "username": "BOB" }), "username"),
            (json!({ "username": "anna", "external_id": "7" }), "external_id"),
        ] {
            let answer = api.send(Method::POST, "/v1/users", Some(body)).await;
            assert_eq!(faults(&answer), (422, vec![format!("form_identifier_exists {field}")]));
        }
    });
}

#[test]
fn a_patch_changes_what_it_names() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({
            "email_address": ["bob@example.com", "b2@example.com"], "username": "bob",
            "password": RIGHT, "first_name": "Bob", "last_name": "B", "external_id": "7",
            "public_metadata": { "a": 1 },
        });
        let made = api.create(body).await;
        let path = format!("/v1/users/{}", id(&made));
        let second = made["email_addresses"][1]["id"].clone();
        let patch = json!({
            "first_name": null, "last_name": "Builder", "external_id": "7", "locale": "en",
            "time_zone": "UTC", "public_metadata": { "b": 2 }, "username": "bob",
            "primary_email_address_id": second,
        });
        let changed = api.ok(Method::PATCH, &path, Some(patch)).await;
        let mut expected = made.clone();
        expected["first_name"] = Value::Null;
        expected["last_name"] = json!("Builder");
        expected["locale"] = json!("en");
        expected["time_zone"] = json!("UTC");
        expected["public_metadata"] = json!({ "b": 2 });
        expected["primary_email_address_id"] = second;
        // The initials of the picture.
        let picture = made["image_url"].as_str().unwrap().replace("avatar-4242-", "avatar-42-");
        expected["image_url"] = json!(picture);
        expected["profile_image_url"] = json!(picture);
        assert_eq!(changed, expected);
        let patch = json!({ "username": "+4930123456", "primary_email_address_id": "idn_x", "password": "no" });
        let refused = api.send(Method::PATCH, &path, Some(patch)).await;
        insta::assert_snapshot!("a_patch_that_cannot_be", whole(&refused));
        assert_eq!(api.get(&path).await.json(), expected);
    });
}

#[test]
fn a_username_is_changed_with_the_rest_or_not_at_all() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        api.create(json!({ "username": "anna" })).await;
        let made = api.create(json!({ "username": "bob", "password": RIGHT })).await;
        let path = format!("/v1/users/{}", id(&made));
        let taken = json!({ "username": "ANNA", "password": "another horse" });
        let refused = api.send(Method::PATCH, &path, Some(taken)).await;
        assert_eq!(faults(&refused), (422, vec!["form_identifier_exists username".to_owned()]));
        let kept = try_password(&app, &tenant, "bob", RIGHT).await;
        assert!(matches!(kept, AttemptAnswer::Complete(_)), "{kept:?}");

        let changed = api.ok(Method::PATCH, &path, Some(json!({ "username": "Rob" }))).await;
        assert_eq!(changed["username"], "Rob");
        let new = try_password(&app, &tenant, "rob", RIGHT).await;
        assert!(matches!(new, AttemptAnswer::Complete(_)), "{new:?}");
        let old = try_password(&app, &tenant, "bob", RIGHT).await;
        assert!(matches!(old, AttemptAnswer::Wrong { .. }), "{old:?}");
        // Only the spelling.
        let changed = api.ok(Method::PATCH, &path, Some(json!({ "username": "ROB" }))).await;
        assert_eq!(changed["username"], "ROB");
        let gone = api.ok(Method::PATCH, &path, Some(json!({ "username": null }))).await;
        assert_eq!(gone["username"], Value::Null);
        api.create(json!({ "username": "rob" })).await;
    });
}

#[test]
fn a_username_takes_its_lock_along_and_leaves_it_behind() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let made = api.create(json!({ "username": "bob", "password": RIGHT })).await;
        let path = format!("/v1/users/{}", id(&made));
        api.ok(Method::POST, &format!("{path}/lock"), None).await;
        api.ok(Method::PATCH, &path, Some(json!({ "username": "rob" }))).await;
        for name in ["bob", "rob"] {
            let answer = try_password(&app, &tenant, name, RIGHT).await;
            assert!(matches!(answer, AttemptAnswer::Locked(_)), "{name}: {answer:?}");
        }
    });
}

#[test]
fn the_first_phone_number_stays_the_primary_one() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let made = api.create(json!({ "phone_number": ["+4930123456"] })).await;
        let first = made["primary_phone_number_id"].clone();
        assert_eq!(first, made["phone_numbers"][0]["id"]);
        let more =
            json!({ "user_id": made["id"], "phone_number": "+4930123457", "verified": true });
        api.ok(Method::POST, "/v1/phone_numbers", Some(more)).await;
        let user = api.get(&format!("/v1/users/{}", id(&made))).await.json();
        assert_eq!(user["primary_phone_number_id"], first);
    });
}

#[test]
fn a_phone_number_of_the_users_becomes_the_primary_one() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body = json!({ "phone_number": ["+4930123456", "+4930123457"], "username": "bob" });
        let made = api.create(body).await;
        let path = format!("/v1/users/{}", id(&made));
        let second = made["phone_numbers"][1]["id"].clone();
        let patch = json!({ "primary_phone_number_id": second });
        let changed = api.ok(Method::PATCH, &path, Some(patch)).await;
        assert_eq!(changed["primary_phone_number_id"], second);
        let odd = json!({ "primary_phone_number_id": "idn_x" });
        let refused = api.send(Method::PATCH, &path, Some(odd)).await;
        let told = "form_param_value_invalid primary_phone_number_id".to_owned();
        assert_eq!(faults(&refused), (422, vec![told]));
    });
}

#[test]
fn a_new_password_can_end_the_sessions() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        let patch = json!({ "password": "another horse", "sign_out_of_other_sessions": true });
        api.ok(Method::PATCH, &path, Some(patch)).await;
        assert_eq!(api.get("/v1/sessions").await.json()[0]["status"], "revoked");
        let old = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(old, AttemptAnswer::Wrong { .. }), "{old:?}");
        let new = try_password(&app, &tenant, "bob@example.com", "another horse").await;
        assert!(matches!(new, AttemptAnswer::Complete(_)), "{new:?}");
    });
}

#[test]
fn metadata_is_merged_or_replaced_and_bounded() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let body =
            json!({ "username": "bob", "public_metadata": { "a": { "b": 1, "c": 2 }, "d": 1 } });
        let path = format!("/v1/users/{}/metadata", id(&api.create(body).await));
        let patch = json!({ "public_metadata": { "a": { "b": null, "e": [1] } }, "private_metadata": { "x": 1 } });
        let merged = api.ok(Method::PATCH, &path, Some(patch)).await;
        assert_eq!(merged["public_metadata"], json!({ "a": { "c": 2, "e": [1] }, "d": 1 }));
        assert_eq!(merged["private_metadata"], json!({ "x": 1 }));
        let put = json!({ "public_metadata": { "z": 1 } });
        let replaced = api.ok(Method::PUT, &path, Some(put)).await;
        assert_eq!(replaced["public_metadata"], json!({ "z": 1 }));
        assert_eq!(replaced["private_metadata"], json!({ "x": 1 }));
        let half = "x".repeat(5_000);
        api.ok(Method::PATCH, &path, Some(json!({ "unsafe_metadata": { "a": half } }))).await;
        let more =
            api.send(Method::PATCH, &path, Some(json!({ "unsafe_metadata": { "b": half } }))).await;
        let fault = "form_param_max_length_exceeded unsafe_metadata".to_owned();
        assert_eq!(faults(&more), (422, vec![fault]));
    });
}

#[test]
fn a_ban_keeps_out_and_ends_sessions_until_it_is_lifted() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let path = format!("/v1/users/{}", api.create_user("bob@example.com").await);
        try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        let banned = api.ok(Method::POST, &format!("{path}/ban"), None).await;
        assert_eq!((&banned["banned"], &banned["locked"]), (&json!(true), &json!(false)));
        assert_eq!(api.get("/v1/sessions").await.json()[0]["status"], "revoked");
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Banned), "{answer:?}");
        let lifted = api.ok(Method::POST, &format!("{path}/unban"), None).await;
        assert_eq!(lifted["banned"], false);
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        assert!(matches!(answer, AttemptAnswer::Complete(_)), "{answer:?}");
    });
}

#[test]
fn a_deleted_user_is_gone() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let path = format!("/v1/users/{user}");
        let deleted = api.ok(Method::DELETE, &path, None).await;
        let expected =
            json!({ "object": "user", "id": user, "external_id": null, "deleted": true });
        assert_eq!(deleted, expected);
        for method in [Method::GET, Method::DELETE] {
            let answer = api.send(method, &path, None).await;
            assert_eq!(refusal(&answer), (404, "resource_not_found".to_owned()));
        }
        api.create_user("bob@example.com").await;
    });
}

#[test]
fn bodies_that_are_no_json_objects_are_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let send = async |kind: &str, body: &'static [u8]| {
            let request = api.client.request(Method::POST, "/v1/users").bearer_auth(&api.key);
            let answer = Client::send(request.header("content-type", kind).body(body)).await;
            assert_eq!(answer.header("content-type"), "application/json");
            refusal(&answer)
        };
        let invalid = (400, "request_body_invalid".to_owned());
        assert_eq!(send("application/json", b"{").await, invalid);
        assert_eq!(send("application/json", b"[]").await, invalid);
        assert_eq!(send("application/json; charset=utf-8", b"{\"a\":\"\xff\"}").await, invalid);
        let kind = (415, "unsupported_content_type".to_owned());
        assert_eq!(send("application/x-www-form-urlencoded", b"username=bob").await, kind);
    });
}

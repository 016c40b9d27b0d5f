//! Sign-in tokens and sessions that the tenant's server makes. What a token does is tested over the
//! Frontend API.

use lockkeeper::store::users::Standing;
use lockkeeper::tenant::{NewTenant, TicketFault};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, faults, id, lock_by_guessing, refusal, whole};
use crate::harness::app::{TestApp, TestTenant};
use crate::harness::client::block_on;

const PATH: &str = "/v1/sign_in_tokens";

#[test]
fn a_token_is_made_shown_and_revoked() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let body = json!({ "user_id": user, "expires_in_seconds": 60 });
        let made = api.send(Method::POST, PATH, Some(body)).await;
        insta::assert_snapshot!(whole(&made), @r#"
        200
        {
          "object": "sign_in_token",
          "id": "<sit_1>",
          "status": "pending",
          "user_id": "<user_1>",
          "token": "<jwt_1>",
          "url": "http://localhost:<port_1>/t/acme/v1/tickets/accept?ticket=<jwt_1>",
          "created_at": <ms_1>,
          "updated_at": <ms_1>
        }
        "#);
        let made = made.json();
        let ticket = app.tenants.ticket(&tenant.profile, made["token"].as_str().unwrap());
        assert_eq!(ticket.await.unwrap().unwrap().user.as_str(), user);
        let revoke = format!("{PATH}/{}/revoke", id(&made));
        app.advance(lockkeeper::model::Span::SECOND);
        let revoked = api.ok(Method::POST, &revoke, None).await;
        assert_eq!(revoked["status"], "revoked");
        assert_eq!(revoked["token"], made["token"]);
        assert_ne!(revoked["updated_at"], made["updated_at"]);
        // Once more changes nothing.
        assert_eq!(api.ok(Method::POST, &revoke, None).await["status"], "revoked");
        let told = app.tenants.ticket(&tenant.profile, made["token"].as_str().unwrap()).await;
        assert_eq!(told.unwrap(), Err(TicketFault::Revoked));
    });
}

#[test]
fn odd_wishes_for_a_token_are_refused() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let ask = async |body: Value| api.send(Method::POST, PATH, Some(body)).await;
        let missing = (404, "resource_not_found".to_owned());
        for user in ["nobody", "user_2abcdefghijklmnopqrstuvwxyz"] {
            assert_eq!(refusal(&ask(json!({ "user_id": user })).await), missing);
        }
        let none = ask(json!({ "expires_in_seconds": 0 })).await;
        let told = ["form_param_missing user_id", "form_param_value_invalid expires_in_seconds"];
        assert_eq!(faults(&none), (422, told.map(str::to_owned).to_vec()));
        for unknown in ["sit_unknown", "sit_2abcdefghijklmnopqrstuvwxyz"] {
            let path = format!("{PATH}/{unknown}/revoke");
            assert_eq!(refusal(&api.post(&path).await), missing);
        }
    });
}

#[test]
fn a_server_begins_a_session_for_whoever_is_neither_locked_nor_banned() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let ask = async |user: &str| {
            api.send(Method::POST, "/v1/sessions", Some(json!({ "user_id": user }))).await
        };
        let made = ask(&user).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let made = made.json();
        assert_eq!((&made["status"], &made["user_id"]), (&json!("active"), &json!(user)));
        assert_eq!(api.get(&format!("/v1/sessions/{}", id(&made))).await.json(), made);
        // Nothing else is asked for, whatever the user has.
        let app_too = json!({ "totp_secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" });
        api.ok(Method::PATCH, &format!("/v1/users/{user}"), Some(app_too)).await;
        assert_eq!(ask(&user).await.status, 200);
        lock_by_guessing(&app, &tenant, "bob@example.com").await;
        assert_eq!(refusal(&ask(&user).await), (403, "user_locked".to_owned()));
        api.ok(Method::POST, &format!("/v1/users/{user}/unlock"), None).await;
        assert_eq!(ask(&user).await.status, 200);
        let bob = lockkeeper::model::UserId::parse(&user).unwrap();
        app.tenants.set_standing(&tenant.profile, bob, Standing::Banned).await.unwrap();
        assert_eq!(refusal(&ask(&user).await), (403, "user_banned".to_owned()));
        assert_eq!(refusal(&ask("nobody").await), (404, "resource_not_found".to_owned()));
        let nameless = api.create(json!({ "skip_user_requirement": true })).await;
        let told = (404, "sign_in_no_identification_for_user".to_owned());
        assert_eq!(refusal(&ask(&id(&nameless)).await), told);
    });
}

#[test]
fn a_live_tenant_has_no_session_without_a_sign_in() {
    let app = TestApp::start();
    let new = NewTenant {
        slug: "live".to_owned(),
        name: "Live".to_owned(),
        live: true,
        own_host: None,
        policy: None,
        support_email: None,
        redirect_urls: Vec::new(),
        brand_color: None,
        author: "test".to_owned(),
    };
    block_on(async {
        let made = app.tenants.create_tenant(new).await.map_err(|e| e.to_string()).unwrap();
        let secret_key = made.secret_key.expose().to_owned();
        let tenant = TestTenant { profile: made.profile, secret_key };
        let api = Api::of(&app, &tenant);
        let user = api.create_user("bob@example.com").await;
        let body = Some(json!({ "user_id": user }));
        let refused = api.send(Method::POST, "/v1/sessions", body).await;
        assert_eq!(refusal(&refused), (403, "feature_not_enabled".to_owned()));
    });
}

//! Clients as the tenant's server sees them, and the small operations that Clerk's libraries expect.

use lockkeeper::model::{ClientId, Span};
use lockkeeper::tenant::AttemptAnswer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, RIGHT, faults, id, refusal, try_password};
use crate::harness::app::TestApp;
use crate::harness::client::block_on;
use crate::harness::snapshot::mask_json;

#[test]
fn a_client_is_found_by_id_by_list_and_by_a_token_of_its_session() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        api.create_user("bob@example.com").await;
        let answer = try_password(&app, &tenant, "bob@example.com", RIGHT).await;
        let AttemptAnswer::Complete(signed_in) = answer else { panic!("{answer:?}") };
        app.advance(Span::SECOND);
        try_password(&app, &tenant, "bob@example.com", RIGHT).await;

        let path = format!("/v1/clients/{}", signed_in.client);
        let client = api.get(&path).await.json();
        insta::assert_snapshot!(mask_json(&client), @r#"
        {
          "object": "client",
          "id": "<client_1>",
          "session_ids": [
            "<sess_1>"
          ],
          "sessions": [
            {
              "object": "session",
              "id": "<sess_1>",
              "client_id": "<client_1>",
              "user_id": "<user_1>",
              "status": "active",
              "last_active_at": <ms_1>,
              "last_active_organization_id": null,
              "actor": null,
              "expire_at": <ms_2>,
              "abandon_at": <ms_2>,
              "created_at": <ms_1>,
              "updated_at": <ms_1>
            }
          ],
          "sign_in_id": null,
          "sign_up_id": null,
          "last_active_session_id": "<sess_1>",
          "last_authentication_strategy": "password",
          "created_at": <ms_1>,
          "updated_at": <ms_1>
        }
        "#);
        assert_eq!(client["session_ids"], json!([signed_in.session.as_str()]));

        let list = api.get("/v1/clients").await.json();
        assert_eq!(list.as_array().unwrap().len(), 2);
        assert_eq!(list[1], client, "newest first");
        let page = api.get("/v1/clients?paginated=true&limit=1&offset=1").await.json();
        assert_eq!(page, json!({ "data": [client], "total_count": 2 }));

        let tokens = format!("/v1/sessions/{}/tokens", signed_in.session);
        let token = api.ok(Method::POST, &tokens, None).await["jwt"].clone();
        let verify = async |token: &Value| {
            let body = json!({ "token": token });
            api.send(Method::POST, "/v1/clients/verify", Some(body)).await
        };
        assert_eq!(verify(&token).await.json(), client);
        let not_found = (404, "resource_not_found".to_owned());
        let mut forged = token.as_str().unwrap().to_owned();
        forged.replace_range(forged.len() - 8.., "AAAAAAAA");
        for other in [json!(forged), json!("a.b.c"), json!("x")] {
            assert_eq!(refusal(&verify(&other).await), not_found, "{other}");
        }
        app.advance(Span::MINUTE.times(3));
        assert_eq!(refusal(&verify(&token).await), not_found, "an old token");

        let long = json!({ "expires_in_seconds": 3600 });
        let long = api.ok(Method::POST, &tokens, Some(long)).await["jwt"].clone();
        app.advance(Span::MINUTE.times(30));
        assert_eq!(verify(&long).await.status, 200);
        api.ok(Method::POST, &format!("/v1/sessions/{}/revoke", signed_in.session), None).await;
        assert_eq!(refusal(&verify(&long).await), not_found, "an ended session");
        let ended = api.post(&tokens).await;
        assert_eq!(refusal(&ended), (400, "invalid_action_for_session".to_owned()));
        let odd = json!({ "expires_in_seconds": 29 });
        let odd = api.send(Method::POST, &tokens, Some(odd)).await;
        let fault = "form_param_value_invalid expires_in_seconds".to_owned();
        assert_eq!(faults(&odd), (422, vec![fault]));
        let unknown = format!("/v1/clients/{}", ClientId::generate(app.tenants.clock().now()));
        assert_eq!(refusal(&api.get(&unknown).await), not_found);
    });
}

#[test]
fn another_tenants_client_and_token_are_nobodys() {
    let app = TestApp::start();
    let (acme, other) = (app.tenant("acme", None), app.tenant("other", None));
    block_on(async {
        let (api, strange) = (Api::of(&app, &acme), Api::of(&app, &other));
        api.create_user("bob@example.com").await;
        let answer = try_password(&app, &acme, "bob@example.com", RIGHT).await;
        let AttemptAnswer::Complete(signed_in) = answer else { panic!("{answer:?}") };
        let tokens = format!("/v1/sessions/{}/tokens", signed_in.session);
        let token = api.ok(Method::POST, &tokens, None).await["jwt"].clone();
        let body = Some(json!({ "token": token }));
        assert_eq!(strange.send(Method::POST, "/v1/clients/verify", body).await.status, 404);
        assert_eq!(strange.post(&tokens).await.status, 404);
        let path = format!("/v1/clients/{}", signed_in.client);
        assert_eq!(strange.get(&path).await.status, 404);
        assert_eq!(strange.get("/v1/clients").await.json(), json!([]));
    });
}

#[test]
fn what_test_helpers_and_libraries_ask_for_besides() {
    let app = TestApp::start();
    let tenant = app.tenant("acme", None);
    block_on(async {
        let api = Api::of(&app, &tenant);
        let bob = id(&api.create(json!({ "username": "bob" })).await);
        for what in ["organization_memberships", "organization_invitations"] {
            let page = api.get(&format!("/v1/users/{bob}/{what}?limit=10")).await.json();
            assert_eq!(page, json!({ "data": [], "total_count": 0 }));
            assert_eq!(api.get(&format!("/v1/users/user_x/{what}")).await.status, 404);
        }
        let token = api.ok(Method::POST, "/v1/testing_tokens", None).await;
        assert_eq!(token["object"], "testing_token");
        assert!(!token["token"].as_str().unwrap().is_empty());
        assert!(token["expires_at"].as_i64().unwrap() > app.tenants.clock().now().as_seconds());
    });
}

//! Sessions: tokens that the key set verifies, touching, ending, signing out.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use lockkeeper::model::{Millis, Span};
use lockkeeper::store::signing_keys::SigningKeyRow;
use lockkeeper::token::SigningKey;
use reqwest::Method;
use serde_json::Value;

use super::{ALEX, PASSWORD, World, shown, signed_in, text, try_password, v1};
use crate::harness::client::{Client, block_on};

const SAM: &str = "sam@acme.test";

fn session(rest: &str, signed_in: &Value) -> String {
    v1(&format!("client/sessions/{}{rest}", text(signed_in, "/response/created_session_id")))
}

async fn send(client: &Client, method: Method, path: &str) -> crate::harness::client::Answer {
    Client::send(client.request(method, path)).await
}

#[test]
fn a_session_token_is_verified_by_the_published_key() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let origin = "http://localhost:3000";
        let request =
            client.request(Method::POST, &session("/tokens", &json)).header("origin", origin);
        let token = Client::send(request).await;
        assert_eq!(token.header("access-control-allow-origin"), origin);
        assert_eq!(token.json()["object"], "token");
        let keys = client.get("/t/acme/.well-known/jwks.json").await.json();
        let (n, e) = (text(&keys, "/keys/0/n"), text(&keys, "/keys/0/e"));
        let key = DecodingKey::from_rsa_components(n, e).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        // The test's clock is not the machine's.
        rules.validate_exp = false;
        rules.required_spec_claims.clear();
        for jwt in
            [text(&token.json(), "/jwt"), text(&json, "/client/sessions/0/last_active_token/jwt")]
        {
            let claims = decode::<Value>(jwt, &key, &rules).unwrap().claims;
            assert_eq!(text(&claims, "/sid"), text(&json, "/response/created_session_id"));
            assert_eq!(text(&claims, "/sub"), text(&json, "/client/sessions/0/user/id"));
            let host = format!("http://acme.localhost:{}", world.app.address.port());
            assert_eq!(text(&claims, "/iss"), host);
        }
        let again = client.get("/t/acme/.well-known/jwks.json").await.json();
        assert_eq!(keys, again, "the key set is stable");
    });
}

#[test]
fn a_retired_key_signs_nothing_and_is_still_shown() {
    let world = World::new();
    let tenant = world.acme.profile.id().clone();
    let retired = SigningKey::generate().unwrap();
    let now = world.app.tenants.clock().now();
    let row = SigningKeyRow {
        tenant_id: tenant.clone(),
        kid: retired.kid().to_owned(),
        sealed: retired.seal(&world.app.keys, &tenant).unwrap(),
        // Newer than the one that signs: its end decides, not its age.
        created_at: Millis(now.0 + 60_000),
        retired_at: Some(now),
    };
    block_on(world.app.store.add_first_signing_key(row)).unwrap();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let jwt = text(&json, "/client/sessions/0/last_active_token/jwt");
        let kid = decode_header(jwt).unwrap().kid.unwrap();
        assert_ne!(kid, retired.kid());
        let keys = client.get("/t/acme/.well-known/jwks.json").await.json();
        let mut shown: Vec<&str> =
            keys["keys"].as_array().unwrap().iter().map(|key| text(key, "/kid")).collect();
        let mut wanted = [retired.kid(), kid.as_str()];
        shown.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(shown, wanted);
    });
}

#[test]
pub(super) fn touching_keeps_a_session_and_answers_with_session_and_client() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let form = [("active_organization_id", ""), ("intent", "select_session")];
        let touched = client.post_form(&session("/touch", &json), &form).await;
        assert_eq!(touched.status, 200, "{}", touched.body);
        let touched = touched.json();
        assert_eq!(text(&touched, "/response/status"), "active");
        assert_eq!(touched["client"]["last_active_session_id"], touched["response"]["id"]);
        let read = client.get(&session("", &json)).await.json();
        assert_eq!(text(&read, "/response/id"), text(&touched, "/response/id"));
        assert_eq!(read["client"], Value::Null);
    });
}

#[test]
pub(super) fn an_ended_session_gives_no_token_and_leaves_its_client() {
    let world = World::new();
    block_on(async {
        for (end, status) in [("/end", "ended"), ("/remove", "removed")] {
            let client = world.client();
            let json = signed_in(&client).await;
            let ended = send(&client, Method::POST, &session(end, &json)).await.json();
            assert_eq!(text(&ended, "/response/status"), status);
            assert_eq!(ended["client"]["sessions"], serde_json::json!([]));
            assert_eq!(ended["client"]["last_active_session_id"], Value::Null);
            let token = send(&client, Method::POST, &session("/tokens", &json)).await;
            assert_eq!((token.status, text(&token.json(), "/errors/0/code")), (401, "signed_out"));
            let touch = send(&client, Method::POST, &session("/touch", &json)).await;
            assert_eq!(
                (touch.status, text(&touch.json(), "/errors/0/code")),
                (400, "invalid_action_for_session")
            );
        }
    });
}

#[test]
pub(super) fn signing_out_as_the_browser_library_does_keeps_the_client() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let out = client.post_form(&v1("client/sessions?_method=DELETE"), &[]).await;
        insta::assert_snapshot!(shown(&out), @r#"
        200
        content-type: application/json
        {
          "response": {
            "object": "client",
            "id": "<client_1>",
            "sessions": [],
            "sign_in": null,
            "sign_up": null,
            "last_active_session_id": null,
            "last_authentication_strategy": "password",
            "cookie_expires_at": null,
            "captcha_bypass": false,
            "created_at": <ms_1>,
            "updated_at": <ms_1>
          },
          "client": {
            "object": "client",
            "id": "<client_1>",
            "sessions": [],
            "sign_in": null,
            "sign_up": null,
            "last_active_session_id": null,
            "last_authentication_strategy": "password",
            "cookie_expires_at": null,
            "captcha_bypass": false,
            "created_at": <ms_1>,
            "updated_at": <ms_1>
          }
        }
        "#);
        assert_eq!(out.json()["response"]["id"], json["client"]["id"]);
        signed_in(&client).await;
    });
}

#[test]
fn another_clients_session_is_not_found_and_nobodys_is_signed_out() {
    let world = World::new();
    block_on(async {
        let (owner, other) = (world.client(), world.client());
        let json = signed_in(&owner).await;
        signed_in(&other).await;
        for rest in ["/tokens", "/touch", "/end", "/remove"] {
            let told = send(&other, Method::POST, &session(rest, &json)).await;
            assert_eq!(
                (told.status, text(&told.json(), "/errors/0/code")),
                (404, "resource_not_found")
            );
            let told = send(&world.client(), Method::POST, &session(rest, &json)).await;
            assert_eq!((told.status, text(&told.json(), "/errors/0/code")), (401, "signed_out"));
        }
        assert_eq!(owner.get(&session("", &json)).await.json()["response"]["status"], "active");
    });
}

#[test]
fn the_signed_in_user_reads_their_own_resource() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        assert_eq!(client.get(&v1("me")).await.status, 401);
        let json = signed_in(&client).await;
        let me = client.get(&v1("me")).await.json();
        assert_eq!(text(&me, "/response/id"), text(&json, "/client/sessions/0/user/id"));
        assert_eq!(me["response"].get("private_metadata"), None);
    });
}

#[test]
pub(super) fn a_client_can_be_made_read_and_deleted() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let none = serde_json::json!({ "response": null, "client": null });
        assert_eq!(client.get(&v1("client")).await.json(), none);
        let made = send(&client, Method::PUT, &v1("client")).await;
        insta::assert_snapshot!(shown(&made), @r#"
        200
        content-type: application/json
        set-cookie: __client_<suffix>=<jwt_1>; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000
        {
          "response": {
            "object": "client",
            "id": "<client_1>",
            "sessions": [],
            "sign_in": null,
            "sign_up": null,
            "last_active_session_id": null,
            "last_authentication_strategy": null,
            "cookie_expires_at": null,
            "captcha_bypass": false,
            "created_at": <ms_1>,
            "updated_at": <ms_1>
          },
          "client": {
            "object": "client",
            "id": "<client_1>",
            "sessions": [],
            "sign_in": null,
            "sign_up": null,
            "last_active_session_id": null,
            "last_authentication_strategy": null,
            "cookie_expires_at": null,
            "captcha_bypass": false,
            "created_at": <ms_1>,
            "updated_at": <ms_1>
          }
        }
        "#);
        assert_eq!(client.get(&v1("client")).await.json()["response"], made.json()["response"]);
        signed_in(&client).await;
        let gone = send(&client, Method::DELETE, &v1("client")).await;
        assert_eq!(gone.json()["response"]["deleted"], true);
        assert_eq!(client.get(&v1("client")).await.json(), none);
    });
}

#[test]
fn a_production_tenant_tells_the_apps_servers_who_signed_in_when() {
    let world = World::new();
    let new = lockkeeper::tenant::NewTenant {
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
    let created =
        block_on(world.app.tenants.create_tenant(new)).map_err(|e| e.to_string()).unwrap();
    let live =
        crate::harness::app::TestTenant { profile: created.profile, secret_key: String::new() };
    world.app.user(&live, super::ALEX, super::PASSWORD);
    block_on(async {
        let client = world.client();
        let form = [("identifier", super::ALEX), ("password", super::PASSWORD)];
        let done = client.post_form(&live.path("/v1/client/sign_ins"), &form).await;
        let suffixed = format!("__client_uat_{}", live.profile.cookie_suffix);
        let changed = done.json()["client"]["updated_at"].as_i64().unwrap() / 1000;
        for name in ["__client_uat", &suffixed] {
            let line = &done.set_cookies()[name];
            assert!(line.starts_with(&format!("{name}={changed};")), "{line}");
            assert!(!line.contains("HttpOnly"), "{line}");
        }
        let out = send(&client, Method::DELETE, &live.path("/v1/client/sessions")).await;
        assert!(out.set_cookies()["__client_uat"].starts_with("__client_uat=0;"));
    });
}

/// `PATCH /v1/instance` with the tenant's key.
async fn several_sessions(world: &World) {
    let request = world.client().request(Method::PATCH, "/v1/instance");
    let body = serde_json::json!({ "single_session_mode": false });
    let answer = Client::send(request.bearer_auth(&world.acme.secret_key).json(&body)).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    // Profiles are believed for a second.
    world.app.advance(Span::SECOND.times(2));
}

#[test]
pub(super) fn several_people_are_signed_in_on_one_client_where_the_tenant_allows_it() {
    let world = World::new();
    world.app.user(&world.acme, SAM, PASSWORD);
    block_on(async {
        several_sessions(&world).await;
        let client = world.client();
        let alex = signed_in(&client).await;
        let first = text(&alex, "/response/created_session_id").to_owned();
        world.app.advance(Span::SECOND);
        let sam = try_password(&client, SAM, PASSWORD).await.json();
        assert_eq!(sam["client"]["sessions"].as_array().unwrap().len(), 2);
        let second = text(&sam, "/response/created_session_id").to_owned();
        assert_eq!(text(&sam, "/client/last_active_session_id"), second);
        let again = try_password(&client, SAM, PASSWORD).await;
        let refused = again.json();
        assert_eq!(text(&refused, "/errors/0/code"), "identifier_already_signed_in");
        assert_eq!(text(&refused, "/errors/0/meta/session_id"), second);

        // Each request about "me" names its session.
        for (session, name) in [(&first, ALEX), (&second, SAM)] {
            let me = client.get(&v1(&format!("me?_clerk_session_id={session}"))).await.json();
            assert_eq!(text(&me, "/response/email_addresses/0/email_address"), name);
        }
        let form = [("intent", "select_session")];
        client.post_form(&session("/touch", &alex), &form).await;
        let me = client.get(&v1("me")).await.json();
        assert_eq!(text(&me, "/response/email_addresses/0/email_address"), ALEX);
        let ended = send(&client, Method::POST, &session("/end", &alex)).await.json();
        assert_eq!(ended["client"]["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(text(&ended, "/client/last_active_session_id"), second);
    });
}

#[test]
pub(super) fn a_client_has_one_session_where_the_tenant_says_so() {
    let world = World::new();
    world.app.user(&world.acme, SAM, PASSWORD);
    block_on(async {
        let client = world.client();
        let alex = signed_in(&client).await;
        let refused = try_password(&client, SAM, PASSWORD).await.json();
        assert_eq!(text(&refused, "/errors/0/code"), "session_exists");
        send(&client, Method::POST, &session("/end", &alex)).await;
        let sam = try_password(&client, SAM, PASSWORD).await.json();
        assert_eq!(sam["client"]["sessions"].as_array().unwrap().len(), 1);
    });
}

//! Apps: no cookie, the client token in the `Authorization` header.

use lockkeeper::store::tenants::TenantChange;
use reqwest::Method;

use super::{ALEX, PASSWORD, World, text, v1};
use crate::harness::client::{Answer, Client, block_on};

async fn send(
    client: &Client,
    method: Method,
    path: &str,
    token: &str,
    form: &[(&str, &str)],
) -> Answer {
    let path = v1(&format!("{path}?_is_native=true"));
    Client::send(client.request(method, &path).header("authorization", token).form(form)).await
}

#[test]
fn an_app_signs_in_by_header_and_gets_no_cookie() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let named = [("identifier", ALEX)];
        let opened = send(&client, Method::POST, "client/sign_ins", "", &named).await;
        assert_eq!(opened.status, 200, "{}", opened.body);
        assert!(opened.set_cookies().is_empty());
        let token = opened.header("authorization").to_owned();
        assert!(!token.is_empty() && !token.starts_with("Bearer"), "{token}");
        let id = text(&opened.json(), "/response/id").to_owned();
        let path = format!("client/sign_ins/{id}/attempt_first_factor");
        let secret = [("strategy", "password"), ("password", PASSWORD)];
        let done = send(&client, Method::POST, &path, &format!("Bearer {token}"), &secret).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let fresh = done.header("authorization").to_owned();
        assert_ne!(fresh, token);
        let known = send(&client, Method::GET, "client", &fresh, &[]).await;
        assert_eq!(text(&known.json(), "/response/id"), text(&done.json(), "/client/id"));
        assert!(!known.headers.contains_key("authorization"));
        let stale = send(&client, Method::GET, "client", &token, &[]).await;
        assert_eq!(stale.json()["response"], serde_json::Value::Null);
    });
}

#[test]
fn a_page_that_plays_an_app_is_refused() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        for method in [Method::GET, Method::POST] {
            let request = client
                .request(method, &v1("client"))
                .header("origin", "http://localhost:3000")
                .header("authorization", "token");
            let told = Client::send(request).await;
            assert_eq!(code(&told), (400, "origin_authorization_headers_conflict".to_owned()));
        }
    });
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

/// As an app in a browser's shell asks: `Origin` by the browser, `Authorization` by the app.
async fn in_a_shell(client: &Client, method: Method, path: &str, origin: &str) -> Answer {
    let path = v1(&format!("{path}?_is_native=1"));
    let form = [("identifier", ALEX), ("password", PASSWORD)];
    let request = client.request(method, &path).header("authorization", "Bearer ");
    Client::send(request.header("origin", origin).form(&form)).await
}

#[test]
fn native_clients_with_an_origin_are_served() {
    const EXTENSION: &str = "chrome-extension://abcdef";
    let world = World::new();
    let change = TenantChange {
        allowed_origins: Some(format!(r#"["{EXTENSION}"]"#)),
        ..TenantChange::default()
    };
    block_on(world.app.tenants.update_tenant(&world.acme.profile, change, "test")).unwrap();
    block_on(async {
        let client = world.client();
        for origin in [EXTENSION, "http://localhost:8081"] {
            let done = in_a_shell(&client, Method::POST, "client/sign_ins", origin).await;
            assert_eq!(done.status, 200, "{origin}: {}", done.body);
            assert_eq!(done.header("access-control-allow-origin"), origin);
            let exposed = done.header("access-control-expose-headers").to_lowercase();
            assert!(exposed.contains("authorization"), "{exposed}");
            assert!(done.set_cookies().is_empty());
            let token = done.header("authorization").to_owned();
            let request = client.request(Method::GET, &v1("client?_is_native=1"));
            let request = request.header("origin", origin).header("authorization", &token);
            let known = Client::send(request).await;
            assert_eq!(text(&known.json(), "/response/id"), text(&done.json(), "/client/id"));
        }
        let strange = in_a_shell(&client, Method::POST, "client/sign_ins", "https://evil.test");
        assert_eq!(code(&strange.await), (400, "origin_invalid".to_owned()));
    });
}

#[test]
fn the_preflight_of_a_native_client_allows_its_header() {
    let world = World::new();
    block_on(async {
        let request = world
            .client()
            .request(Method::OPTIONS, &v1("client/sign_ins?_is_native=1"))
            .header("origin", "http://localhost:8081")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let told = Client::send(request).await;
        assert_eq!(told.status, 200, "{}", told.body);
        let allowed = told.header("access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("authorization"), "{allowed}");
        assert_eq!(told.header("access-control-allow-origin"), "http://localhost:8081");
    });
}

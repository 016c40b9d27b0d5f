//! Apps: no cookie, the client token in the `Authorization` header.

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
        let request = client
            .request(Method::GET, &v1("client?_is_native=1"))
            .header("origin", "http://localhost:3000")
            .header("authorization", "token");
        let told = Client::send(request).await;
        let code = text(&told.json(), "/errors/0/code").to_owned();
        assert_eq!((told.status, code.as_str()), (400, "origin_authorization_headers_conflict"));
    });
}

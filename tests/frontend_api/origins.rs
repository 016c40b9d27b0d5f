//! Which pages may change something: a form of a strange site is turned away before it sets a cookie.

use lockkeeper::store::tenants::TenantChange;
use reqwest::Method;

use super::{ALEX, PASSWORD, World, shown, text, v1};
use crate::harness::client::{Answer, Client, block_on};

/// A right sign-in, as a form of `origin` sends it.
async fn sign_in_from(client: &Client, origin: &str) -> Answer {
    let form = [("identifier", ALEX), ("password", PASSWORD), ("strategy", "password")];
    let request = client.request(Method::POST, &v1("client/sign_ins")).form(&form);
    Client::send(request.header("origin", origin)).await
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json(), "/errors/0/code").to_owned())
}

fn refused() -> (u16, String) {
    (400, "origin_invalid".to_owned())
}

#[test]
fn a_form_of_a_strange_site_cannot_sign_anybody_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let told = sign_in_from(&client, "https://evil.test").await;
        insta::assert_snapshot!(shown(&told), @r#"
        400
        content-type: application/json
        {
          "errors": [
            {
              "message": "Invalid Origin header",
              "long_message": "The Origin https://evil.test is not allowed for this application. Add it to its allowed_origins (PATCH /v1/instance).",
              "code": "origin_invalid"
            }
          ],
          "clerk_trace_id": "<trace>"
        }
        "#);
        assert!(told.set_cookies().is_empty());
        for origin in ["null", "", "http://localhost.evil.test", "https://localhost@evil.test"] {
            assert_eq!(code(&sign_in_from(&client, origin).await), refused(), "{origin}");
        }
    });
}

#[test]
fn every_way_to_change_something_is_closed_to_strange_sites_and_reading_is_not() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let send = |method: Method, path: &str| {
            let request = client.request(method, &v1(path)).header("origin", "https://evil.test");
            Client::send(request)
        };
        for (method, path) in [
            (Method::POST, "client"),
            (Method::PUT, "client"),
            (Method::DELETE, "client"),
            (Method::POST, "client?_method=DELETE"),
            (Method::POST, "client?_is_native=1"),
            (Method::POST, "client/sign_ins"),
            (Method::POST, "client/sign_ins/sia_1/attempt_first_factor"),
            (Method::POST, "client/unlock_requests"),
            (Method::POST, "client/support_requests"),
            (Method::DELETE, "client/sessions"),
            (Method::POST, "client/sessions/sess_1/touch"),
            (Method::POST, "environment?_method=PATCH"),
            (Method::POST, "nowhere"),
        ] {
            assert_eq!(code(&send(method.clone(), path).await), refused(), "{method} {path}");
        }
        for path in ["client", "environment", "health"] {
            assert_eq!(send(Method::GET, path).await.status, 200, "{path}");
        }
    });
}

#[test]
fn two_origins_in_one_request_are_none() {
    let world = World::new();
    block_on(async {
        let request = world.client().request(Method::POST, &v1("client"));
        let request = request.header("origin", "http://localhost:3000");
        let told = Client::send(request.header("origin", "https://evil.test")).await;
        assert_eq!(code(&told), refused());
    });
}

#[test]
fn the_preflight_of_a_strange_site_learns_why() {
    let world = World::new();
    block_on(async {
        let asked = world
            .client()
            .request(Method::OPTIONS, &v1("client/sign_ins"))
            .header("origin", "https://evil.test")
            .header("access-control-request-method", "POST");
        let told = Client::send(asked).await;
        assert_eq!(code(&told), refused());
        assert_eq!(told.header("access-control-allow-origin"), "");
    });
}

#[test]
fn our_own_pages_those_of_this_machine_and_the_listed_ones_sign_in() {
    let world = World::new();
    let change = TenantChange {
        allowed_origins: Some(r#"["https://app.acme.test"]"#.to_owned()),
        redirect_urls: Some(r#"["https://shop.acme.test/welcome", "/account"]"#.to_owned()),
        ..TenantChange::default()
    };
    block_on(world.app.tenants.update_tenant(&world.acme.profile, change, "test")).unwrap();
    let other = world.app.tenant("other", None);
    block_on(async {
        for origin in [
            &world.app.base(),
            "http://localhost:3000",
            "https://app.acme.test",
            "https://shop.acme.test",
        ] {
            let answer = sign_in_from(&world.client(), origin).await;
            assert_eq!(answer.status, 200, "{origin}: {}", answer.body);
            assert_eq!(answer.header("access-control-allow-origin"), origin);
        }
        for origin in ["http://app.acme.test", "https://app.acme.test:8443", "https://acme.test"] {
            assert_eq!(code(&sign_in_from(&world.client(), origin).await), refused(), "{origin}");
        }
        let request = world.client().request(Method::POST, &other.path("/v1/client"));
        let told = Client::send(request.header("origin", "https://app.acme.test")).await;
        assert_eq!(code(&told), refused(), "one tenant's list is not another's");
    });
}

//! What a client library asks before anybody signs in, by path and by host.

use reqwest::Method;

use super::{World, shown, v1};
use crate::harness::client::{Client, block_on};

#[test]
fn the_environment_says_how_this_tenant_signs_people_in() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let read = client.get(&v1("environment")).await;
        insta::assert_snapshot!(shown(&read), @"");
        let touched = client.post_form(&v1("environment?_method=PATCH"), &[]).await;
        assert_eq!(touched.body, read.body);
    });
}

#[test]
fn a_tenants_host_is_its_frontend_api() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let by_path = client.get(&v1("environment")).await;
        let host = format!("acme.localhost:{}", world.app.address.port());
        let by_host = client.request(Method::GET, "/v1/environment").header("host", host);
        assert_eq!(Client::send(by_host).await.body, by_path.body);
    });
}

#[test]
fn pages_of_other_sites_are_told_nothing() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let from = |origin| client.request(Method::GET, &v1("client")).header("origin", origin);
        let evil = Client::send(from("https://evil.test")).await;
        assert_eq!(evil.header("access-control-allow-origin"), "");
        let local = Client::send(from("http://localhost:3000")).await;
        assert_eq!(local.header("access-control-allow-origin"), "http://localhost:3000");
        assert_eq!(local.header("access-control-allow-credentials"), "true");
        for name in ["authorization", "retry-after", "x-country", "clerk-db-jwt"] {
            let exposed = local.header("access-control-expose-headers").to_lowercase();
            assert!(exposed.contains(name), "{exposed}");
        }
        let asked = client
            .request(Method::OPTIONS, &v1("client/sign_ins"))
            .header("origin", "http://localhost:3000")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let preflight = Client::send(asked).await;
        assert_eq!(preflight.status, 200, "{}", preflight.body);
        let allowed = preflight.header("access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("authorization"), "{allowed}");
    });
}

#[test]
fn a_listed_origin_may_call_with_cookies() {
    let world = World::new();
    let change = lockkeeper::store::tenants::TenantChange {
        allowed_origins: Some(r#"["https://app.acme.test"]"#.to_owned()),
        ..Default::default()
    };
    block_on(world.app.tenants.update_tenant(&world.acme.profile, change)).unwrap();
    block_on(async {
        let request =
            world.client().request(Method::GET, &v1("client")).header("origin", "https://app.acme.test");
        let told = Client::send(request).await;
        assert_eq!(told.header("access-control-allow-origin"), "https://app.acme.test");
    });
}

#[test]
fn health_and_dev_browser_answer() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        assert_eq!(client.get(&v1("health")).await.status, 200);
        let named = client.post_form(&v1("dev_browser"), &[]).await.json();
        assert_eq!(named["object"], "dev_browser");
        assert!(named["id"].as_str().unwrap().starts_with("dvb_"));
    });
}

//! What the flags of `tenant create` and `user create` make, as a running server tells of it.

use lockkeeper::token::api_key::{KeyMode, publishable_key};
use reqwest::Method;

use super::serve::serving;
use super::*;
use crate::harness::client::{Answer, Client, block_on};

/// What the Backend API says at `path`.
async fn told(client: &Client, path: &str, tenant: &Value) -> Value {
    let request = client.request(Method::GET, path);
    Client::send(request.bearer_auth(tenant["secret_key"].as_str().unwrap())).await.json()
}

#[test]
fn a_tenant_has_its_own_host_and_its_places_to_return_to() {
    let place = Place::new();
    let line = "tenant create --slug acme --name Acme --own-host Clerk.acme.test \
                --redirect-url https://app.acme.test/in --redirect-url /account --json";
    let tenant = place.run(line).json();
    let key = publishable_key(KeyMode::Test, "clerk.acme.test");
    assert_eq!(tenant["publishable_key"], key.as_str());
    let server = serving(&place, &[]);
    block_on(async {
        let client = Client::new(&server.base().replace("127.0.0.1", "localhost"));
        let own = async |host: &str| -> Answer {
            let request = client.request(Method::GET, "/v1/environment").header("host", host);
            Client::send(request).await
        };
        assert_eq!(own("clerk.acme.test").await.status, 200);
        assert_eq!(own("clerk.other.test").await.status, 404);
        let kept = told(&client, "/v1/instance", &tenant).await;
        assert_eq!(kept["redirect_urls"].to_string(), r#"["https://app.acme.test/in","/account"]"#);
    });
}

#[test]
fn an_odd_or_taken_host_and_an_odd_address_are_refused() {
    let place = Place::new();
    place.run("tenant create --slug acme --name A --own-host clerk.acme.test --json").json();
    place
        .run("tenant create --slug b --name B --own-host clerk.acme.test")
        .refused(1, "another tenant has the host `clerk.acme.test` already");
    for host in ["localhost", "acme.localhost", "127.0.0.1", "https://a.test", "a.test:443", "a"] {
        let args = ["tenant", "create", "--slug", "b", "--name", "B", "--own-host", host];
        place.args(&args).refused(1, "--own-host: ");
    }
    let ours = ["--public-url", "https://login.example.com", "--own-host", "login.example.com"];
    place
        .args(&[&["tenant", "create", "--slug", "b", "--name", "B"][..], &ours].concat())
        .refused(1, "neither this server's own");
    for url in ["http://app.acme.test", "app.acme.test", "https://a.test/?q", "https://me@a.test"] {
        let args = ["tenant", "create", "--slug", "b", "--name", "B", "--redirect-url", url];
        place.args(&args).refused(1, "--redirect-url: ");
    }
    // Nothing was made by any of them.
    place.tenant("b");
}

#[test]
fn a_user_has_a_language_and_a_time_zone() {
    let place = Place::new();
    let tenant = place.tenant("acme");
    let made = place
        .run(
            "user create --tenant acme --email alex@acme.test --no-password --locale pt-BR \
             --time-zone Europe/Vienna --json",
        )
        .json();
    let server = serving(&place, &[]);
    block_on(async {
        let client = Client::new(&server.base().replace("127.0.0.1", "localhost"));
        let path = format!("/v1/users/{}", made["id"].as_str().unwrap());
        let user = told(&client, &path, &tenant).await;
        assert_eq!(
            (&user["locale"], &user["time_zone"]),
            (&"pt-BR".into(), &"Europe/Vienna".into())
        );
    });
    for (flag, odd) in [("--locale", "pt_BR!"), ("--time-zone", "Europe/Atlantis")] {
        let line =
            format!("user create --tenant acme --email b@acme.test --no-password {flag} {odd}");
        place.run(&line).refused(1, flag);
    }
}

//! `keys rotate` of the real program: beside a running server, and of the master key.

use std::time::Duration;

use reqwest::Method;

use super::serve::{attempt, base, serving};
use super::*;
use crate::harness::children::free_port;
use crate::harness::client::{Client, block_on};
use crate::harness::process::Server;
use crate::harness::waiting::found;

const ALEX: &str = "alex@acme.test";

fn kid(jwt: &str) -> String {
    jsonwebtoken::decode_header(jwt).unwrap().kid.unwrap()
}

/// A fresh token of the session that `json` began.
async fn token(client: &Client, json: &Value) -> String {
    let session = json["response"]["created_session_id"].as_str().unwrap();
    let path = format!("/t/acme/v1/client/sessions/{session}/tokens");
    let answer = Client::send(client.request(Method::POST, &path)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["jwt"].as_str().unwrap().to_owned()
}

async fn published(client: &Client) -> Vec<String> {
    let keys = client.get("/t/acme/.well-known/jwks.json").await.json();
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(kid).collect()
}

#[test]
fn a_running_server_publishes_the_new_key_and_then_signs_with_it() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", ALEX);
    let none = place.run("keys rotate --tenant acme --json").json();
    assert_eq!(none["tenants"][0]["kid"], Value::Null, "{none}");
    let server = serving(&place, &[]);
    block_on(async {
        let client = Client::new(&base(&server));
        let json = attempt(&client, ALEX, PASSWORD).await.json();
        let old = kid(&token(&client, &json).await);
        let said = place.run("keys rotate --tenant acme --after 2s --json").json();
        let new = said["tenants"][0]["kid"].as_str().unwrap().to_owned();
        assert_eq!(said["tenants"][0]["replaces"], old.as_str());
        let mut both = [old.clone(), new.clone()];
        let mut shown = published(&client).await;
        both.sort();
        shown.sort();
        assert_eq!(shown, both);
        let begins = said["tenants"][0]["signs_from_ms"].as_i64().unwrap();
        let first = found("the new key signs", async || {
            let jwt = token(&client, &json).await;
            (kid(&jwt) == new).then_some(jwt)
        });
        let first = first.await;
        assert!(issued_ms(&first) + 1_000 > begins, "signed too early");
    });
    let later = place.run("keys rotate --tenant acme");
    assert_eq!(later.code, 0, "{}", later.err);
    assert!(
        later.out.contains("(in 1 hour)") && later.out.contains("CLERK_JWT_KEY"),
        "{}",
        later.out
    );
    place.run("keys rotate --tenant acme").refused(1, "a new key waits already");
    let all = place.run("keys rotate --all-tenants --json");
    let told: Value = serde_json::from_str(&all.out).unwrap();
    assert_eq!((all.code, &told["tenants"][0]["fault"]), (1, &"waiting".into()), "{told}");
    place.run("keys rotate --tenant nobody").refused(1, "there is no tenant `nobody`");
    place.run("keys rotate --tenant acme --after 31d").refused(2, "from 0s to 30d");
}

fn issued_ms(jwt: &str) -> i64 {
    use base64::Engine;
    let claims = jwt.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["iat"].as_i64().unwrap() * 1_000
}

#[test]
fn what_was_sealed_and_signed_before_a_new_master_key_stays_good() {
    let place = Place::new();
    place.run("keys rotate --master").refused(1, "restore it from your backup");
    place.tenant("acme");
    place.user("acme", ALEX);
    place.user("acme", "bo@acme.test");
    // Cookies belong to a host with its port.
    let address = format!("127.0.0.1:{}", free_port());
    let serve = || {
        Server::start(place.command(&["serve", "--listen", &address, "--metrics-listen", "off"]))
    };
    let before = serve();
    let client = Client::new(&base(&before));
    let heading = async |path: &str| {
        let page = client.get(path).await.body;
        let (_, rest) = page.split_once("<h1").unwrap();
        rest.split_once("</h1>").unwrap().0.to_owned()
    };
    let (json, link, shown, keys) = block_on(async {
        let json = attempt(&client, ALEX, PASSWORD).await.json();
        token(&client, &json).await;
        let thief = Client::new(&base(&before));
        for _ in 0..8 {
            attempt(&thief, "bo@acme.test", "a wrong guess").await;
        }
        let link = found("the unlock mail", async || {
            let mails: Value = thief.get("/mailbox/api/messages").await.json();
            let text = mails.to_string();
            let (_, rest) = text.split_once("/t/acme/unlock/")?;
            let token =
                rest.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).next()?;
            Some(format!("/t/acme/unlock/{token}"))
        });
        let link = link.await;
        let shown = heading(&link).await;
        (json, link, shown, published(&client).await)
    });
    let (status, said) = before.terminate(Duration::from_secs(60));
    assert!(status.success(), "{said}");

    let file = place.path().join("lockkeeper.key");
    let old = std::fs::read_to_string(&file).unwrap();
    let rotated = place.run("keys rotate --master --json").json();
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2, "{rotated}");
    let new = std::fs::read_to_string(&file).unwrap();
    let secrets = |text: &str| {
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(secrets(&new)[1..], secrets(&old)[..]);
    assert!(!rotated.to_string().contains(&secrets(&new)[0]), "the key is printed");

    let after = serve();
    block_on(async {
        assert_eq!(kid(&token(&client, &json).await), keys[0]);
        assert_eq!(published(&client).await, keys);
        assert_eq!(heading(&link).await, shown);
        assert_ne!(heading("/t/acme/unlock/nothing").await, shown);
        let again = Client::new(&base(&after));
        assert_eq!(attempt(&again, ALEX, PASSWORD).await.status, 200);
    });
    let words = place.run("keys rotate --master").out;
    assert!(words.contains("before 2 older") && words.contains("restart each node"), "{words}");
}

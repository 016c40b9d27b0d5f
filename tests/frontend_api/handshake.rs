//! The handshake over HTTP: who is sent where with which cookies. That Clerk's server library takes
//! them is tried with the library itself.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::Value;

use super::{World, signed_in, text, v1};
use crate::harness::client::{Answer, Client, block_on};

async fn handshake(client: &Client, back: &str) -> Answer {
    let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    client
        .get(&v1(&format!("client/handshake?redirect_url={back}&format=nonce&__clerk_hs_reason=x")))
        .await
}

/// The lines of the handshake, checked by the published key, and where it leads.
async fn lines(client: &Client, answer: &Answer) -> (Vec<String>, String) {
    assert_eq!(answer.status, 307, "{}", answer.body);
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    let mut back = url::Url::parse(answer.header("location")).unwrap();
    let token = back.query_pairs().find(|(name, _)| name == "__clerk_handshake");
    let token = token.expect("a token").1.into_owned();
    let kept: Vec<_> = back
        .query_pairs()
        .filter(|(name, _)| name != "__clerk_handshake")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    back.query_pairs_mut().clear().extend_pairs(kept);
    let keys = client.get("/t/acme/.well-known/jwks.json").await.json();
    let (n, e) = (text(&keys, "/keys/0/n"), text(&keys, "/keys/0/e"));
    let key = DecodingKey::from_rsa_components(n, e).unwrap();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let claims = decode::<Value>(&token, &key, &rules).unwrap().claims;
    let lines = claims["handshake"].as_array().unwrap();
    let lines = lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect();
    (lines, back.to_string())
}

#[test]
pub(super) fn nobody_signed_in_is_told_so_and_sent_back() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let answer = handshake(&client, "http://localhost:3000/app?x=1").await;
        let (lines, back) = lines(&client, &answer).await;
        assert_eq!(back, "http://localhost:3000/app?x=1");
        let plain = |line: &&String| !line.contains(&world.acme.profile.cookie_suffix);
        let lines: Vec<_> = lines.iter().filter(plain).collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0], "__session=; SameSite=Lax; Path=/; Max-Age=0");
        assert_eq!(lines[1], "__client_uat=0; SameSite=Lax; Path=/; Max-Age=34560000");
        assert!(lines[2].starts_with("__clerk_db_jwt=dvb_"), "{}", lines[2]);
        assert!(answer.set_cookies().is_empty());
    });
}

#[test]
pub(super) fn whoever_is_signed_in_gets_a_session_cookie_for_the_app() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let json = signed_in(&client).await;
        let answer = handshake(&client, "http://localhost:3000/app").await;
        let (lines, _) = lines(&client, &answer).await;
        let value = |name: &str| {
            let found = lines.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.unwrap().split(';').next().unwrap().to_owned()
        };
        let token = value("__session");
        assert_eq!(value(&format!("__session_{}", world.acme.profile.cookie_suffix)), token);
        let claims = token.split('.').nth(1).unwrap();
        let claims =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims);
        let claims: Value = serde_json::from_slice(&claims.unwrap()).unwrap();
        assert_eq!(text(&claims, "/sid"), text(&json, "/response/created_session_id"));
        assert_eq!(text(&claims, "/azp"), "http://localhost:3000");
        let changed: i64 = value("__client_uat").parse().unwrap();
        assert!(changed > 0 && changed <= claims["iat"].as_i64().unwrap());
    });
}

#[test]
fn whoever_passes_by_is_sent_back_and_the_account_has_a_page() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        let touched = client.get(&v1("client/touch?redirect_url=http://localhost:3000/app")).await;
        assert_eq!(
            (touched.status, touched.header("location")),
            (307, "http://localhost:3000/app")
        );
        let strange = client.get(&v1("client/touch?redirect_url=https://evil.test/")).await;
        assert_eq!(strange.status, 422, "{}", strange.body);
        let portal = client.get(&v1("account_portal")).await;
        let page = format!("{}/account", world.acme.profile.pages_url);
        assert_eq!((portal.status, portal.header("location")), (303, &*page));
    });
}

#[test]
pub(super) fn nobody_is_sent_to_a_page_that_the_tenant_did_not_name() {
    let world = World::new();
    block_on(async {
        let client = world.client();
        signed_in(&client).await;
        for (back, code) in [
            ("https://evil.test/", "form_param_value_invalid"),
            ("https://localhost@evil.test/", "form_param_value_invalid"),
            ("http://user:pw@localhost:3000/", "form_param_value_invalid"),
            ("javascript:alert(1)", "form_param_value_invalid"),
            ("//localhost:3000", "form_param_value_invalid"),
            ("", "form_param_nil"),
        ] {
            let answer = handshake(&client, back).await;
            assert_eq!(answer.status, 422, "{back}");
            assert_eq!(text(&answer.json(), "/errors/0/code"), code, "{back}");
            assert_eq!(answer.header("location"), "");
        }
    });
}

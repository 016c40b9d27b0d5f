//! Client tokens, lane cookies and sealed contexts: bound to tenant, purpose and time.

use lockkeeper::model::{ClientId, Lane, LaneId, Span, UserId};
use lockkeeper::token::{
    ClientTokens, CookieLane, DeviceCookie, DeviceCookies, MasterKeys, OpaqueSecret,
    SealedContexts, TokenFault,
};
use serde::{Deserialize, Serialize};

use super::{NOW, key, keys, other_tenant, tenant};

fn device() -> DeviceCookie {
    DeviceCookie {
        user: UserId::from_stored("user_1".to_owned()),
        lane: CookieLane::Device(LaneId("abc".to_owned())),
        credential_version: 4,
        expires_at: NOW.after(Span::DAY),
    }
}

#[test]
fn a_client_token_names_its_client_and_a_secret_that_only_its_digest_matches() {
    let tokens = ClientTokens::for_tenant(&keys(), &tenant());
    let client = ClientId::generate(NOW);
    let rotating = OpaqueSecret::generate().unwrap();
    let stored = rotating.digest();
    let text = tokens.mint(&client, &rotating).unwrap();
    let opened = tokens.open(&text).unwrap();
    assert_eq!(opened.client, client);
    assert!(opened.rotating.matches(&stored));
    let rotated = OpaqueSecret::generate().unwrap().digest();
    assert!(!opened.rotating.matches(&rotated));
    assert!(!opened.rotating.matches(""));
    let elsewhere = ClientTokens::for_tenant(&keys(), &other_tenant());
    assert_eq!(elsewhere.open(&text).unwrap_err(), TokenFault::Forged);
    let newer = ClientTokens::for_tenant(&MasterKeys::new(key(2), vec![key(1)]), &tenant());
    assert_eq!(newer.open(&text).unwrap().client, client);
    for end in 0..text.len() {
        assert_eq!(tokens.open(&text[..end]).unwrap_err(), TokenFault::Forged);
    }
    assert!(!format!("{opened:?}").contains(opened.rotating.expose()));
    assert!(text.len() < 512, "{}", text.len());
}

#[test]
fn a_lane_cookie_is_bound_to_its_tenant_and_ends() {
    let cookies = DeviceCookies::for_tenant(&keys(), &tenant());
    let text = cookies.seal(&device()).unwrap();
    assert_eq!(cookies.open(&text, NOW), Ok(device()));
    assert_eq!(Lane::from(device().lane).stored(), "device:abc");
    let elsewhere = DeviceCookies::for_tenant(&keys(), &other_tenant());
    assert_eq!(elsewhere.open(&text, NOW), Err(TokenFault::Forged));
    let end = device().expires_at.after(Span(5_000));
    assert_eq!(cookies.open(&text, end.before(Span(1))), Ok(device()));
    assert_eq!(cookies.open(&text, end), Err(TokenFault::Expired));
    let pass = DeviceCookie { lane: CookieLane::Pass(LaneId("abc".to_owned())), ..device() };
    assert_eq!(cookies.open(&cookies.seal(&pass).unwrap(), NOW), Ok(pass));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Context {
    identifier: String,
    seen: Vec<u32>,
}

#[test]
fn a_context_opens_for_its_use_tenant_and_time_only() {
    let contexts = SealedContexts::for_tenant(&keys(), &tenant());
    let value = Context { identifier: "bob".to_owned(), seen: vec![1, 2] };
    let sealed = contexts.seal("locked-page", NOW.after(Span::HOUR), &value).unwrap();
    assert_eq!(contexts.open::<Context>("locked-page", &sealed, NOW), Ok(value));
    let other_use = contexts.open::<Context>("support-form", &sealed, NOW);
    assert_eq!(other_use, Err(TokenFault::Forged));
    let late = contexts.open::<Context>("locked-page", &sealed, NOW.after(Span::DAY));
    assert_eq!(late, Err(TokenFault::Expired));
    let elsewhere = SealedContexts::for_tenant(&keys(), &other_tenant());
    let elsewhere = elsewhere.open::<Context>("locked-page", &sealed, NOW);
    assert_eq!(elsewhere, Err(TokenFault::Forged));
    assert!(contexts.seal("x", NOW, &"a".repeat(5000)).is_err(), "would not open again");
}

#[test]
fn tokens_of_one_kind_are_no_tokens_of_another() {
    let device = DeviceCookies::for_tenant(&keys(), &tenant()).seal(&device()).unwrap();
    let client = ClientTokens::for_tenant(&keys(), &tenant());
    assert_eq!(client.open(&device).unwrap_err(), TokenFault::Forged);
    let contexts = SealedContexts::for_tenant(&keys(), &tenant());
    let opened = contexts.open::<serde_json::Value>("x", &device, NOW);
    assert_eq!(opened, Err(TokenFault::Forged));
}

#[test]
fn opaque_secrets_are_long_random_and_parse_only_in_their_shape() {
    let (one, two) = (OpaqueSecret::generate().unwrap(), OpaqueSecret::generate().unwrap());
    assert_ne!(one.expose(), two.expose());
    assert_eq!(one.expose().len(), 32);
    assert!(OpaqueSecret::parse(one.expose()).unwrap().matches(&one.digest()));
    assert!(!two.matches(&one.digest()));
    for odd in ["", "short", &"a".repeat(33), &"-".repeat(32)] {
        assert!(OpaqueSecret::parse(odd).is_none());
    }
    assert_eq!(format!("{one:?}"), "OpaqueSecret(…)");
}

//! API keys and host names in the form that Clerk's SDKs take apart.

use lockkeeper::token::api_key::{cookie_suffix, decode_publishable_key, publishable_key};
use lockkeeper::token::{KeyMode, SecretKey, frontend_api_host, issuer};
use url::Url;

#[test]
fn secret_keys_have_clerks_prefix_and_show_only_their_end() {
    let key = SecretKey::generate(KeyMode::Test).unwrap();
    assert!(key.expose().starts_with("sk_test_"));
    assert_eq!(key.expose().len(), 8 + 43);
    let tail = &key.expose()[key.expose().len() - 4..];
    assert_eq!(key.display(), format!("sk_test_…{tail}"));
    assert_eq!(format!("{key:?}"), "SecretKey(…)");
    let read = SecretKey::parse(key.expose()).unwrap();
    assert_eq!(read.digest(), key.digest());
    assert_eq!(key.digest().len(), 64);
    assert!(SecretKey::generate(KeyMode::Live).unwrap().expose().starts_with("sk_live_"));
}

#[test]
fn texts_of_another_shape_are_no_secret_key() {
    let long = format!("sk_test_{}", "a".repeat(44));
    let odd = format!("sk_test_{}", "'".repeat(43));
    let publishable = format!("pk_test_{}", "a".repeat(43));
    for text in ["", "sk_test_", "Bearer sk_test_x", &long, &odd, &publishable] {
        assert!(SecretKey::parse(text).is_none(), "{text}");
    }
}

#[test]
fn publishable_keys_spell_the_host_and_decode_with_and_without_padding() {
    let key = publishable_key(KeyMode::Test, "acme.localhost:8080");
    assert_eq!(key, "pk_test_YWNtZS5sb2NhbGhvc3Q6ODA4MCQ=");
    let expected = Some((KeyMode::Test, "acme.localhost:8080".to_owned()));
    assert_eq!(decode_publishable_key(&key), expected);
    assert_eq!(decode_publishable_key(key.trim_end_matches('=')), expected);
    let live = publishable_key(KeyMode::Live, "auth.example.com");
    let decoded = decode_publishable_key(&live);
    assert_eq!(decoded, Some((KeyMode::Live, "auth.example.com".to_owned())));
    // In order: no dot, no `$`, two `$`, no base64, another prefix.
    for odd in [
        "pk_test_bG9jYWxob3N0JA==",
        "pk_test_YS5i",
        "pk_test_YS5iJCQ=",
        "pk_test_*",
        "sk_test_YS5iJA==",
    ] {
        assert_eq!(decode_publishable_key(odd), None, "{odd}");
    }
}

#[test]
fn the_cookie_suffix_is_the_start_of_sha1_in_base64url() {
    // Computed apart: printf %s KEY | openssl sha1 -binary | base64 | tr +/ -_ | cut -c1-8
    assert_eq!(cookie_suffix("pk_test_YWNtZS5sb2NhbGhvc3Q6ODA4MCQ="), "LTnQc_fC");
}

#[test]
fn hosts_follow_the_public_url() {
    let host = |own, url: &str| frontend_api_host("acme", own, &Url::parse(url).unwrap());
    assert_eq!(host(None, "https://login.example.com"), "acme.login.example.com");
    assert_eq!(host(None, "https://login.example.com:8443/x"), "acme.login.example.com:8443");
    assert_eq!(host(None, "http://127.0.0.1:8080"), "acme.localhost:8080");
    assert_eq!(host(None, "http://[::1]:8080"), "acme.localhost:8080");
    assert_eq!(host(None, "http://localhost:8080"), "acme.localhost:8080");
    assert_eq!(host(Some("Auth.Acme.example"), "http://127.0.0.1:8080"), "auth.acme.example");
}

#[test]
fn the_issuer_is_the_scheme_and_the_publishable_keys_host() {
    let url = Url::parse("http://127.0.0.1:8080").unwrap();
    let host = frontend_api_host("acme", None, &url);
    assert_eq!(issuer(&url, &host), "http://acme.localhost:8080");
    let key = publishable_key(KeyMode::Test, &host);
    assert_eq!(decode_publishable_key(&key).unwrap().1, host);
}

//! Unlock links: some thousands of forgeries, the exact end of life, rotation.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lockkeeper::model::{Millis, OutboxId, Span, UserId};
use lockkeeper::token::{DerivedKey, LinkFault, MasterKeys, Purpose, UnlockLink, UnlockLinks};
use serde_json::{Value, json};

use super::{NOW, key, keys, other_tenant, tenant};

fn link() -> UnlockLink {
    UnlockLink {
        user: UserId::from_stored("user_2abcdefghijklmnopqrstuvwxyz".to_owned()),
        episode: 3,
        issued_at: NOW,
        expires_at: NOW.after(Span::DAY),
        mail: OutboxId::from_stored("out_2abcdefghijklmnopqrstuvwxyz".to_owned()),
    }
}

fn links() -> UnlockLinks {
    UnlockLinks::for_tenant(&keys(), &tenant())
}

fn link_key() -> DerivedKey {
    key(1).derive(Purpose::UnlockLink, &tenant())
}

fn genuine_header() -> Value {
    json!({"typ": "lk-unlock+jwt", "alg": "HS256", "kid": link_key().id()})
}

fn genuine_claims() -> Value {
    let seconds = NOW.as_seconds();
    json!({
        "iss": "lockkeeper", "aud": tenant().as_str(), "sub": link().user.as_str(),
        "jti": link().mail.as_str(), "ep": 3, "iat": seconds, "nbf": seconds,
        "exp": seconds + 86_400,
    })
}

/// Signs any header and claims with the true key: what a forger could do at the very best.
fn signed(header: &str, claims: &str, algorithm: hmac::Algorithm, secret: &[u8]) -> String {
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mac = hmac::sign(&hmac::Key::new(algorithm, secret), body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn with_true_key(header: &Value, claims: &Value) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    signed(&header, &claims, hmac::HMAC_SHA256, link_key().expose())
}

fn assert_forged(token: &str, why: &str) {
    assert_eq!(links().open(token, NOW), Err(LinkFault::Forged), "{why}: {token}");
}

#[test]
fn a_sealed_link_opens_to_itself_and_is_always_the_same_text() {
    let token = links().seal(&link()).unwrap();
    assert_eq!(token, links().seal(&link()).unwrap());
    assert_eq!(links().open(&token, NOW), Ok(link()));
    assert!(token.len() <= 480, "{} characters", token.len());
    assert!(!format!("{:?}", links()).contains("key"));
}

#[test]
fn the_forgers_workshop_itself_makes_a_genuine_token() {
    let token = with_true_key(&genuine_header(), &genuine_claims());
    assert_eq!(links().open(&token, NOW), Ok(link()));
}

#[test]
fn tokens_cut_or_changed_at_any_place_are_forged() {
    let token = links().seal(&link()).unwrap();
    for end in 0..token.len() {
        assert_forged(&token[..end], "cut");
    }
    for place in 0..token.len() {
        for other in ['A', 'z', '.', '=', '\u{e9}', '\0'] {
            if token[place..].starts_with(other) {
                continue;
            }
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            assert_forged(&changed, "changed");
        }
    }
}

#[test]
fn tokens_with_anything_added_are_forged() {
    let token = links().seal(&link()).unwrap();
    for extra in ["A", "=", "==", ".", ".AAAA", "\n", " ", "\0", "%3D", "é"] {
        assert_forged(&format!("{token}{extra}"), "appended");
        assert_forged(&format!("{extra}{token}"), "prepended");
        assert_forged(&token.replacen('.', &format!("{extra}."), 1), "inside");
    }
    assert_forged(&"a".repeat(1025), "long");
    assert_forged(&format!("{}.{}.{}", "a".repeat(400), "b".repeat(400), "c".repeat(400)), "long");
    let mut claims = genuine_claims();
    claims["jti"] = json!(format!("out_{}", "x".repeat(900)));
    assert_forged(&with_true_key(&genuine_header(), &claims), "long but signed");
}

#[test]
fn another_spelling_of_the_same_bytes_is_forged() {
    let token = links().seal(&link()).unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 32 bytes of MAC leave 2 unused bits: three other last characters spell the same bytes.
    let last = alphabet.find(token.chars().last().unwrap()).unwrap();
    for twin in (last & !3)..=(last | 3) {
        let spelled = format!("{}{}", &token[..token.len() - 1], &alphabet[twin..=twin]);
        match spelled == token {
            true => assert!(links().open(&spelled, NOW).is_ok()),
            false => assert_forged(&spelled, "twin"),
        }
    }
    assert_forged(&token.replace('-', "+").replace('_', "/").replacen('.', "=.", 1), "standard");
}

#[test]
fn headers_other_than_the_one_are_forged_even_when_signed_with_the_true_key() {
    let mut headers = Vec::new();
    for (name, values) in [
        ("alg", json!(["none", "None", "", "HS384", "HS512", "RS256", "hs256", "ES256", null, 1])),
        ("typ", json!(["JWT", "lk-client+jwt", "lk-unlock+JWT", "", null, ["lk-unlock+jwt"]])),
        ("kid", json!(["", "AAAAAAAA", "short", "much-too-long", "../../..", "a'--b'--", null, 7])),
    ] {
        for value in values.as_array().unwrap() {
            let mut header = genuine_header();
            header[name] = value.clone();
            headers.push(header);
        }
        let mut header = genuine_header();
        header.as_object_mut().unwrap().remove(name);
        headers.push(header);
    }
    for extra in ["jku", "jwk", "crit", "x5u", "zip", "b64"] {
        let mut header = genuine_header();
        header[extra] = json!("https://example.org");
        headers.push(header);
    }
    for header in headers {
        assert_forged(&with_true_key(&header, &genuine_claims()), "header");
    }
    let doubled = genuine_header().to_string().replacen('{', r#"{"alg":"none","#, 1);
    let secret = link_key();
    let claims = genuine_claims().to_string();
    assert_forged(&signed(&doubled, &claims, hmac::HMAC_SHA256, secret.expose()), "two alg");
    let header = genuine_header().to_string();
    assert_forged(&signed(&header, &claims, hmac::HMAC_SHA512, secret.expose()), "HS512");
    assert_forged(&signed(&header, &claims, hmac::HMAC_SHA256, b""), "empty key");
    assert_forged(&signed("[]", &claims, hmac::HMAC_SHA256, secret.expose()), "list");
    assert_forged(&signed("null", &claims, hmac::HMAC_SHA256, secret.expose()), "null");
}

#[test]
fn claims_missing_or_of_another_json_type_are_forged_even_when_signed() {
    let odd = json!([null, true, [], {}, "", "3", 1.5, -1.0e300, [1], {"a": 1}, "x"]);
    for name in ["iss", "aud", "sub", "jti", "ep", "iat", "nbf", "exp"] {
        let mut claims = genuine_claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_forged(&with_true_key(&genuine_header(), &claims), "missing");
        for value in odd.as_array().unwrap() {
            let mut claims = genuine_claims();
            claims[name] = value.clone();
            assert_forged(&with_true_key(&genuine_header(), &claims), name);
        }
    }
    for (name, value) in [
        ("aud", json!(other_tenant().as_str())),
        ("aud", json!([tenant().as_str()])),
        ("iss", json!("https://clerk.example")),
        ("sub", json!("sess_abc")),
        ("sub", json!("user_a'--")),
        ("jti", json!("user_abc")),
        ("nbf", json!(NOW.as_seconds() + 6)),
        ("email", json!("a@example.com")),
    ] {
        let mut claims = genuine_claims();
        claims[name] = value;
        assert_forged(&with_true_key(&genuine_header(), &claims), name);
    }
}

#[test]
fn another_tenants_or_purposes_token_is_forged() {
    let elsewhere = UnlockLinks::for_tenant(&keys(), &other_tenant());
    assert_forged(&elsewhere.seal(&link()).unwrap(), "tenant");
    let secret = key(1).derive(Purpose::ClientToken, &tenant());
    let (header, claims) = (genuine_header().to_string(), genuine_claims().to_string());
    assert_forged(&signed(&header, &claims, hmac::HMAC_SHA256, secret.expose()), "purpose");
    let mut header = genuine_header();
    header["kid"] = json!(secret.id());
    let token = signed(&header.to_string(), &claims, hmac::HMAC_SHA256, secret.expose());
    assert_forged(&token, "purpose and kid");
    let ours = links().seal(&link()).unwrap();
    let theirs = links().seal(&UnlockLink { episode: 4, ..link() }).unwrap();
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.split('.').collect(), theirs.split('.').collect());
    assert_forged(&[ours[0], theirs[1], ours[2]].join("."), "claims of another");
    assert_forged(&[ours[0], ours[1], theirs[2]].join("."), "MAC of another");
    assert_forged(&[ours[2], ours[1], ours[0]].join("."), "parts in another order");
    assert_forged(&[ours[0], ours[1], ""].join("."), "no MAC");
}

#[test]
fn a_link_ends_five_seconds_after_its_time_and_then_still_says_for_whom() {
    let token = links().seal(&link()).unwrap();
    let end = link().expires_at.after(Span(5_000));
    assert_eq!(links().open(&token, end.before(Span(1))), Ok(link()));
    let expired = LinkFault::Expired {
        user: link().user,
        episode: 3,
        issued_at: link().issued_at,
        expires_at: link().expires_at,
    };
    assert_eq!(links().open(&token, end), Err(expired.clone()));
    assert_eq!(links().open(&token, Millis(i64::MAX)), Err(expired));
    assert!(links().open(&token, NOW.before(Span(5_000))).is_ok());
    assert_eq!(links().open(&token, NOW.before(Span(5_001))), Err(LinkFault::Forged));
}

#[test]
fn after_a_rotation_the_newest_key_seals_and_older_links_still_open() {
    let old_token = links().seal(&link()).unwrap();
    let rotated = MasterKeys::new(key(2), vec![key(1)]);
    let links = UnlockLinks::for_tenant(&rotated, &tenant());
    assert_eq!(links.open(&old_token, NOW), Ok(link()));
    let new_token = links.seal(&link()).unwrap();
    assert_ne!(new_token, old_token);
    let revoked = UnlockLinks::for_tenant(&MasterKeys::new(key(2), vec![]), &tenant());
    assert_eq!(revoked.open(&new_token, NOW), Ok(link()));
    assert_eq!(revoked.open(&old_token, NOW), Err(LinkFault::Forged));
}

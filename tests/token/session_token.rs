//! Session tokens as Clerk's SDKs read them: verified through the published JWK alone.

use std::sync::LazyLock;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use lockkeeper::model::{SessionId, Span, UserId};
use lockkeeper::token::{FactorAge, KeyFault, SessionClaims, SigningKey};
use serde_json::{Value, json};

use super::{NOW, keys, other_tenant, tenant};

/// Made once: a key takes its time.
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

fn sign(authorized_party: Option<&str>) -> String {
    let user = UserId::from_stored("user_1".to_owned());
    let session = SessionId::from_stored("sess_1".to_owned());
    KEY.sign(&SessionClaims {
        issuer: "https://acme.example.com",
        user: &user,
        session: &session,
        authorized_party,
        now: NOW,
        lifetime: Span::MINUTE,
        first_factor: FactorAge::Passed(NOW.before(Span(3 * 60_000 + 59_000))),
        second_factor: FactorAge::Never,
    })
    .unwrap()
}

fn verified(token: &str, key: &DecodingKey) -> Value {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    decode::<Value>(token, key, &validation).unwrap().claims
}

#[test]
fn a_token_verifies_through_the_published_key_and_carries_version_2() {
    let token = sign(Some("https://app.example.com"));
    let jwk: Jwk = serde_json::from_value(serde_json::to_value(KEY.jwk()).unwrap()).unwrap();
    let mut claims = verified(&token, &DecodingKey::from_jwk(&jwk).unwrap());
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert!(jti.as_str().unwrap().len() >= 20);
    let now = 1_700_000_000;
    let expected = json!({
        "azp": "https://app.example.com", "exp": now + 60, "fva": [3, -1], "iat": now,
        "iss": "https://acme.example.com", "nbf": now - 10, "sid": "sess_1", "sts": "active",
        "sub": "user_1", "v": 2,
    });
    assert_eq!(claims, expected);
    let header = decode_header(&token).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::RS256, Some("JWT")));
    assert_eq!(header.kid.as_deref(), Some(KEY.kid()));
}

#[test]
fn the_published_key_has_exactly_clerks_members() {
    let jwk = serde_json::to_value(KEY.jwk()).unwrap();
    let mut names: Vec<&String> = jwk.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(
        (&jwk["e"], &jwk["kty"], &jwk["use"]),
        (&json!("AQAB"), &json!("RSA"), &json!("sig"))
    );
}

#[test]
fn the_public_pem_verifies_too_and_azp_is_absent_without_an_origin() {
    let key = DecodingKey::from_rsa_pem(KEY.public_pem().as_bytes()).unwrap();
    assert!(verified(&sign(None), &key).get("azp").is_none());
    assert!(KEY.public_pem().lines().all(|line| line.len() <= 64));
}

#[test]
fn two_tokens_of_one_instant_differ_by_their_jti() {
    assert_ne!(sign(None), sign(None));
}

#[test]
fn a_sealed_key_comes_back_the_same_and_only_for_its_tenant() {
    let sealed = KEY.seal(&keys(), &tenant()).unwrap();
    let opened = SigningKey::open(&keys(), &tenant(), &sealed).unwrap();
    assert_eq!(opened.jwk(), KEY.jwk());
    let elsewhere = SigningKey::open(&keys(), &other_tenant(), &sealed);
    assert_eq!(elsewhere.unwrap_err(), KeyFault::Open);
    assert_eq!(SigningKey::from_pkcs8(b"no key").unwrap_err(), KeyFault::Rsa);
}

#[test]
fn debug_output_shows_only_the_keys_name() {
    assert_eq!(format!("{:?}", *KEY), format!("SigningKey({}, …)", KEY.kid()));
}

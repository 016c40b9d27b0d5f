//! Session tokens: the RS256 JWTs that a tenant's own servers verify with Clerk's SDKs, version 2 of
//! Clerk's claims, one minute long. Knows nothing of whether the session lives. Signing takes half a
//! millisecond and making a key about 70: run both on the credential pool.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, encoding};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};

use super::hmac_jwt::is_over;
use super::master_key::{MasterKeys, Purpose};
use super::spelling::{base64url, random_base62};
use super::{KeyFault, TokenFault};
use crate::model::{Millis, SessionId, Span, TenantId, UserId};

/// Clerk's lifetime of a session token; the SDKs fetch a new one in time.
pub const SESSION_TOKEN_LIFETIME: Span = Span::MINUTE;

/// The longest life that a tenant's server may ask for, Clerk's ten years: a key that has signed may be
/// asked about for as long.
pub const LONGEST_SESSION_TOKEN: Span = Span::from_seconds(315_360_000);

/// Clerk dates `nbf` back so that a verifier with a slow clock takes a fresh token.
const BACKDATED: Span = Span(10_000);
/// Longest token looked at; ours have about 900 characters.
const MAX_CHARS: usize = 4_096;

/// What a session token says. Instants are cut to whole seconds.
#[derive(Debug, Clone)]
pub struct SessionClaims<'a> {
    /// Scheme and host of the Frontend API, see [`super::issuer`].
    pub issuer: &'a str,
    pub user: &'a UserId,
    pub session: &'a SessionId,
    /// The `Origin` of the request that asks for the token, where it has one.
    pub authorized_party: Option<&'a str>,
    pub now: Millis,
    /// [`SESSION_TOKEN_LIFETIME`], except where a tenant's server asks for another.
    pub lifetime: Span,
    pub first_factor: FactorAge,
    pub second_factor: FactorAge,
}

/// When a factor was last passed, as `fva` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorAge {
    /// Never in this session: -1 on the wire.
    Never,
    Passed(Millis),
}

impl FactorAge {
    fn minutes(self, now: Millis) -> i64 {
        match self {
            Self::Never => -1,
            Self::Passed(at) => now.since(at).0 / Span::MINUTE.0,
        }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    azp: Option<&'a str>,
    exp: i64,
    /// Minutes since the first and the second factor.
    fva: [i64; 2],
    iat: i64,
    iss: &'a str,
    jti: String,
    nbf: i64,
    sid: &'a str,
    sts: &'static str,
    sub: &'a str,
    v: u8,
}

/// A public key as `/.well-known/jwks.json` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    pub kty: &'static str,
    pub alg: &'static str,
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// RFC 7638 thumbprint of the key: the same key has the same name everywhere.
    pub kid: String,
    /// Modulus and exponent, base64url.
    pub n: String,
    pub e: String,
}

/// A tenant's RSA-2048 signing key, parsed once: jsonwebtoken's own key is text that it parses and
/// prepares again for every signature, half as long again as signing.
pub struct SigningKey {
    pkcs8: SecretSlice<u8>,
    pair: KeyPair,
    jwk: Jwk,
    public_der: Vec<u8>,
}

impl SigningKey {
    /// A new key; takes 70 ms on average, sometimes several times that.
    ///
    /// # Errors
    /// [`KeyFault::Rsa`].
    pub fn generate() -> Result<Self, KeyFault> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyFault::Rsa)?;
        let der: encoding::Pkcs8V1Der<'static> = pair.as_der().map_err(|_| KeyFault::Rsa)?;
        Self::from_pkcs8(der.as_ref())
    }

    /// Reads a private key in PKCS#8 DER. Only RSA-2048 with exponent 65537: Clerk's SDKs take
    /// public keys apart as text and assume it.
    ///
    /// # Errors
    /// [`KeyFault::Rsa`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| KeyFault::Rsa)?;
        let public = pair.public_key();
        let n = base64url(public.modulus().big_endian_without_leading_zero());
        let e = base64url(public.exponent().big_endian_without_leading_zero());
        if pair.public_modulus_len() != 256 || e != "AQAB" {
            return Err(KeyFault::Rsa);
        }
        let public_der: encoding::PublicKeyX509Der<'static> =
            public.as_der().map_err(|_| KeyFault::Rsa)?;
        let jwk = Jwk { kty: "RSA", alg: "RS256", usage: "sig", kid: thumbprint(&n, &e), n, e };
        let public_der = public_der.as_ref().to_vec();
        Ok(Self { pkcs8: der.to_vec().into(), pair, jwk, public_der })
    }

    /// Opens a key that [`Self::seal`] sealed.
    ///
    /// # Errors
    /// [`KeyFault::Open`] or [`KeyFault::Rsa`].
    pub fn open(keys: &MasterKeys, tenant: &TenantId, sealed: &str) -> Result<Self, KeyFault> {
        let der = keys.open(Purpose::SigningKeyAtRest, tenant, sealed)?;
        Self::from_pkcs8(der.expose_secret())
    }

    /// The private key for the database, about 1,700 characters.
    ///
    /// # Errors
    /// [`KeyFault::Seal`].
    pub fn seal(&self, keys: &MasterKeys, tenant: &TenantId) -> Result<String, KeyFault> {
        keys.seal(Purpose::SigningKeyAtRest, tenant, self.pkcs8.expose_secret())
    }

    #[must_use]
    pub fn kid(&self) -> &str {
        &self.jwk.kid
    }

    #[must_use]
    pub const fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The public key as PEM (SPKI): what a tenant sets as `CLERK_JWT_KEY`.
    #[must_use]
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der)
    }

    /// Signs a session token; half a millisecond of processor time.
    ///
    /// # Errors
    /// [`KeyFault::Sign`] or [`KeyFault::Random`].
    pub fn sign(&self, claims: &SessionClaims<'_>) -> Result<String, KeyFault> {
        let now = claims.now;
        self.signed(&Claims {
            azp: claims.authorized_party,
            exp: now.after(claims.lifetime).as_seconds(),
            fva: [claims.first_factor.minutes(now), claims.second_factor.minutes(now)],
            iat: now.as_seconds(),
            iss: claims.issuer,
            jti: random_base62(20)?,
            nbf: now.before(BACKDATED).as_seconds(),
            sid: claims.session.as_str(),
            sts: "active",
            sub: claims.user.as_str(),
            v: 2,
        })
    }

    /// Any claims as a compact JWS.
    pub(super) fn signed(&self, claims: &impl Serialize) -> Result<String, KeyFault> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.jwk.kid.clone());
        let mut token = part(&header)?;
        token.push('.');
        token.push_str(&part(claims)?);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| KeyFault::Sign)?;
        token.push('.');
        token.push_str(&base64url(&signature));
        Ok(token)
    }
}

impl Jwk {
    /// Whose session a token names that this key signed and that has not ended at `now`.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub fn open(&self, token: &str, now: Millis) -> Result<OpenedSession, TokenFault> {
        if token.len() > MAX_CHARS {
            return Err(TokenFault::Forged);
        }
        let key = DecodingKey::from_rsa_components(&self.n, &self.e);
        let mut rules = Validation::new(Algorithm::RS256);
        // Times are compared here, by the one clock.
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["exp", "sub"]);
        rules.validate_aud = false;
        let opened = key.and_then(|key| jsonwebtoken::decode::<OpenedClaims>(token, &key, &rules));
        let OpenedClaims { sid, sub, exp } = opened.map_err(|_| TokenFault::Forged)?.claims;
        if is_over(exp, now) {
            return Err(TokenFault::Expired);
        }
        match (SessionId::parse(&sid), UserId::parse(&sub)) {
            (Some(session), Some(user)) => Ok(OpenedSession { session, user }),
            (None | Some(_), None | Some(_)) => Err(TokenFault::Forged),
        }
    }
}

/// The key that a token says it was signed with; nothing of it is checked.
#[must_use]
pub fn kid_of(token: &str) -> Option<String> {
    let kid = (token.len() <= MAX_CHARS).then(|| jsonwebtoken::decode_header(token).ok())?;
    kid?.kid
}

/// Whose session a genuine token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedSession {
    pub session: SessionId,
    pub user: UserId,
}

#[derive(Deserialize)]
struct OpenedClaims {
    sid: String,
    sub: String,
    exp: i64,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}, …)", self.jwk.kid)
    }
}

/// A part of a compact JWS (RFC 7515 §7.1): JSON in base64url.
fn part(json: &impl Serialize) -> Result<String, KeyFault> {
    Ok(base64url(&serde_json::to_vec(json).map_err(|_| KeyFault::Sign)?))
}

/// RFC 7638: SHA-256 over the required members in alphabetical order.
fn thumbprint(n: &str, e: &str) -> String {
    let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    base64url(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
}

/// RFC 7468: base64 in lines of 64 characters.
fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in body.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

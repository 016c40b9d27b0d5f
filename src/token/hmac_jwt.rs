//! The one way in which this server signs tokens that only it reads: a JWT with HS256, a `typ` per
//! purpose, a key per purpose and tenant, and no freedom in its spelling. The claims' own times are
//! compared by the callers with the injected clock. Knows nothing of what claims mean.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::master_key::{DerivedKey, KEY_ID_CHARS, MasterKeys, Purpose};
use super::spelling::canonical_base64url;
use super::{KeyFault, TokenFault};
use crate::model::{Millis, Span, TenantId};

/// Who issues these tokens. A constant: they are checked by key, and a changed public URL must not
/// kill the links already mailed.
pub(super) const ISSUER: &str = "lockkeeper";

/// How far the clocks of two nodes may differ.
const LEEWAY: Span = Span(5_000);

/// Signs and checks the tokens of one purpose and tenant.
pub(super) struct HmacJwt {
    kind: &'static str,
    max_chars: usize,
    audience: String,
    newest: Signer,
    older: Vec<Signer>,
}

struct Signer {
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// The whole header; a member more or less is a forgery.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExactHeader {
    typ: String,
    alg: String,
    kid: String,
}

impl HmacJwt {
    pub(super) fn new(
        keys: &MasterKeys,
        purpose: Purpose,
        tenant: &TenantId,
        kind: &'static str,
        max_chars: usize,
    ) -> Self {
        let signer = |key: DerivedKey| Signer {
            kid: key.id().to_owned(),
            encoding: EncodingKey::from_secret(key.expose()),
            decoding: DecodingKey::from_secret(key.expose()),
        };
        let newest = signer(keys.newest().derive(purpose, tenant));
        let older = keys.all().skip(1).map(|key| signer(key.derive(purpose, tenant))).collect();
        Self { kind, max_chars, audience: tenant.as_str().to_owned(), newest, older }
    }

    /// Signs with the newest key. The same claims give the same text.
    pub(super) fn seal<C: Serialize>(&self, claims: &C) -> Result<String, KeyFault> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(self.kind.to_owned());
        header.kid = Some(self.newest.kid.clone());
        let token = jsonwebtoken::encode(&header, claims, &self.newest.encoding);
        let token = token.map_err(|_| KeyFault::Sign)?;
        // What could not be opened again must not be handed out.
        if token.len() > self.max_chars { Err(KeyFault::Sign) } else { Ok(token) }
    }

    /// Checks everything but times. `C` must refuse unknown members and hold `iss`, `aud` and `exp`.
    pub(super) fn open<C: DeserializeOwned>(&self, token: &str) -> Result<C, TokenFault> {
        let signer = self.signer_of(token).ok_or(TokenFault::Forged)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss"]);
        let data = jsonwebtoken::decode(token, &signer.decoding, &validation);
        data.map(|data| data.claims).map_err(|_| TokenFault::Forged)
    }

    /// Everything that is checked before a key is touched.
    fn signer_of(&self, token: &str) -> Option<&Signer> {
        if token.len() > self.max_chars {
            return None;
        }
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(mac), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let header = canonical_base64url(header)?;
        canonical_base64url(claims)?;
        canonical_base64url(mac)?;
        let header: ExactHeader = serde_json::from_slice(&header).ok()?;
        let kid_shaped = header.kid.len() == KEY_ID_CHARS
            && header.kid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if header.typ != self.kind || header.alg != "HS256" || !kid_shaped {
            return None;
        }
        std::iter::once(&self.newest).chain(&self.older).find(|signer| signer.kid == header.kid)
    }

    pub(super) fn audience(&self) -> &str {
        &self.audience
    }
}

impl std::fmt::Debug for HmacJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HmacJwt({}, {})", self.kind, self.audience)
    }
}

/// Whether a token that ends at `seconds` is over, clocks being allowed to differ.
pub(super) fn is_over(seconds: i64, now: Millis) -> bool {
    instant(seconds).after(LEEWAY) <= now
}

/// Whether a token that starts at `seconds` has not started, clocks being allowed to differ.
pub(super) fn is_early(seconds: i64, now: Millis) -> bool {
    now.after(LEEWAY) < instant(seconds)
}

pub(super) const fn instant(seconds: i64) -> Millis {
    Millis(seconds.saturating_mul(1000))
}

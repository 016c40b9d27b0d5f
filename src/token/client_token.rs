//! The value of the `__client` cookie (native apps: the `Authorization` header): a signed name of a
//! client and a secret that changes with every sign-in, so that a cookie planted before a sign-in is
//! worth nothing after it. The store keeps only the secret's digest. Knows nothing of sessions.

use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER};
use super::master_key::{MasterKeys, Purpose};
use super::opaque_secret::OpaqueSecret;
use super::{KeyFault, TokenFault};
use crate::model::{ClientId, TenantId};

const MAX_CHARS: usize = 1024;
const KIND: &str = "lk-client+jwt";

/// A client token's lifetime is its row's; the claim that every token carries says "never".
const NEVER: i64 = 253_402_300_799;

/// What a genuine cookie names. Whether it is the present one is told by
/// `rotating.matches(stored_digest)`.
#[derive(Debug, Clone)]
pub struct OpenedClient {
    pub client: ClientId,
    pub rotating: OpaqueSecret,
}

/// `id` and `rotating_token` are Clerk's names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    id: String,
    rotating_token: String,
    exp: i64,
}

/// Mints and opens the client tokens of one tenant.
#[derive(Debug)]
pub struct ClientTokens(HmacJwt);

impl ClientTokens {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(HmacJwt::new(keys, Purpose::ClientToken, tenant, KIND, MAX_CHARS))
    }

    /// The cookie value, about 300 characters safe in a cookie and a header.
    ///
    /// # Errors
    /// [`KeyFault::Sign`].
    pub fn mint(&self, client: &ClientId, rotating: &OpaqueSecret) -> Result<String, KeyFault> {
        self.0.seal(&Claims {
            iss: ISSUER.to_owned(),
            aud: self.0.audience().to_owned(),
            id: client.as_str().to_owned(),
            rotating_token: rotating.expose().to_owned(),
            exp: NEVER,
        })
    }

    /// # Errors
    /// [`TokenFault::Forged`] for anything that this tenant did not mint.
    pub fn open(&self, token: &str) -> Result<OpenedClient, TokenFault> {
        let claims: Claims = self.0.open(token)?;
        let client = ClientId::parse(&claims.id).ok_or(TokenFault::Forged)?;
        let rotating = OpaqueSecret::parse(&claims.rotating_token).ok_or(TokenFault::Forged)?;
        Ok(OpenedClient { client, rotating })
    }
}

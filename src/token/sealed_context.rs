//! Small facts that a browser carries for us from one page to the next (which locked page it saw,
//! where it wanted to go): signed, bound to tenant and purpose, with an end. **Not encrypted**: put
//! nothing into one that its holder may not read.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER, is_over};
use super::master_key::{MasterKeys, Purpose};
use super::{KeyFault, TokenFault};
use crate::model::{Millis, TenantId};

/// Longest sealed context: a cookie holds 4 KB with its name and attributes.
pub const MAX_CONTEXT_CHARS: usize = 3072;

const KIND: &str = "lk-context+jwt";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims<T> {
    iss: String,
    aud: String,
    /// What the context is for, so that one form's context is not taken by another.
    use_for: String,
    exp: i64,
    value: T,
}

/// Seals and opens the contexts of one tenant.
#[derive(Debug)]
pub struct SealedContexts(HmacJwt);

impl SealedContexts {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(HmacJwt::new(keys, Purpose::SealedContext, tenant, KIND, MAX_CONTEXT_CHARS))
    }

    /// Seals `value` until `expires_at`; `use_for` names the form or cookie.
    ///
    /// # Errors
    /// [`KeyFault::Sign`] where `value` is no JSON or too long.
    pub fn seal<T: Serialize>(
        &self,
        use_for: &str,
        expires_at: Millis,
        value: &T,
    ) -> Result<String, KeyFault> {
        self.0.seal(&Claims {
            iss: ISSUER.to_owned(),
            aud: self.0.audience().to_owned(),
            use_for: use_for.to_owned(),
            exp: expires_at.as_seconds(),
            value,
        })
    }

    /// # Errors
    /// [`TokenFault`].
    pub fn open<T: DeserializeOwned>(
        &self,
        use_for: &str,
        sealed: &str,
        now: Millis,
    ) -> Result<T, TokenFault> {
        let claims: Claims<T> = self.0.open(sealed)?;
        if claims.use_for != use_for {
            return Err(TokenFault::Forged);
        }
        if is_over(claims.exp, now) {
            return Err(TokenFault::Expired);
        }
        Ok(claims.value)
    }
}

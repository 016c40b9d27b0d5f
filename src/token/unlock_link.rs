//! The token in an unlock mail: a JWT bound to tenant, user and episode, so that it opens one lock
//! once, signs nobody in, and is stored nowhere. The same outbox row always gives the same token.
//! Knows nothing of whether the episode is still open: a press is decided by `lockout`.

use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER, instant, is_early, is_over};
use super::master_key::{MasterKeys, Purpose};
use super::{KeyFault, TokenFault};
use crate::model::{Millis, OutboxId, TenantId, UserId};

/// Longest text read as a token; ours are about 430 characters.
pub const MAX_LINK_CHARS: usize = 1024;

const KIND: &str = "lk-unlock+jwt";

/// What an unlock link says. The token carries whole seconds, so parts of a second are cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlockLink {
    pub user: UserId,
    /// The attack that the link ends; another episode's lock is not touched by it.
    pub episode: i64,
    pub issued_at: Millis,
    pub expires_at: Millis,
    /// The outbox row whose mail carries the link.
    pub mail: OutboxId,
}

/// Why a link is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// Not ours, cut, changed, another tenant's, or its key is gone.
    #[error("unlock link is not genuine")]
    Forged,
    /// Genuine but over; says for whom, so that a new one is one press away, and how long it
    /// worked, so that nobody has to wonder.
    #[error("unlock link has expired")]
    Expired { user: UserId, episode: i64, issued_at: Millis, expires_at: Millis },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: String,
    ep: i64,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Seals and opens the unlock links of one tenant.
#[derive(Debug)]
pub struct UnlockLinks(HmacJwt);

impl UnlockLinks {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(HmacJwt::new(keys, Purpose::UnlockLink, tenant, KIND, MAX_LINK_CHARS))
    }

    /// The token, URL-safe; may end in `-` or `_`, so a URL should not end with it. The same link
    /// gives the same token as long as the newest key is the same.
    ///
    /// # Errors
    /// [`KeyFault::Sign`].
    pub fn seal(&self, link: &UnlockLink) -> Result<String, KeyFault> {
        let issued = link.issued_at.as_seconds();
        self.0.seal(&Claims {
            iss: ISSUER.to_owned(),
            aud: self.0.audience().to_owned(),
            sub: link.user.as_str().to_owned(),
            jti: link.mail.as_str().to_owned(),
            ep: link.episode,
            iat: issued,
            nbf: issued,
            exp: link.expires_at.as_seconds(),
        })
    }

    /// Opens a token; 5 s of difference between clocks are forgiven.
    ///
    /// # Errors
    /// [`LinkFault`].
    pub fn open(&self, token: &str, now: Millis) -> Result<UnlockLink, LinkFault> {
        let claims: Claims = match self.0.open(token) {
            Ok(claims) => claims,
            Err(TokenFault::Forged | TokenFault::Expired) => return Err(LinkFault::Forged),
        };
        let (Some(user), Some(mail)) = (UserId::parse(&claims.sub), OutboxId::parse(&claims.jti))
        else {
            return Err(LinkFault::Forged);
        };
        if is_early(claims.nbf, now) {
            return Err(LinkFault::Forged);
        }
        if is_over(claims.exp, now) {
            return Err(LinkFault::Expired {
                user,
                episode: claims.ep,
                issued_at: instant(claims.iat),
                expires_at: instant(claims.exp),
            });
        }
        Ok(UnlockLink {
            user,
            episode: claims.ep,
            issued_at: instant(claims.iat),
            expires_at: instant(claims.exp),
            mail,
        })
    }
}

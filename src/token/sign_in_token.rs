//! The token with which a tenant's server lets a user in: a JWT that names its row, its user and its
//! end. It is stored nowhere; the same row always gives the same token. Knows nothing of what became
//! of the row.

use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER, instant, is_early, is_over};
use super::master_key::{MasterKeys, Purpose};
use super::{KeyFault, TokenFault};
use crate::model::{Millis, SignInTokenId, TenantId, UserId};

/// Longest text read as a token; ours are about 430 characters.
pub const MAX_TICKET_CHARS: usize = 1024;

const KIND: &str = "lk-sign-in-token+jwt";

/// What a ticket says. The token carries whole seconds, so parts of a second are cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedTicket {
    pub id: SignInTokenId,
    pub user: UserId,
    pub issued_at: Millis,
    pub expires_at: Millis,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Seals and opens the sign-in tokens of one tenant.
#[derive(Debug)]
pub struct SignInTokens(HmacJwt);

impl SignInTokens {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(HmacJwt::new(keys, Purpose::SignInToken, tenant, KIND, MAX_TICKET_CHARS))
    }

    /// The token, URL-safe. The same ticket gives the same token as long as the newest key is the
    /// same.
    ///
    /// # Errors
    /// [`KeyFault::Sign`].
    pub fn seal(&self, ticket: &SealedTicket) -> Result<String, KeyFault> {
        let issued = ticket.issued_at.as_seconds();
        self.0.seal(&Claims {
            iss: ISSUER.to_owned(),
            aud: self.0.audience().to_owned(),
            sub: ticket.user.as_str().to_owned(),
            jti: ticket.id.as_str().to_owned(),
            iat: issued,
            nbf: issued,
            exp: ticket.expires_at.as_seconds(),
        })
    }

    /// Opens a token; 5 s of difference between clocks are forgiven.
    ///
    /// # Errors
    /// [`TokenFault`].
    pub fn open(&self, token: &str, now: Millis) -> Result<SealedTicket, TokenFault> {
        let claims: Claims = self.0.open(token)?;
        let (Some(user), Some(id)) =
            (UserId::parse(&claims.sub), SignInTokenId::parse(&claims.jti))
        else {
            return Err(TokenFault::Forged);
        };
        if is_early(claims.nbf, now) {
            return Err(TokenFault::Forged);
        }
        if is_over(claims.exp, now) {
            return Err(TokenFault::Expired);
        }
        let (issued_at, expires_at) = (instant(claims.iat), instant(claims.exp));
        Ok(SealedTicket { id, user, issued_at, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::token::MasterKey;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn tokens(tenant: &str) -> SignInTokens {
        let keys = MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new());
        SignInTokens::for_tenant(&keys, &TenantId::from_stored(tenant.to_owned()))
    }

    fn ticket() -> SealedTicket {
        SealedTicket {
            id: SignInTokenId::generate(NOW),
            user: UserId::generate(NOW),
            issued_at: NOW,
            expires_at: NOW.after(Span::DAY),
        }
    }

    #[test]
    fn a_ticket_opens_until_its_end_and_for_its_tenant_alone() {
        let (own, ticket) = (tokens("ins_1"), ticket());
        let token = own.seal(&ticket).unwrap();
        assert_eq!(own.open(&token, NOW), Ok(ticket));
        assert_eq!(own.open(&token, NOW.after(Span::DAY)).map(|_| ()), Ok(()));
        let over = NOW.after(Span::DAY).after(Span::from_seconds(5));
        assert_eq!(own.open(&token, over), Err(TokenFault::Expired));
        assert_eq!(own.open(&token, NOW.before(Span::MINUTE)), Err(TokenFault::Forged));
        assert_eq!(tokens("ins_2").open(&token, NOW), Err(TokenFault::Forged));
        assert_eq!(own.open(&token.replacen('e', "f", 1), NOW), Err(TokenFault::Forged));
        assert_eq!(own.open("", NOW), Err(TokenFault::Forged));
    }
}

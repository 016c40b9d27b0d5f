//! The token in a mail with a sign-in link: a JWT that names the sign-in, what it was sent, and where
//! the browser goes afterwards. It is stored nowhere; the same outbox row always gives the same token.
//! Knows nothing of whether the sign-in still waits for it.

use serde::{Deserialize, Serialize};

use super::hmac_jwt::{HmacJwt, ISSUER, instant, is_early, is_over};
use super::master_key::{MasterKeys, Purpose};
use super::{KeyFault, TokenFault};
use crate::model::{Millis, OneTimeCodeId, SignInId, TenantId};

/// Longest text read as a token: one that carries the longest address back.
pub const MAX_SIGN_IN_LINK_CHARS: usize = 4096;

const KIND: &str = "lk-sign-in-link+jwt";

/// What a sign-in link says. The token carries whole seconds, so parts of a second are cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// The sign-in that was sent it; no other client's browser can use it.
    pub sign_in: SignInId,
    /// The row that it uses up.
    pub code: OneTimeCodeId,
    /// Checked when it was asked for.
    pub redirect_url: String,
    pub issued_at: Millis,
    pub expires_at: Millis,
}

/// A genuine link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenedLink {
    Live(SignInLink),
    /// Too old; it still says where to go.
    Over(SignInLink),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: String,
    url: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Seals and opens the sign-in links of one tenant.
#[derive(Debug)]
pub struct SignInLinks(HmacJwt);

impl SignInLinks {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(HmacJwt::new(keys, Purpose::SignInLink, tenant, KIND, MAX_SIGN_IN_LINK_CHARS))
    }

    /// The token, URL-safe. The same link gives the same token as long as the newest key is the same.
    ///
    /// # Errors
    /// [`KeyFault::Sign`], also for a link that would be too long to be read.
    pub fn seal(&self, link: &SignInLink) -> Result<String, KeyFault> {
        let issued = link.issued_at.as_seconds();
        self.0.seal(&Claims {
            iss: ISSUER.to_owned(),
            aud: self.0.audience().to_owned(),
            sub: link.sign_in.as_str().to_owned(),
            jti: link.code.as_str().to_owned(),
            url: link.redirect_url.clone(),
            iat: issued,
            nbf: issued,
            exp: link.expires_at.as_seconds(),
        })
    }

    /// Opens a token; 5 s of difference between clocks are forgiven.
    ///
    /// # Errors
    /// [`TokenFault::Forged`]; age is no error here.
    pub fn open(&self, token: &str, now: Millis) -> Result<OpenedLink, TokenFault> {
        let claims: Claims = self.0.open(token)?;
        let (Some(sign_in), Some(code)) =
            (SignInId::parse(&claims.sub), OneTimeCodeId::parse(&claims.jti))
        else {
            return Err(TokenFault::Forged);
        };
        if is_early(claims.nbf, now) {
            return Err(TokenFault::Forged);
        }
        let link = SignInLink {
            sign_in,
            code,
            redirect_url: claims.url,
            issued_at: instant(claims.iat),
            expires_at: instant(claims.exp),
        };
        Ok(if is_over(claims.exp, now) { OpenedLink::Over(link) } else { OpenedLink::Live(link) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;
    use crate::token::MasterKey;

    const NOW: Millis = Millis(1_700_000_000_000);

    fn links(tenant: &str) -> SignInLinks {
        let keys = MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new());
        SignInLinks::for_tenant(&keys, &TenantId::from_stored(tenant.to_owned()))
    }

    fn link(redirect_url: &str) -> SignInLink {
        SignInLink {
            sign_in: SignInId::generate(NOW),
            code: OneTimeCodeId::generate(NOW),
            redirect_url: redirect_url.to_owned(),
            issued_at: NOW,
            expires_at: NOW.after(Span::MINUTE),
        }
    }

    #[test]
    fn a_link_says_where_to_go_also_when_it_is_over() {
        let (own, link) = (links("ins_1"), link("https://app.acme.test/welcome?a=b"));
        let token = own.seal(&link).unwrap();
        assert_eq!(own.open(&token, NOW), Ok(OpenedLink::Live(link.clone())));
        let late = NOW.after(Span::MINUTE).after(Span::from_seconds(5));
        assert_eq!(own.open(&token, late), Ok(OpenedLink::Over(link)));
        assert_eq!(links("ins_2").open(&token, NOW), Err(TokenFault::Forged));
        let changed = token.replacen('e', "f", 1);
        assert_eq!(own.open(&changed, NOW), Err(TokenFault::Forged));
        assert_eq!(own.open(&token, NOW.before(Span::MINUTE)), Err(TokenFault::Forged));
    }

    #[test]
    fn the_longest_address_fits_and_a_longer_one_is_not_handed_out() {
        let own = links("ins_1");
        let of = |length: usize| format!("https://a.test/{}", "x".repeat(length - 15));
        assert!(own.seal(&link(&of(2_048))).is_ok());
        assert_eq!(own.seal(&link(&of(4_096))), Err(KeyFault::Sign));
    }
}

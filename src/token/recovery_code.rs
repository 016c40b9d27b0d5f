//! Recovery codes: a handful of codes on paper, each worth one second factor. Kept as keyed digests,
//! so that neither a stolen database nor its rows tell a code. That one works once is kept by its row.

use secrecy::{ExposeSecret, SecretString};

use super::KeyFault;
use super::master_key::{DerivedKey, MasterKeys, Purpose};
use super::spelling::{base64url, random_base62};
use crate::model::{TenantId, UserId};

/// Digits of a code: 59 bits, written down by hand and typed once.
const CODE_CHARS: usize = 10;
/// Codes of one set.
pub const CODES_IN_A_SET: usize = 10;

/// Makes and recognises the recovery codes of one tenant. Digests hang from the oldest master key,
/// so that a rotation makes no code useless.
#[derive(Debug)]
pub struct RecoveryCodes(DerivedKey);

/// A code in clear, to be shown once.
#[derive(Clone)]
pub struct RecoveryCode(SecretString);

impl RecoveryCode {
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCodes {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        Self(keys.oldest().derive(Purpose::RecoveryCode, tenant))
    }

    /// A new set.
    ///
    /// # Errors
    /// [`KeyFault::Random`].
    pub fn generate(&self) -> Result<Vec<RecoveryCode>, KeyFault> {
        (0..CODES_IN_A_SET).map(|_| Ok(RecoveryCode(random_base62(CODE_CHARS)?.into()))).collect()
    }

    /// What is stored of a code, 43 base64url characters; spaces and hyphens are forgiven.
    #[must_use]
    pub fn digest(&self, user: &UserId, typed: &str) -> String {
        let kept = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64);
        // An id holds no zero byte, so user and code cannot run into each other.
        let message: String = user.as_str().chars().chain(['\0']).chain(kept).collect();
        base64url(&self.0.hmac(message.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::MasterKey;

    #[test]
    fn a_code_is_its_users_alone_and_forgives_how_it_is_typed() {
        let keys = MasterKeys::new(MasterKey::from_bytes([7; 32]), Vec::new());
        let codes = RecoveryCodes::for_tenant(&keys, &TenantId::from_stored("ins_1".to_owned()));
        let user = |name: &str| UserId::from_stored(name.to_owned());
        let set = codes.generate().unwrap();
        assert_eq!(set.len(), CODES_IN_A_SET);
        let code = set[0].expose();
        let (left, right) = code.split_at(5);
        let digest = codes.digest(&user("user_1"), code);
        assert_eq!(codes.digest(&user("user_1"), &format!(" {left}-{right} ")), digest);
        assert_ne!(codes.digest(&user("user_2"), code), digest);
        assert_ne!(codes.digest(&user("user_1"), set[1].expose()), digest);
        assert_eq!(format!("{:?}", set[0]), "RecoveryCode(…)");
    }
}

//! Names for identifiers that may belong to nobody: keyed digests, so that neither a stolen database
//! nor an answer tells which identifiers were tried. Knows nothing of which exist.

use super::master_key::{DerivedKey, MasterKeys, Purpose};
use super::spelling::{base62_name, base64url};
use crate::model::{CanonicalKey, IdentificationId, TenantId, UserId};

/// Digits after the prefix of an id, as in `model::id`.
const ID_DIGITS: usize = 27;

/// Makes the digests of one tenant. They hang from the oldest master key, so that a rotation forgets
/// no phantom's count.
#[derive(Debug)]
pub struct PhantomKeys {
    digest: DerivedKey,
    silent: DerivedKey,
}

impl PhantomKeys {
    #[must_use]
    pub fn for_tenant(keys: &MasterKeys, tenant: &TenantId) -> Self {
        let key = keys.oldest();
        Self {
            digest: key.derive(Purpose::SubjectDigest, tenant),
            silent: key.derive(Purpose::SilentId, tenant),
        }
    }

    /// HMAC-SHA256 of the canonical key, 43 base64url characters: a phantom's row and an identifier's
    /// entry in the published lock table.
    #[must_use]
    pub fn subject_digest(&self, key: &CanonicalKey) -> String {
        base64url(&self.digest.hmac(key.as_str().as_bytes()))
    }

    /// The identification id that a sign-in shows for its identifier's code factor, known and unknown
    /// alike.
    #[must_use]
    pub fn silent_factor_id(&self, key: &CanonicalKey) -> IdentificationId {
        let digits = base62_name(&self.silent.hmac(key.as_str().as_bytes()), ID_DIGITS);
        IdentificationId::from_stored(format!("{}{digits}", IdentificationId::PREFIX))
    }

    /// The id of a user who comes from an export that names none: the same whenever its row is read
    /// again. No identifier holds the character that leads, so no [`Self::silent_factor_id`] is
    /// like it.
    #[must_use]
    pub fn imported_user_id(&self, key: &CanonicalKey) -> UserId {
        let named = format!("\u{1}{}", key.as_str());
        let digits = base62_name(&self.silent.hmac(named.as_bytes()), ID_DIGITS);
        UserId::from_stored(format!("{}{digits}", UserId::PREFIX))
    }
}

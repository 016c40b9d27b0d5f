//! A new key for a tenant's session tokens: published at once, so that whoever keeps the key set has
//! it before the first token of it, and signing once the present key has ended. Knows no cryptography.

use std::sync::Arc;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{Millis, Span};
use crate::store::signing_keys::{Rotated, Rotation, signer};

/// What came of asking for a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRotation {
    Done(NewKey),
    /// Nothing was changed: an earlier new key begins only then.
    Waiting {
        kid: String,
        begins: Millis,
    },
    /// Nothing was changed: somebody else has put a new key there meanwhile.
    Overtaken,
    /// There is none to replace: the first is made when it is needed.
    NoKey,
}

/// A key that takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    pub kid: String,
    /// The key that signs until then.
    pub replaces: String,
    /// When it begins to sign.
    pub begins: Millis,
}

impl Tenants {
    /// Makes a new key for the tenant's session tokens; the present one signs for `after` still.
    /// `actor` as in the audit log.
    ///
    /// # Errors
    /// As any write.
    pub async fn rotate_signing_key(
        &self,
        profile: &Arc<TenantProfile>,
        after: Span,
        actor: &str,
    ) -> Result<KeyRotation, TenantFault> {
        let known = self.inner.reader.signing_keys(profile.id().clone()).await?;
        let now = self.inner.clock.now();
        let Some(present) = signer(&known, now) else { return Ok(KeyRotation::NoKey) };
        let replaces = present.kid.clone();
        if let Some(begins) = present.retired_at {
            // The store asks again; this saves the making of a key.
            let next = known.iter().find(|key| key.retired_at.is_none());
            let kid = next.map(|key| key.kid.clone()).unwrap_or_default();
            return Ok(KeyRotation::Waiting { kid, begins });
        }
        let key = self.new_signing_key(profile).await?;
        let kid = key.kid.clone();
        let actor = actor.to_owned();
        let rotation = Rotation { key, replaces: replaces.clone(), after, actor };
        let rotated = self.inner.store.rotate_signing_key(rotation).await?;
        self.inner.signing_keys.forget(profile.id());
        match rotated {
            Rotated::Done { begins } => Ok(KeyRotation::Done(NewKey { kid, replaces, begins })),
            Rotated::Waiting { kid, begins } => Ok(KeyRotation::Waiting { kid, begins }),
            Rotated::Overtaken => Ok(KeyRotation::Overtaken),
        }
    }
}

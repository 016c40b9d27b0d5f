//! Secret keys of a tenant's servers: making one, which is shown this once, and revoking one. When they
//! are used is summed in memory and written by the upkeep, so that a request of a server writes nothing
//! of its own. What a crash loses is only shown to staff.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{Millis, Span, TenantId};
use crate::store::StoreError;
use crate::store::api_keys::KeyUse;
use crate::store::tenants::ApiKey;
use crate::token::SecretKey;
use crate::token::api_key::KeyMode;

/// A key's last use is written no more often than this by one node.
const WRITTEN_EVERY: Span = Span::MINUTE.times(5);
/// A key that was not used for this long is forgotten.
const REMEMBERED: Span = Span::HOUR;
/// Keys that are remembered; uses of others are written when there is room again.
const MOST: usize = 10_000;
/// Uses written by one transaction.
const BATCH: usize = 200;

/// When keys were used, by the digest of the key.
#[derive(Default)]
pub(super) struct KeyUses(Mutex<HashMap<String, Used>>);

struct Used {
    tenant: TenantId,
    last: Millis,
    /// What the row says since this node wrote it.
    written: Option<Millis>,
}

impl KeyUses {
    fn note(&self, tenant: &TenantId, digest: &str, now: Millis) {
        let mut uses = self.0.lock();
        if let Some(used) = uses.get_mut(digest) {
            used.last = used.last.max(now);
            return;
        }
        if uses.len() < MOST {
            let used = Used { tenant: tenant.clone(), last: now, written: None };
            uses.insert(digest.to_owned(), used);
        }
    }

    /// What is to be written now; taken as written. Forgets what rests.
    fn due(&self, now: Millis) -> Vec<KeyUse> {
        let mut uses = self.0.lock();
        let mut due = Vec::new();
        uses.retain(|digest, used| {
            let known = used.written.is_some_and(|written| written >= used.last);
            let lately = used.written.is_some_and(|written| now.since(written) < WRITTEN_EVERY);
            if !known && !lately {
                // From now on five minutes are counted, whenever in them it was used.
                used.written = Some(now);
                let tenant = used.tenant.clone();
                due.push(KeyUse { tenant, key_hash: digest.clone(), at: used.last });
            }
            now.since(used.last) < REMEMBERED
        });
        due
    }
}

impl Tenants {
    /// Makes a key called `name`. `actor` as in the audit log.
    ///
    /// # Errors
    /// `Conflict { what: "api_keys" }` where there are as many as there may be.
    pub async fn create_api_key(
        &self,
        profile: &TenantProfile,
        name: &str,
        actor: &str,
    ) -> Result<SecretKey, TenantFault> {
        let mode = if profile.tenant.live { KeyMode::Live } else { KeyMode::Test };
        let secret = SecretKey::generate(mode)?;
        let key = ApiKey {
            tenant_id: profile.id().clone(),
            key_hash: secret.digest(),
            hint: secret.display(),
            created_at: self.inner.clock.now(),
            revoked_at: None,
        };
        self.inner.store.create_api_key(key, name.to_owned(), actor.to_owned()).await?;
        Ok(secret)
    }

    /// Ends a key by its digest: here at once, on every other node within a second.
    ///
    /// # Errors
    /// `NotFound` for a key that opens nothing already.
    pub async fn revoke_api_key(
        &self,
        profile: &TenantProfile,
        digest: &str,
        actor: &str,
    ) -> Result<(), TenantFault> {
        let (id, digest) = (profile.id().clone(), digest.to_owned());
        self.inner.store.revoke_api_key(id, digest, actor.to_owned()).await?;
        self.forget(profile.id());
        Ok(())
    }

    /// A request came with this key.
    pub fn note_key_use(&self, profile: &TenantProfile, digest: &str) {
        self.inner.key_uses.note(profile.id(), digest, self.inner.clock.now());
    }

    /// Writes the uses that are due. What cannot be written is shown later.
    pub(super) async fn write_key_uses(&self) -> Result<(), StoreError> {
        let due = self.inner.key_uses.due(self.inner.clock.now());
        for uses in due.chunks(BATCH) {
            let Some(first) = uses.first() else { continue };
            self.inner.store.note_key_uses(first.tenant.clone(), uses.to_vec()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_at_most_once_in_five_minutes() {
        let (uses, tenant) = (KeyUses::default(), TenantId::generate(Millis(1)));
        let minute = |number: i64| Millis(0).after(Span::MINUTE.times(number));
        let mut written = Vec::new();
        // Used all the time, and asked for each minute.
        for number in 0..20 {
            for second in 0..30 {
                uses.note(&tenant, "digest", minute(number).after(Span::SECOND.times(second)));
            }
            written.extend(uses.due(minute(number + 1)).into_iter().map(|_| number + 1));
        }
        assert_eq!(written, [1, 6, 11, 16]);
        // The last use is written when its five minutes are over, and nothing after it.
        let last = uses.due(minute(21));
        assert_eq!(last.len(), 1);
        assert_eq!(last[0].at, minute(19).after(Span::SECOND.times(29)));
        assert_eq!(uses.due(minute(60)), []);
        assert_eq!(uses.0.lock().len(), 1);
        uses.due(minute(90));
        assert_eq!(uses.0.lock().len(), 0, "who rests is forgotten");
    }
}

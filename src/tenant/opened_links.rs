//! Which mails' links were visited: kept in memory and written by the upkeep, so that a visit itself
//! writes nothing. What a crash loses is only shown to staff. Knows no page.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::Tenants;
use super::profile::TenantProfile;
use crate::model::{Millis, OutboxId, TenantId};
use crate::store::StoreError;

/// Visits that are remembered until the next round of upkeep, at most.
const MOST: usize = 10_000;

/// First visits that are not written yet.
#[derive(Default)]
pub(super) struct OpenedLinks(Mutex<HashMap<(TenantId, OutboxId), Millis>>);

impl Tenants {
    /// The page behind an unlock link was visited. Only what is genuine and not over is noted.
    pub fn note_visit(&self, profile: &TenantProfile, token: &str) {
        let now = self.inner.clock.now();
        let Ok(link) = profile.unlock_links().open(token, now) else { return };
        let mut visits = self.inner.opened_links.0.lock();
        if visits.len() < MOST {
            visits.entry((profile.id().clone(), link.mail)).or_insert(now);
        }
    }

    /// Writes the visits since the last time. What cannot be written is forgotten.
    pub(super) async fn write_visits(&self) -> Result<(), StoreError> {
        let visits = std::mem::take(&mut *self.inner.opened_links.0.lock());
        let mut by_tenant: HashMap<TenantId, Vec<(OutboxId, Millis)>> = HashMap::new();
        for ((tenant, mail), at) in visits {
            by_tenant.entry(tenant).or_default().push((mail, at));
        }
        for (tenant, mails) in by_tenant {
            self.inner.store.note_opened(tenant, mails).await?;
        }
        Ok(())
    }
}

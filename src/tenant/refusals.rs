//! Tries refused while locked, summed per subject, source and minute and written now and then:
//! a row per refusal would let an attacker buy disk writes. Outside the durability promise.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::Tenants;
use super::profile::TenantProfile;
use crate::model::{CanonicalKey, Millis, Source, Span, TenantId};
use crate::store::attempts::Refusals;
use crate::store::{StoreError, SubjectKey};

/// Sums kept between two writes; past this further subjects are not told apart until the next one.
const KEPT: usize = 50_000;

type Key = (TenantId, SubjectKey, Source, i64);

/// The sums since the last write.
#[derive(Default)]
pub(super) struct RefusalSums {
    sums: Mutex<HashMap<Key, i64>>,
}

impl RefusalSums {
    /// Adds one refused try. The identifier is kept as its phantom's name: who it belongs to is
    /// not looked up while refusing.
    pub fn add(&self, profile: &TenantProfile, key: &CanonicalKey, source: &Source, now: Millis) {
        let subject = SubjectKey::phantom(&profile.phantoms.subject_digest(key));
        let minute = now.0.div_euclid(Span::MINUTE.0);
        let mut sums = self.sums.lock();
        let slot = (profile.id().clone(), subject, source.clone(), minute);
        if sums.len() < KEPT || sums.contains_key(&slot) {
            let sum = sums.entry(slot).or_insert(0);
            *sum = sum.saturating_add(1);
        }
    }

    fn take(&self) -> Vec<Refusals> {
        let sums = std::mem::take(&mut *self.sums.lock());
        sums.into_iter()
            .map(|((tenant, subject, source, minute), tries)| Refusals {
                tenant_id: tenant,
                subject,
                source,
                minute,
                tries,
            })
            .collect()
    }
}

impl Tenants {
    /// Writes the sums gathered since the last call; called by the upkeep task and at shutdown.
    ///
    /// # Errors
    /// [`StoreError`]: the sums of this round are lost, which the promise allows.
    pub async fn write_refusals(&self) -> Result<(), StoreError> {
        let rows = self.inner.refusals.take();
        if rows.is_empty() {
            return Ok(());
        }
        self.inner.store.add_refusals(rows).await
    }
}

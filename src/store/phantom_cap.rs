//! The cap on phantoms: at the cap the unlocked ones with the oldest failure make room. How many a
//! tenant has is counted now and then and reckoned in between, so that a flood of invented
//! identifiers costs as much as it adds and not as much as is there. Knows no rule of the lockout.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::connection::Db;
use super::error::StoreError;
use super::upkeep;
use crate::model::{Millis, TenantId};

/// So many are reckoned before they are counted again: other nodes add and remove too.
const RECKONED: i64 = 1_000;
/// Tenants whose number is remembered; past this all are counted again.
const REMEMBERED: usize = 10_000;

#[derive(Debug)]
pub(super) struct PhantomCap {
    cap: i64,
    known: Mutex<HashMap<TenantId, Known>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    phantoms: i64,
    since_counted: i64,
}

impl PhantomCap {
    pub fn new(cap: i64) -> Self {
        Self { cap: cap.max(0), known: Mutex::default() }
    }

    /// After a tenant gained phantoms in this transaction: removes what is too much.
    pub fn make_room(
        &self,
        db: &mut Db,
        tenant: &TenantId,
        gained: i64,
        now: Millis,
    ) -> Result<(), StoreError> {
        // Forgotten until the end: what fails is counted again.
        let known = self.known.lock().remove(tenant);
        let mut known = match known {
            Some(Known { phantoms, since_counted }) if since_counted < RECKONED => Known {
                phantoms: phantoms.saturating_add(gained),
                since_counted: since_counted.saturating_add(gained),
            },
            Some(_) | None => {
                Known { phantoms: upkeep::count_phantoms(db, tenant)?, since_counted: 0 }
            }
        };
        let excess = known.phantoms.saturating_sub(self.cap);
        if excess > 0 {
            let removed = upkeep::remove_oldest_phantoms(db, tenant, excess, now)?;
            known.phantoms =
                known.phantoms.saturating_sub(i64::try_from(removed).unwrap_or(i64::MAX));
        }
        let mut all = self.known.lock();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(tenant.clone(), known);
        Ok(())
    }

    /// After phantoms were removed otherwise, or a transaction that added some was given up.
    pub fn forget(&self, tenant: &TenantId) {
        self.known.lock().remove(tenant);
    }

    /// As [`PhantomCap::forget`], for all tenants.
    pub fn forget_all(&self) {
        self.known.lock().clear();
    }
}

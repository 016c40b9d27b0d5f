//! The cap on phantoms: at the cap the unlocked ones with the oldest failure make room. How many a
//! tenant has is counted now and then and reckoned in between, and locked ones are passed over once
//! in a while, so that a flood of invented identifiers costs as much as it adds and not as much as is
//! there. The youngest stay in any case: else, where all others are locked, whoever is new would be
//! forgotten at once and never lock, which would tell that nobody has that identifier. Knows no rule
//! of the lockout.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::connection::Db;
use super::error::StoreError;
use super::phantoms::{self, Age, Room};
use crate::model::{Millis, Span, TenantId};

/// So many are reckoned before they are counted again: other nodes add and remove too.
const RECKONED: i64 = 1_000;
/// Tenants whose number is remembered; past this all are counted again.
const REMEMBERED: usize = 10_000;
/// After so long the oldest are looked at again: of those that were passed over some locks have ended.
const PASSED_OVER: Span = Span::MINUTE.times(10);
/// Phantoms looked at beside twice as many as were gained.
const LOOK: i64 = 64;
/// This part of the cap is for the youngest.
const YOUNGEST: i64 = 10;

#[derive(Debug)]
pub(super) struct PhantomCap {
    cap: i64,
    known: Mutex<HashMap<TenantId, Known>>,
}

#[derive(Debug)]
struct Known {
    phantoms: i64,
    since_counted: i64,
    /// What is older was locked when it was looked at, not before `since`.
    passed_over: Option<Age>,
    since: Millis,
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
            Some(known) if known.since_counted < RECKONED => Known {
                phantoms: known.phantoms.saturating_add(gained),
                since_counted: known.since_counted.saturating_add(gained),
                ..known
            },
            known => {
                let (passed_over, since) =
                    known.map_or((None, now), |known| (known.passed_over, known.since));
                let phantoms = phantoms::count(db, tenant)?;
                Known { phantoms, since_counted: 0, passed_over, since }
            }
        };
        let excess = known.phantoms.saturating_sub(self.cap);
        if excess > 0 {
            if now.since(known.since) >= PASSED_OVER {
                (known.passed_over, known.since) = (None, now);
            }
            let look = gained.saturating_mul(2).saturating_add(LOOK);
            let keep = (self.cap / YOUNGEST).max(1);
            let room = Room { limit: excess.min(look), look, keep, after: known.passed_over };
            let (removed, passed_over) = phantoms::remove_oldest(db, tenant, room, now)?;
            known.passed_over = passed_over;
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

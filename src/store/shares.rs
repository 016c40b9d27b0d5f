//! How many jobs of each tenant wait at one committer. A tenant that is flooded with writes which cost
//! no hash (sign-ins begun, sign-ups, codes asked for) must not fill the queue in which everybody
//! stands: past its share it is told to come back. Knows no job.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::committer::QUEUE;
use crate::model::TenantId;

/// A quarter of the queue: less than a second of commits, so that whoever stands behind it is still
/// answered, health checks included.
const SHARE: usize = QUEUE / 4;

/// Whether a job counts against its tenant's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Shared,
    /// A way back in (presses, unlocks by staff): served for as long as there is a queue at all.
    Reserved,
}

#[derive(Clone, Default)]
pub(super) struct Shares {
    waiting: Arc<Mutex<HashMap<TenantId, usize>>>,
}

/// A job's place among its tenant's; dropped when the committer takes the job.
pub(super) struct Seat {
    tenant: TenantId,
    shares: Shares,
}

impl Shares {
    /// `None`: the tenant's share is used up.
    pub fn seat(&self, tenant: &TenantId, room: Room) -> Option<Seat> {
        let mut waiting = self.waiting.lock();
        match waiting.get_mut(tenant) {
            Some(count) if *count >= SHARE && room == Room::Shared => return None,
            Some(count) => *count = count.saturating_add(1),
            None => {
                waiting.insert(tenant.clone(), 1);
            }
        }
        Some(Seat { tenant: tenant.clone(), shares: self.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut waiting = self.shares.waiting.lock();
        let Some(count) = waiting.get_mut(&self.tenant) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            waiting.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_share_turns_away_its_own_tenant_only_and_never_a_way_back_in() {
        let shares = Shares::default();
        let (flooded, quiet) =
            (TenantId::from_stored("ins_a".to_owned()), TenantId::from_stored("ins_b".to_owned()));
        let mut seats: Vec<_> =
            (0..SHARE).map(|_| shares.seat(&flooded, Room::Shared).unwrap()).collect();
        assert!(shares.seat(&flooded, Room::Shared).is_none());
        assert!(shares.seat(&flooded, Room::Reserved).is_some());
        assert!(shares.seat(&quiet, Room::Shared).is_some());
        seats.pop();
        assert!(shares.seat(&flooded, Room::Shared).is_some());
        drop(seats);
        assert!(shares.waiting.lock().is_empty());
    }
}

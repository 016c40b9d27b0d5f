//! How many jobs of each tenant wait at one committer. A tenant that is flooded with writes which cost
//! no hash (sign-ins begun, sign-ups, codes asked for) must not fill the queue in which everybody
//! stands: past its share it is told to come back. The last places of the queue are kept for the ways back
//! in, however many tenants are flooded. Knows no job.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::committer::QUEUE;
use crate::model::TenantId;

/// A quarter of the queue: less than a second of commits, so that whoever stands behind it is still
/// answered, health checks included.
const SHARE: usize = QUEUE / 4;

/// Places that are kept for [`Room::Reserved`].
const KEPT: usize = QUEUE / 16;

/// Whether a job counts against its tenant's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Shared,
    /// A way back in (presses, unlocks by staff) or the proof of health: served for as long as there is
    /// a queue at all.
    Reserved,
}

#[derive(Clone, Default)]
pub(super) struct Shares {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    of: HashMap<TenantId, usize>,
    all: usize,
}

/// A job's place among its tenant's; dropped when the committer takes the job.
pub(super) struct Seat {
    tenant: TenantId,
    shares: Shares,
}

impl Shares {
    /// `None`: the tenant's share is used up, or the places that tenants share.
    pub fn seat(&self, tenant: &TenantId, room: Room) -> Option<Seat> {
        let mut waiting = self.waiting.lock();
        if room == Room::Shared && waiting.all >= QUEUE.saturating_sub(KEPT) {
            return None;
        }
        match waiting.of.get_mut(tenant) {
            Some(count) if *count >= SHARE && room == Room::Shared => return None,
            Some(count) => *count = count.saturating_add(1),
            None => {
                waiting.of.insert(tenant.clone(), 1);
            }
        }
        waiting.all = waiting.all.saturating_add(1);
        Some(Seat { tenant: tenant.clone(), shares: self.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut waiting = self.shares.waiting.lock();
        waiting.all = waiting.all.saturating_sub(1);
        let Some(count) = waiting.of.get_mut(&self.tenant) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            waiting.of.remove(&self.tenant);
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
        let waiting = shares.waiting.lock();
        assert!(waiting.of.is_empty() && waiting.all == 0);
    }

    #[test]
    fn many_flooded_tenants_leave_places_for_the_ways_back_in() {
        let shares = Shares::default();
        let tenant = |number: usize| TenantId::from_stored(format!("ins_{}", number % 5));
        let mut seats: Vec<_> =
            (0..QUEUE).filter_map(|number| shares.seat(&tenant(number), Room::Shared)).collect();
        assert_eq!(seats.len(), QUEUE - KEPT);
        for number in 0..KEPT {
            seats.push(shares.seat(&tenant(number), Room::Reserved).unwrap());
        }
        drop(seats);
        assert!(shares.seat(&tenant(0), Room::Shared).is_some());
    }
}

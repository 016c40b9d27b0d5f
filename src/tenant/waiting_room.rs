//! The memory of all attempts that wait at gates, of all tenants together. A tenant may hold as much
//! as is left free: one flooding tenant gets a half, sixteen a seventeenth each, and whoever comes
//! new always finds room (the dynamic threshold of shared-memory switches, Choudhury and Hahne
//! 1998). Knows no gate and no attempt.

use std::sync::Arc;

use parking_lot::Mutex;

/// The room; shared by all tenants.
#[derive(Debug)]
pub struct WaitingRoom {
    /// Bytes in all.
    limit: usize,
    taken: Mutex<usize>,
}

/// A tenant's part of the room.
#[derive(Debug)]
pub struct Corner {
    room: Arc<WaitingRoom>,
    held: Mutex<usize>,
}

/// Room for one attempt, given back when dropped.
#[derive(Debug)]
pub struct Seat {
    corner: Arc<Corner>,
    bytes: usize,
}

impl WaitingRoom {
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, taken: Mutex::new(0) })
    }

    /// The part of one more tenant. A tenant may have two for a moment, as it may have two actors.
    pub fn corner(self: &Arc<Self>) -> Arc<Corner> {
        Arc::new(Corner { room: Arc::clone(self), held: Mutex::new(0) })
    }
}

impl Corner {
    /// Room for `bytes`; `None` where the tenant would hold more than is left for others.
    pub fn sit(self: &Arc<Self>, bytes: usize) -> Option<Seat> {
        // Always in this order: the room, then the corner.
        let mut taken = self.room.taken.lock();
        let mut held = self.held.lock();
        let (all, own) = (taken.checked_add(bytes)?, held.checked_add(bytes)?);
        if own > self.room.limit.checked_sub(all)? {
            return None;
        }
        (*taken, *held) = (all, own);
        Some(Seat { corner: Arc::clone(self), bytes })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.corner.room.taken.lock();
        let mut held = self.corner.held.lock();
        *taken = taken.saturating_sub(self.bytes);
        *held = held.saturating_sub(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(corner: &Arc<Corner>) -> Vec<Seat> {
        std::iter::from_fn(|| corner.sit(1)).collect()
    }

    #[test]
    fn one_flood_gets_a_half_and_leaves_the_other() {
        let room = WaitingRoom::new(1_000);
        let flood = fill(&room.corner());
        assert_eq!(flood.len(), 500);
        assert_eq!(fill(&room.corner()).len(), 250);
    }

    #[test]
    fn sixteen_floods_leave_room_for_one_more() {
        let room = WaitingRoom::new(17_000);
        let corners: Vec<_> = (0..16).map(|_| room.corner()).collect();
        let mut seats = Vec::new();
        // In turn, as their requests come.
        while let Some(round) =
            corners.iter().map(|corner| corner.sit(10)).collect::<Option<Vec<_>>>()
        {
            seats.push(round);
        }
        assert!(room.corner().sit(900).is_some() || *room.taken.lock() <= 16_100);
        assert!(room.corner().sit(400).is_some());
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_nothing_else() {
        let room = WaitingRoom::new(100);
        let corner = room.corner();
        let seats = fill(&corner);
        assert!(corner.sit(1).is_none());
        drop(seats);
        assert_eq!(fill(&corner).len(), 50);
        assert_eq!((*room.taken.lock(), *corner.held.lock()), (0, 0));
        assert!(corner.sit(usize::MAX).is_none());
        assert!(corner.sit(101).is_none());
    }
}

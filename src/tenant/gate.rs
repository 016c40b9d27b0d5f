//! The gate of one subject: how many of its attempts may be verified at the same time. It saves
//! hashes and orders waiters; exactness is the settle's (protocol §1, rules 1-2). Knows no policy,
//! no store and no hash.
//!
//! A lane admits `permits` attempts at once, the subject 64; more wait, their sources in turn, and
//! all are answered at once when the lane locks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::lockout::LockView;
use crate::model::{Lane, Source};

/// Attempts of one subject in flight over all its lanes (protocol §1e: with per-source lanes one
/// subject could otherwise have N × sources).
const SUBJECT_PERMITS: usize = 64;
/// Attempts of one subject that may wait (DESIGN §5.1).
const SUBJECT_WAITERS: usize = 1024;

/// What is admitted on its own: a lane, per source where the policy counts per source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GateLane {
    pub lane: Lane,
    pub source: Option<Source>,
}

/// The answer to a waiter.
#[derive(Debug)]
pub enum Admission {
    Admitted(Permit),
    /// The lane locked while waiting.
    Locked(LockView),
}

/// Too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateFull;

/// One subject's gate; lives as long as an attempt holds it.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lanes: HashMap<GateLane, LaneState>,
    in_flight: usize,
    waiting: usize,
}

#[derive(Debug)]
struct LaneState {
    permits: usize,
    in_flight: usize,
    /// Waiters by source; the sources take turns.
    queues: VecDeque<(Source, VecDeque<oneshot::Sender<Admission>>)>,
}

/// The right to verify one secret. Dropping it gives it back: no message that could be lost, no
/// wait, no failure (rule 2).
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    lane: GateLane,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.give_back(&self.lane);
    }
}

impl Gate {
    /// Queues for a permit. `permits` is what the row said last: max(1, N − count).
    ///
    /// # Errors
    /// [`GateFull`] when the subject has too many waiters.
    pub fn enter(
        self: &Arc<Self>,
        lane: &GateLane,
        source: &Source,
        permits: i64,
    ) -> Result<oneshot::Receiver<Admission>, GateFull> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state.lock();
            if state.waiting >= SUBJECT_WAITERS {
                return Err(GateFull);
            }
            state.waiting = state.waiting.saturating_add(1);
            let slot = state.lanes.entry(lane.clone()).or_insert_with(|| LaneState {
                permits: at_least_one(permits),
                in_flight: 0,
                queues: VecDeque::new(),
            });
            match slot.queues.iter_mut().find(|(queued, _)| queued == source) {
                Some((_, queue)) => queue.push_back(sender),
                None => slot.queues.push_back((source.clone(), VecDeque::from([sender]))),
            }
        }
        self.admit(lane);
        Ok(receiver)
    }

    /// What a settle taught: how many this lane may now have in flight.
    pub fn learn(self: &Arc<Self>, lane: &GateLane, permits: i64) {
        if let Some(slot) = self.state.lock().lanes.get_mut(lane) {
            slot.permits = at_least_one(permits);
        }
        self.admit(lane);
    }

    /// A lock has been committed: everybody who waits in this lane is told, or, when the whole
    /// account is locked, everybody in a public lane.
    pub fn lock(&self, lane: &GateLane, lock: LockView) {
        let mut told = Vec::new();
        {
            let mut state = self.state.lock();
            for (other, slot) in &mut state.lanes {
                let same_scope = if lock.source_only { other == lane } else { other.lane == lane.lane };
                // Staff refuses every lane.
                if same_scope || lock.staff {
                    told.extend(slot.queues.drain(..).flat_map(|(_, queue)| queue));
                }
            }
            state.waiting = state.waiting.saturating_sub(told.len());
        }
        for waiter in told {
            // A waiter that gave up has no use for the news.
            let _gone = waiter.send(Admission::Locked(lock));
        }
    }

    fn give_back(self: &Arc<Self>, lane: &GateLane) {
        {
            let mut state = self.state.lock();
            state.in_flight = state.in_flight.saturating_sub(1);
            if let Some(slot) = state.lanes.get_mut(lane) {
                slot.in_flight = slot.in_flight.saturating_sub(1);
                if slot.in_flight == 0 && slot.queues.is_empty() {
                    state.lanes.remove(lane);
                }
            }
        }
        self.admit(lane);
        self.admit_elsewhere(lane);
    }

    /// The subject's own limit may have held back another lane.
    fn admit_elsewhere(self: &Arc<Self>, lane: &GateLane) {
        let waiting: Vec<GateLane> = {
            let state = self.state.lock();
            let held_back = |(other, slot): (&GateLane, &LaneState)| {
                (other != lane && !slot.queues.is_empty()).then(|| other.clone())
            };
            state.lanes.iter().filter_map(held_back).collect()
        };
        for other in waiting {
            self.admit(&other);
        }
    }

    /// Hands out what may be handed out. The lock is not held while a permit is sent: a receiver
    /// that is gone drops the permit, which comes back here.
    fn admit(self: &Arc<Self>, lane: &GateLane) {
        while let Some(waiter) = self.state.lock().next(lane) {
            let permit = Permit { gate: Arc::clone(self), lane: lane.clone() };
            if let Err(Admission::Admitted(unwanted)) = waiter.send(Admission::Admitted(permit)) {
                drop(unwanted);
            }
        }
    }
}

impl State {
    /// The next waiter of the lane, counted as in flight; sources in turn. Waiters that have gone
    /// are passed over.
    fn next(&mut self, lane: &GateLane) -> Option<oneshot::Sender<Admission>> {
        let slot = self.lanes.get_mut(lane)?;
        if self.in_flight >= SUBJECT_PERMITS || slot.in_flight >= slot.permits {
            return None;
        }
        while let Some((source, mut queue)) = slot.queues.pop_front() {
            while let Some(waiter) = queue.pop_front() {
                self.waiting = self.waiting.saturating_sub(1);
                if waiter.is_closed() {
                    continue;
                }
                if !queue.is_empty() {
                    slot.queues.push_back((source, queue));
                }
                slot.in_flight = slot.in_flight.saturating_add(1);
                self.in_flight = self.in_flight.saturating_add(1);
                return Some(waiter);
            }
        }
        if slot.in_flight == 0 {
            self.lanes.remove(lane);
        }
        None
    }
}

fn at_least_one(permits: i64) -> usize {
    usize::try_from(permits.max(1)).unwrap_or(SUBJECT_PERMITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockout::LockKind;
    use crate::model::{Millis, Until};

    fn public() -> GateLane {
        GateLane { lane: Lane::Public, source: None }
    }

    fn source(name: &str) -> Source {
        Source::from_stored(name.to_owned())
    }

    fn permit(receiver: &mut oneshot::Receiver<Admission>) -> Option<Permit> {
        match receiver.try_recv() {
            Ok(Admission::Admitted(permit)) => Some(permit),
            Ok(Admission::Locked(_)) | Err(_) => None,
        }
    }

    #[test]
    fn a_primed_lane_still_admits_one() {
        let gate = Arc::new(Gate::default());
        let mut first = gate.enter(&public(), &source("a"), 0).unwrap();
        let mut second = gate.enter(&public(), &source("a"), 0).unwrap();
        let held = permit(&mut first).unwrap();
        assert!(permit(&mut second).is_none());
        drop(held);
        assert!(permit(&mut second).is_some());
    }

    #[test]
    fn a_permit_that_nobody_takes_comes_back() {
        let gate = Arc::new(Gate::default());
        let held = permit(&mut gate.enter(&public(), &source("a"), 1).unwrap()).unwrap();
        for _ in 0..500 {
            drop(gate.enter(&public(), &source("a"), 1).unwrap());
        }
        let mut patient = gate.enter(&public(), &source("a"), 1).unwrap();
        drop(held);
        assert!(permit(&mut patient).is_some());
    }

    #[test]
    fn sources_take_turns() {
        let gate = Arc::new(Gate::default());
        let held = permit(&mut gate.enter(&public(), &source("x"), 1).unwrap()).unwrap();
        let flood: Vec<_> =
            (0..10).map(|_| gate.enter(&public(), &source("flood"), 1).unwrap()).collect();
        let mut owner = gate.enter(&public(), &source("owner"), 1).unwrap();
        drop(held);
        let mut flood = flood.into_iter();
        drop(permit(&mut flood.next().unwrap()).unwrap());
        assert!(permit(&mut owner).is_some());
    }

    #[test]
    fn a_lock_answers_everybody_who_waits() {
        let gate = Arc::new(Gate::default());
        let _held = permit(&mut gate.enter(&public(), &source("a"), 1).unwrap()).unwrap();
        let mut waiting: Vec<_> =
            (0..5).map(|_| gate.enter(&public(), &source("a"), 1).unwrap()).collect();
        let lock = LockView {
            staff: false,
            kind: LockKind::Automatic,
            source_only: false,
            since: Millis(0),
            until: Until::Unlocked,
        };
        gate.lock(&public(), lock);
        assert!(waiting.iter_mut().all(|w| matches!(w.try_recv(), Ok(Admission::Locked(_)))));
    }

    #[test]
    fn the_queue_has_an_end() {
        let gate = Arc::new(Gate::default());
        let _held = permit(&mut gate.enter(&public(), &source("a"), 1).unwrap()).unwrap();
        let waiting: Vec<_> =
            (0..SUBJECT_WAITERS).map(|_| gate.enter(&public(), &source("a"), 1).unwrap()).collect();
        assert_eq!(gate.enter(&public(), &source("a"), 1).unwrap_err(), GateFull);
        drop(waiting);
    }
}

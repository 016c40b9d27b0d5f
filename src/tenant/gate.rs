//! The gate of one subject: how many of its attempts may be verified at the same time. It saves
//! hashes and orders waiters; exactness is the settle's (protocol §1, rules 1-2). Knows no policy,
//! no store and no hash.
//!
//! A lane admits `permits` attempts at once, the subject 64; more wait, their sources in turn, and
//! all are answered at once when the lane locks.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::lockout::LockView;
use crate::model::{Lane, Source, TenantId};
use crate::store::SubjectKey;

/// Attempts of one subject in flight over all its lanes (protocol §1e: with per-source lanes one
/// subject could otherwise have N × sources).
const SUBJECT_PERMITS: usize = 64;
/// Attempts of one subject that may wait (DESIGN §5.1).
const SUBJECT_WAITERS: usize = 1024;

/// Lanes, and locks of lanes, that a gate remembers; more only cost a hash now and then.
const REMEMBERED: usize = 1024;

/// How many lessons actors were taught so far, over all tenants. What was read from the database at
/// one number knows everything that was taught up to it (a lesson follows its commit) and perhaps
/// nothing of what was taught later.
#[derive(Debug)]
pub struct Lessons {
    count: AtomicU64,
    /// The last lesson of the subjects that fall on a place, so that a gate made anew knows what the
    /// ones before it were taught of its subject. Two subjects on one place cost a read now and then.
    last: Vec<AtomicU64>,
    spread: RandomState,
}

/// Places for the last lessons: 32 KiB for the process.
const PLACES: usize = 4096;

impl Default for Lessons {
    fn default() -> Self {
        let last = std::iter::repeat_with(AtomicU64::default).take(PLACES).collect();
        Self { count: AtomicU64::default(), last, spread: RandomState::new() }
    }
}

/// One reading of [`Lessons`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lesson(u64);

impl Lessons {
    pub fn so_far(&self) -> Lesson {
        Lesson(self.count.load(Ordering::SeqCst))
    }

    pub fn next(&self) -> Lesson {
        Lesson(self.count.fetch_add(1, Ordering::SeqCst).saturating_add(1))
    }

    /// A lesson about one subject.
    pub fn next_of(&self, tenant: &TenantId, subject: &SubjectKey) -> Lesson {
        let lesson = self.next();
        if let Some(last) = self.place(tenant, subject) {
            last.fetch_max(lesson.0, Ordering::SeqCst);
        }
        lesson
    }

    /// No lesson about the subject is newer than this.
    pub fn last_of(&self, tenant: &TenantId, subject: &SubjectKey) -> Lesson {
        let last = self.place(tenant, subject).map(|last| last.load(Ordering::SeqCst));
        last.map_or_else(|| self.so_far(), Lesson)
    }

    fn place(&self, tenant: &TenantId, subject: &SubjectKey) -> Option<&AtomicU64> {
        let hash = self.spread.hash_one((tenant, subject));
        let places = u64::try_from(PLACES).unwrap_or(1);
        self.last.get(usize::try_from(hash % places).ok()?)
    }
}

/// What a settle says about its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taught {
    /// max(1, N − count) afterwards.
    pub permits: i64,
    /// `Settled::order`: settles of one batch are told of in any order.
    pub order: u64,
}

/// What is admitted on its own: a lane, per source where the policy counts per source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// One subject's gate; lives as long as an attempt holds it, and so remembers everything that was
/// taught since the oldest of them read the rows.
#[derive(Debug)]
pub struct Gate {
    /// What was taught of the subject by then may have been taught to a gate before this one.
    born: Lesson,
    state: Mutex<State>,
}

/// Ordered maps, so that the same history gives the same answers.
#[derive(Debug, Default)]
struct State {
    lanes: BTreeMap<GateLane, LaneState>,
    in_flight: usize,
    waiting: usize,
    /// The newest lock of each lane that locked, for those who read the rows before it.
    locks: BTreeMap<GateLane, (Lesson, LockView)>,
}

#[derive(Debug)]
struct LaneState {
    permits: usize,
    /// When `permits` were last taught, and by which settle.
    taught: Option<Lesson>,
    order: u64,
    in_flight: usize,
    /// Waiters by source; the sources take turns.
    queues: VecDeque<(Source, VecDeque<oneshot::Sender<Admission>>)>,
}

/// The right to verify one secret. Dropping it gives it back: no message that could be lost, no
/// wait, no failure.
#[derive(Debug)]
pub struct Permit {
    gate: Arc<Gate>,
    lane: GateLane,
}

/// Rule 2 (a permit is a guard): a panic or a dropped future gives it back like a plain return.
impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.give_back(&self.lane);
    }
}

impl Gate {
    pub fn new(born: Lesson) -> Self {
        Self { born, state: Mutex::default() }
    }

    /// Whether rows that were read at `since` know of everything that this gate does not.
    pub fn complements(&self, since: Lesson) -> bool {
        self.born <= since
    }

    /// Queues for a permit. `permits` is what the rows said, read at `since`: max(1, N − count).
    /// Whoever read them before a lock of the lane is answered with that lock.
    ///
    /// # Errors
    /// [`GateFull`] when the subject has too many waiters.
    pub fn enter(
        self: &Arc<Self>,
        lane: &GateLane,
        source: &Source,
        permits: i64,
        since: Lesson,
    ) -> Result<oneshot::Receiver<Admission>, GateFull> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state.lock();
            if let Some(lock) = state.locked_since(lane, since) {
                // The receiver is in our hands.
                let _held = sender.send(Admission::Locked(lock));
                return Ok(receiver);
            }
            if state.waiting >= SUBJECT_WAITERS {
                return Err(GateFull);
            }
            state.waiting = state.waiting.saturating_add(1);
            let slot = state.lanes.entry(lane.clone()).or_insert_with(|| LaneState {
                permits: at_least_one(permits),
                taught: None,
                order: 0,
                in_flight: 0,
                queues: VecDeque::new(),
            });
            // Rows read after the last lesson may know more: a press, another node's failures.
            if slot.taught.is_none_or(|taught| taught <= since) {
                slot.permits = at_least_one(permits);
            }
            match slot.queues.iter_mut().find(|(queued, _)| queued == source) {
                Some((_, queue)) => queue.push_back(sender),
                None => slot.queues.push_back((source.clone(), VecDeque::from([sender]))),
            }
        }
        self.admit(lane);
        Ok(receiver)
    }

    /// What a settle taught: how many this lane may now have in flight.
    pub fn learn(self: &Arc<Self>, lane: &GateLane, taught: Taught, lesson: Lesson) {
        if let Some(slot) =
            self.state.lock().lanes.get_mut(lane).filter(|slot| slot.order < taught.order)
        {
            slot.permits = at_least_one(taught.permits);
            slot.order = taught.order;
            slot.taught = Some(lesson);
        }
        self.admit(lane);
    }

    /// A lock has been committed: everybody who waits in this lane is told, or, when the whole
    /// account is locked, everybody in a public lane.
    pub fn lock(&self, lane: &GateLane, lock: LockView, lesson: Lesson) {
        let mut told = Vec::new();
        {
            let mut state = self.state.lock();
            if state.locks.len() < REMEMBERED || state.locks.contains_key(lane) {
                state.locks.insert(lane.clone(), (lesson, lock));
            }
            for (other, slot) in &mut state.lanes {
                if shuts(lane, &lock, other) {
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

    /// A press, an unlock or a reset: locks from before it refuse nobody any more.
    pub fn unlock(&self) {
        self.state.lock().locks.clear();
    }

    fn give_back(self: &Arc<Self>, lane: &GateLane) {
        {
            let mut state = self.state.lock();
            state.in_flight = state.in_flight.saturating_sub(1);
            // A lane at rest is kept for what it was taught, within bounds.
            let crowded = state.lanes.len() > REMEMBERED;
            if let Some(slot) = state.lanes.get_mut(lane) {
                slot.in_flight = slot.in_flight.saturating_sub(1);
                if crowded && slot.in_flight == 0 && slot.queues.is_empty() {
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

    /// Hands out what may be handed out.
    fn admit(self: &Arc<Self>, lane: &GateLane) {
        while let Some(waiter) = self.next(lane) {
            self.hand_out(lane, waiter);
        }
    }

    /// A function of its own, so that the lock ends with it: a `while let` on the locked state
    /// would hold it through the loop's body, and a permit that comes back there would wait for it
    /// for ever.
    fn next(&self, lane: &GateLane) -> Option<oneshot::Sender<Admission>> {
        self.state.lock().next(lane)
    }

    /// Never called with the state locked: a receiver that is gone drops the permit, which comes
    /// back through `give_back`.
    fn hand_out(self: &Arc<Self>, lane: &GateLane, waiter: oneshot::Sender<Admission>) {
        let permit = Permit { gate: Arc::clone(self), lane: lane.clone() };
        if let Err(Admission::Admitted(unwanted)) = waiter.send(Admission::Admitted(permit)) {
            drop(unwanted);
        }
    }
}

impl State {
    /// The lock that shut this lane after `since`.
    fn locked_since(&self, lane: &GateLane, since: Lesson) -> Option<LockView> {
        let newer = |(locked, (lesson, lock)): (&GateLane, &(Lesson, LockView))| {
            (*lesson > since && shuts(locked, lock, lane)).then_some(*lock)
        };
        self.locks.iter().find_map(newer)
    }

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
        None
    }
}

/// Whether a lock of lane `locked` refuses `other`. Staff refuses every lane.
fn shuts(locked: &GateLane, lock: &LockView, other: &GateLane) -> bool {
    lock.staff || if lock.source_only { other == locked } else { other.lane == locked.lane }
}

/// Rule 1 (always one permit): a count that stands at N when its lock has ended would leave none,
/// and a lane without a permit never hears of a settle again.
fn at_least_one(permits: i64) -> usize {
    usize::try_from(permits.max(1)).unwrap_or(SUBJECT_PERMITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockout::LockKind;
    use crate::model::{Millis, Until};

    const START: Lesson = Lesson(0);

    fn gate() -> Arc<Gate> {
        Arc::new(Gate::new(START))
    }

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

    fn automatic() -> LockView {
        LockView {
            staff: false,
            kind: LockKind::Automatic,
            source_only: false,
            since: Millis(0),
            until: Until::Unlocked,
        }
    }

    #[test]
    fn who_read_the_rows_before_the_lock_is_not_admitted_after_it() {
        let gate = gate();
        drop(permit(&mut gate.enter(&public(), &source("a"), 8, START).unwrap()).unwrap());
        gate.lock(&public(), automatic(), Lesson(5));
        let mut late = gate.enter(&public(), &source("a"), 8, Lesson(4)).unwrap();
        assert!(matches!(late.try_recv(), Ok(Admission::Locked(_))));
        let mut newer = gate.enter(&public(), &source("a"), 1, Lesson(5)).unwrap();
        assert!(permit(&mut newer).is_some());
    }

    #[test]
    fn settles_that_are_told_of_out_of_order_do_not_raise_the_permits() {
        let gate = gate();
        let held = permit(&mut gate.enter(&public(), &source("a"), 3, START).unwrap()).unwrap();
        gate.learn(&public(), Taught { permits: 1, order: 2 }, Lesson(1));
        gate.learn(&public(), Taught { permits: 2, order: 1 }, Lesson(2));
        let mut next = gate.enter(&public(), &source("a"), 3, START).unwrap();
        assert!(permit(&mut next).is_none());
        drop(held);
        assert!(permit(&mut next).is_some());
    }

    #[test]
    fn a_primed_lane_still_admits_one() {
        let gate = gate();
        let mut first = gate.enter(&public(), &source("a"), 0, START).unwrap();
        let mut second = gate.enter(&public(), &source("a"), 0, START).unwrap();
        let held = permit(&mut first).unwrap();
        assert!(permit(&mut second).is_none());
        drop(held);
        assert!(permit(&mut second).is_some());
    }

    #[test]
    fn a_permit_that_nobody_takes_comes_back() {
        let gate = gate();
        let held = permit(&mut gate.enter(&public(), &source("a"), 1, START).unwrap()).unwrap();
        for _ in 0..500 {
            drop(gate.enter(&public(), &source("a"), 1, START).unwrap());
        }
        let mut patient = gate.enter(&public(), &source("a"), 1, START).unwrap();
        drop(held);
        assert!(permit(&mut patient).is_some());
    }

    /// A waiter may give up in the very moment in which its turn comes.
    #[test]
    fn giving_up_while_being_admitted_blocks_nobody() {
        let gate = gate();
        let (done, ended) = std::sync::mpsc::channel();
        let racing = Arc::clone(&gate);
        std::thread::spawn(move || {
            for _ in 0..2_000 {
                let held = racing.enter(&public(), &source("a"), 1, START);
                let impatient = racing.enter(&public(), &source("b"), 1, START);
                let gives_up = std::thread::spawn(move || drop(impatient));
                drop(held);
                gives_up.join().unwrap();
            }
            done.send(()).unwrap();
        });
        ended.recv_timeout(std::time::Duration::from_secs(60)).expect("the gate hangs");
        let waiter = {
            let (sender, receiver) = oneshot::channel();
            drop(receiver);
            sender
        };
        gate.hand_out(&public(), waiter);
        assert!(permit(&mut gate.enter(&public(), &source("a"), 1, START).unwrap()).is_some());
    }

    #[test]
    fn sources_take_turns() {
        let gate = gate();
        let held = permit(&mut gate.enter(&public(), &source("x"), 1, START).unwrap()).unwrap();
        let flood: Vec<_> =
            (0..10).map(|_| gate.enter(&public(), &source("flood"), 1, START).unwrap()).collect();
        let mut owner = gate.enter(&public(), &source("owner"), 1, START).unwrap();
        drop(held);
        let mut flood = flood.into_iter();
        drop(permit(&mut flood.next().unwrap()).unwrap());
        assert!(permit(&mut owner).is_some());
    }

    #[test]
    fn a_lock_answers_everybody_who_waits() {
        let gate = gate();
        let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START).unwrap()).unwrap();
        let mut waiting: Vec<_> =
            (0..5).map(|_| gate.enter(&public(), &source("a"), 1, START).unwrap()).collect();
        let lock = automatic();
        gate.lock(&public(), lock, Lesson(1));
        assert!(waiting.iter_mut().all(|w| matches!(w.try_recv(), Ok(Admission::Locked(_)))));
    }

    #[test]
    fn the_queue_has_an_end() {
        let gate = gate();
        let _held = permit(&mut gate.enter(&public(), &source("a"), 1, START).unwrap()).unwrap();
        let waiting: Vec<_> = (0..SUBJECT_WAITERS)
            .map(|_| gate.enter(&public(), &source("a"), 1, START).unwrap())
            .collect();
        assert_eq!(gate.enter(&public(), &source("a"), 1, START).unwrap_err(), GateFull);
        drop(waiting);
    }
}

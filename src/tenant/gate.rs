//! The gate of one subject: how many of its attempts may be verified at the same time. It saves
//! hashes and orders waiters; exactness is the settle's (protocol §1, rules 1-2). Knows no policy,
//! no store and no hash.
//!
//! A lane admits `permits` attempts at once, the subject 64; more wait, lanes and in a lane sources
//! in turn, and all are answered at once when the lane locks. Who waits has a seat in the waiting
//! room; who gives up leaves nothing behind.

mod line;

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use self::line::{Line, Waiter};
use super::waiting_room::Corner;
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
    /// Without a key of the process: nobody chooses these names (ids and keyed digests are ours), and
    /// the simulation must find the same places again.
    spread: BuildHasherDefault<DefaultHasher>,
}

/// Places for the last lessons: 32 KiB for the process.
const PLACES: usize = 4096;

impl Default for Lessons {
    fn default() -> Self {
        let last = std::iter::repeat_with(AtomicU64::default).take(PLACES).collect();
        Self { count: AtomicU64::default(), last, spread: BuildHasherDefault::default() }
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

/// Too many wait already, of this subject or in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateFull;

/// One subject's gate; lives as long as an attempt holds it, and so remembers everything that was
/// taught since the oldest of them read the rows.
#[derive(Debug)]
pub struct Gate {
    /// What was taught of the subject by then may have been taught to a gate before this one.
    born: Lesson,
    corner: Arc<Corner>,
    state: Mutex<State>,
}

/// Ordered maps, so that the same history gives the same answers.
#[derive(Debug, Default)]
struct State {
    lanes: BTreeMap<GateLane, LaneState>,
    /// Lanes whose waiters only the subject's own limit holds back, each once.
    ready: VecDeque<GateLane>,
    in_flight: usize,
    waiting: usize,
    /// Numbers waiters in the order of their arrival.
    last: u64,
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
    line: Line,
    /// Whether it stands in `State::ready`.
    ready: bool,
}

/// A place in the line; dropping it leaves the line.
#[derive(Debug)]
pub struct Turn {
    gate: Arc<Gate>,
    lane: GateLane,
    source: Source,
    /// `None`: answered at once.
    number: Option<u64>,
    answer: oneshot::Receiver<Admission>,
}

/// The gate is gone, which it is not while a turn holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unanswered;

impl Future for Turn {
    type Output = Result<Admission, Unanswered>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(context).map_err(|_| Unanswered)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.gate.leave(&self.lane, &self.source, number);
        }
        // A permit that has arrived meanwhile goes back with the receiver.
    }
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
    pub fn new(born: Lesson, corner: Arc<Corner>) -> Self {
        Self { born, corner, state: Mutex::default() }
    }

    /// Whether rows that were read at `since` know of everything that this gate does not.
    pub fn complements(&self, since: Lesson) -> bool {
        self.born <= since
    }

    /// Queues for a permit. `permits` is what the rows said, read at `since`: max(1, N − count).
    /// Whoever read them before a lock of the lane is answered with that lock. `bytes` is the memory
    /// that the attempt takes while it waits.
    ///
    /// # Errors
    /// [`GateFull`] when the subject has too many waiters, or all tenants together.
    pub fn enter(
        self: &Arc<Self>,
        lane: &GateLane,
        source: &Source,
        permits: i64,
        since: Lesson,
        bytes: usize,
    ) -> Result<Turn, GateFull> {
        let (sender, answer) = oneshot::channel();
        let turn = |number| Turn {
            gate: Arc::clone(self),
            lane: lane.clone(),
            source: source.clone(),
            number,
            answer,
        };
        let mut state = self.state.lock();
        if let Some(lock) = state.locked_since(lane, since) {
            drop(state);
            // The receiver is in our hands.
            let _held = sender.send(Admission::Locked(lock));
            return Ok(turn(None));
        }
        let slot = state.lanes.entry(lane.clone()).or_insert_with(|| LaneState {
            permits: at_least_one(permits),
            taught: None,
            order: 0,
            in_flight: 0,
            line: Line::default(),
            ready: false,
        });
        // Rows read after the last lesson may know more: a press, another node's failures.
        if slot.taught.is_none_or(|taught| taught <= since) {
            slot.permits = at_least_one(permits);
        }
        if state.admits_at_once(lane) {
            drop(state);
            self.hand_out(lane, sender);
            return Ok(turn(None));
        }
        let room = state.waiting < SUBJECT_WAITERS;
        let Some(seat) = room.then(|| self.corner.sit(bytes)).flatten() else {
            state.forget_at_rest(lane);
            return Err(GateFull);
        };
        let number = state.queue(lane, source, Waiter { sender, seat });
        drop(state);
        self.admit();
        Ok(turn(Some(number)))
    }

    /// What a settle taught: how many this lane may now have in flight.
    pub fn learn(self: &Arc<Self>, lane: &GateLane, taught: Taught, lesson: Lesson) {
        {
            let mut state = self.state.lock();
            if let Some(slot) = state.lanes.get_mut(lane)
                && slot.order < taught.order
            {
                slot.permits = at_least_one(taught.permits);
                slot.order = taught.order;
                slot.taught = Some(lesson);
            }
            state.make_ready(lane);
        }
        self.admit();
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
                    told.extend(slot.line.clear());
                }
            }
            state.waiting = state.waiting.saturating_sub(told.len());
        }
        for waiter in told {
            // A waiter that gave up has no use for the news.
            let _gone = waiter.sender.send(Admission::Locked(lock));
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
            if let Some(slot) = state.lanes.get_mut(lane) {
                slot.in_flight = slot.in_flight.saturating_sub(1);
            }
            state.make_ready(lane);
            state.forget_at_rest(lane);
        }
        self.admit();
    }

    /// Somebody gave up; nothing happens where they were answered already.
    fn leave(&self, lane: &GateLane, source: &Source, number: u64) {
        let mut state = self.state.lock();
        let gone = state.lanes.get_mut(lane).and_then(|slot| slot.line.remove(source, number));
        if gone.is_some() {
            state.waiting = state.waiting.saturating_sub(1);
            state.forget_at_rest(lane);
        }
    }

    /// Hands out what may be handed out.
    fn admit(self: &Arc<Self>) {
        while let Some((lane, waiter)) = self.next() {
            self.hand_out(&lane, waiter.sender);
        }
    }

    /// A function of its own, so that the lock ends with it: a `while let` on the locked state
    /// would hold it through the loop's body, and a permit that comes back there would wait for it
    /// for ever.
    fn next(&self) -> Option<(GateLane, Waiter)> {
        self.state.lock().next()
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

    /// Counts an attempt as in flight where nobody waits before it and both limits allow it.
    fn admits_at_once(&mut self, lane: &GateLane) -> bool {
        let Some(slot) = self.lanes.get_mut(lane) else { return false };
        let free = self.in_flight < SUBJECT_PERMITS && slot.in_flight < slot.permits;
        if !free || !slot.line.is_empty() {
            return false;
        }
        slot.in_flight = slot.in_flight.saturating_add(1);
        self.in_flight = self.in_flight.saturating_add(1);
        true
    }

    fn queue(&mut self, lane: &GateLane, source: &Source, waiter: Waiter) -> u64 {
        self.waiting = self.waiting.saturating_add(1);
        self.last = self.last.saturating_add(1);
        if let Some(slot) = self.lanes.get_mut(lane) {
            slot.line.push(source, self.last, waiter);
        }
        self.make_ready(lane);
        self.last
    }

    /// Puts the lane among those that the subject's limit alone holds back, if it does.
    fn make_ready(&mut self, lane: &GateLane) {
        if let Some(slot) = self.lanes.get_mut(lane)
            && !slot.ready
            && slot.in_flight < slot.permits
            && !slot.line.is_empty()
        {
            slot.ready = true;
            self.ready.push_back(lane.clone());
        }
    }

    /// The next waiter, counted as in flight; lanes in turn. Waiters that have gone are passed over.
    fn next(&mut self) -> Option<(GateLane, Waiter)> {
        while self.in_flight < SUBJECT_PERMITS {
            let lane = self.ready.pop_front()?;
            let Some(slot) = self.lanes.get_mut(&lane) else { continue };
            slot.ready = false;
            if slot.in_flight >= slot.permits {
                continue;
            }
            let Some(waiter) = slot.line.pop() else { continue };
            self.waiting = self.waiting.saturating_sub(1);
            let wanted = !waiter.sender.is_closed();
            if wanted {
                slot.in_flight = slot.in_flight.saturating_add(1);
                self.in_flight = self.in_flight.saturating_add(1);
            }
            self.make_ready(&lane);
            if wanted {
                return Some((lane, waiter));
            }
        }
        None
    }

    /// A lane at rest is kept for what it was taught, within bounds.
    fn forget_at_rest(&mut self, lane: &GateLane) {
        let at_rest = |slot: &LaneState| slot.in_flight == 0 && slot.line.is_empty();
        if self.lanes.len() > REMEMBERED && self.lanes.get(lane).is_some_and(at_rest) {
            self.lanes.remove(lane);
        }
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
mod tests;

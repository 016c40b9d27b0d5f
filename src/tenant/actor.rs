//! One actix actor per tenant: it owns the gates of the subjects that are being tried and publishes
//! what a settle taught. It serialises by changing state before anything is awaited: every handler
//! here is synchronous, touches memory only and answers at once (`codebases.md` §2: an async
//! handler does not serialise, a blocking one stalls its neighbours).
//!
//! A panic kills an actor and nothing restarts it; the directory notices a closed address and
//! starts a fresh one, which needs no memory of the old: the rows hold everything that counts.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actix::prelude::*;

use super::directory::Place;
use super::gate::{Gate, GateLane, Lesson, Lessons, Taught};
use super::locked_table::LockedTable;
use super::waiting_room::{Corner, WaitingRoom};
use crate::lockout::{LockView, LockoutType, Policy};
use crate::model::{CanonicalKey, Clock, Count, Lane, Meter, Source, TenantId};
use crate::store::SubjectKey;

/// Messages that may wait for one tenant; past this a sender waits, up to its time-out.
const MAILBOX: usize = 1024;
/// Gates in the table before those that nobody holds are looked for; then at twice as many as were
/// held. A flood of names leaves as many behind as were tried at once, not as many as were tried.
const FEW_GATES: usize = 4;

/// What all actors share.
pub struct Surroundings {
    pub clock: Arc<dyn Clock>,
    pub meter: Arc<dyn Meter>,
    pub locked: Arc<LockedTable>,
    pub lessons: Lessons,
    /// An actor without work for this long stops; its tenant costs nothing then.
    pub idle_stop: Duration,
    pub waiting_room: Arc<WaitingRoom>,
}

/// The moment before rows are read or locked. What they say is true of then, however late it is told.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub lesson: Lesson,
    /// By the monotonic clock.
    pub monotonic: Duration,
}

impl Surroundings {
    /// This moment.
    pub fn asked(&self) -> Asked {
        Asked { lesson: self.lessons.so_far(), monotonic: self.clock.monotonic() }
    }
}

/// The tenant's actor. What it does with a message are functions of its own, so that the simulation
/// of the tests runs them without a mailbox.
pub struct TenantActor {
    tenant: Arc<TenantId>,
    /// Given back to the directory when the actor goes.
    _place: Option<Place>,
    around: Arc<Surroundings>,
    gates: HashMap<SubjectKey, Weak<Gate>>,
    /// The tenant's part of the waiting room.
    corner: Arc<Corner>,
    /// At this many gates the ones that nobody holds are swept out.
    sweep_at: usize,
    last_work: Duration,
    /// A lock that was read before this may have been lifted since; all subjects share it, because
    /// the worst that follows is one more read. An actor knows nothing of its predecessor's.
    last_unlock: Lesson,
}

impl TenantActor {
    /// An actor that no directory knows.
    #[must_use]
    pub fn new(tenant: Arc<TenantId>, around: Arc<Surroundings>) -> Self {
        let (last_work, last_unlock) = (around.clock.monotonic(), around.lessons.next());
        let (gates, corner) = (HashMap::new(), around.waiting_room.corner());
        let sweep_at = FEW_GATES;
        Self { tenant, _place: None, around, gates, corner, sweep_at, last_work, last_unlock }
    }

    /// An actor that the directory finds until it goes.
    pub(super) fn at(place: Place, around: Arc<Surroundings>) -> Self {
        let tenant = Arc::clone(&place.tenant);
        Self { _place: Some(place), ..Self::new(tenant, around) }
    }

    /// The one gate of a subject.
    pub fn gate(&mut self, subject: &SubjectKey) -> Arc<Gate> {
        self.last_work = self.around.clock.monotonic();
        if let Some(gate) = self.gates.get(subject).and_then(Weak::upgrade) {
            return gate;
        }
        if self.gates.len() >= self.sweep_at {
            self.sweep();
        }
        // Locks that were read before the last unlock are distrusted, and so before this actor began:
        // with such rows one would wait on after the lock, and another be hashed for nothing.
        let born = self.around.lessons.last_of(&self.tenant, subject).max(self.last_unlock);
        let gate = Arc::new(Gate::new(born, Arc::clone(&self.corner)));
        self.gates.insert(subject.clone(), Arc::downgrade(&gate));
        gate
    }

    /// News may come late: a lock that has ended meanwhile refuses nobody any more.
    fn stands(&self, lock: &LockView) -> bool {
        lock.until.holds_at(self.around.clock.now())
    }

    fn sweep(&mut self) {
        self.gates.retain(|_, gate| gate.strong_count() > 0);
        self.sweep_at = self.gates.len().saturating_mul(2).max(FEW_GATES);
        // A table keeps its room for ever.
        if self.gates.is_empty() {
            self.gates = HashMap::new();
        } else if self.gates.capacity() > self.sweep_at.saturating_mul(4) {
            self.gates.shrink_to(self.sweep_at);
        }
    }

    /// From when on a lock may be believed for its second. `None`: the news of a later unlock may have
    /// overtaken it.
    fn trusted(&self, asked: Asked) -> Option<Duration> {
        (asked.lesson >= self.last_unlock).then_some(asked.monotonic)
    }

    /// Takes what a settle, or a look at the rows, taught.
    pub fn settled(&mut self, message: LearnSettled) {
        self.last_work = self.around.clock.monotonic();
        let lesson = self.around.lessons.next_of(&self.tenant, &message.subject);
        let gate = self.gates.get(&message.subject).and_then(Weak::upgrade);
        if let Some(lock) = message.lock {
            let looked = self.trusted(message.asked);
            // Locks of a device or a pass concern nobody else, and their requests carry a
            // cookie, which the table is never asked for.
            if message.lane.lane.is_public() || lock.staff {
                let (locked, source) = (&self.around.locked, Some(&message.source));
                locked.publish(&self.tenant, &message.keys, source, lock, looked);
            }
            if let Some(gate) = &gate
                && looked.is_some()
                && self.stands(&lock)
            {
                gate.lock(&shut_by(&lock, &message), lock, lesson);
            }
        }
        if let (Some(gate), Some(taught)) = (gate, message.taught) {
            gate.learn(&message.lane, taught, lesson);
        }
    }

    /// Takes a change that was decided outside of attempts.
    pub fn changed(&mut self, message: LearnChanged) {
        self.last_work = self.around.clock.monotonic();
        let lesson = self.around.lessons.next_of(&self.tenant, &message.subject);
        let gate = self.gates.get(&message.subject).and_then(Weak::upgrade);
        match message.lock {
            Some(lock) => {
                let looked = self.trusted(message.asked);
                self.around.locked.publish(&self.tenant, &message.keys, None, lock, looked);
                if let Some(gate) = gate
                    && looked.is_some()
                    && self.stands(&lock)
                {
                    gate.lock(&GateLane { lane: Lane::Public, source: None }, lock, lesson);
                }
            }
            None => {
                self.last_unlock = lesson;
                self.around.locked.withdraw(&self.tenant, &message.keys, None);
                if let Some(gate) = gate {
                    gate.unlock();
                }
            }
        }
    }
}

impl Actor for TenantActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(MAILBOX);
        self.around.meter.add(Count::ActorsStarted, 1);
    }
}

/// Asks the actor to forget what nobody needs, and to stop if nothing is left and nothing happened
/// for long. Sent in every round of upkeep.
pub struct Rest;

impl Message for Rest {
    type Result = ();
}

impl Handler<Rest> for TenantActor {
    type Result = ();

    fn handle(&mut self, _: Rest, ctx: &mut Context<Self>) {
        self.sweep();
        let idle = self.around.clock.monotonic().saturating_sub(self.last_work);
        if self.gates.is_empty() && idle >= self.around.idle_stop {
            ctx.stop();
        }
    }
}

/// Asks for the gate of a subject. Keeps invariant: at most one live gate a subject and actor.
pub struct EnterGate {
    pub subject: SubjectKey,
}

impl Message for EnterGate {
    type Result = Arc<Gate>;
}

impl Handler<EnterGate> for TenantActor {
    type Result = MessageResult<EnterGate>;

    fn handle(&mut self, message: EnterGate, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.gate(&message.subject))
    }
}

/// What a committed settle, or a look at the rows, taught. Sent and answered *before* the attempt is
/// answered, so that a lock is published before anybody hears of it.
#[derive(Debug, Clone)]
pub struct LearnSettled {
    pub subject: SubjectKey,
    pub lane: GateLane,
    pub source: Source,
    /// `None`: the rows were only looked at.
    pub taught: Option<Taught>,
    pub lock: Option<LockView>,
    /// Before the rows were locked or looked at.
    pub asked: Asked,
    /// All identifiers of the subject; filled when `lock` is.
    pub keys: Vec<CanonicalKey>,
}

impl Message for LearnSettled {
    type Result = ();
}

impl Handler<LearnSettled> for TenantActor {
    type Result = ();

    fn handle(&mut self, message: LearnSettled, _: &mut Context<Self>) {
        self.settled(message);
    }
}

/// A staff lock, unlock, press or reset was committed. Answered before the change is answered:
/// published before a lock, withdrawn before an unlock.
#[derive(Debug, Clone)]
pub struct LearnChanged {
    pub subject: SubjectKey,
    pub keys: Vec<CanonicalKey>,
    pub lock: Option<LockView>,
    /// Before the change was handed to the store.
    pub asked: Asked,
}

impl Message for LearnChanged {
    type Result = ();
}

impl Handler<LearnChanged> for TenantActor {
    type Result = ();

    fn handle(&mut self, message: LearnChanged, _: &mut Context<Self>) {
        self.changed(message);
    }
}

/// Whom a lock shuts out. One of a single source shuts out that source alone, although the attempt
/// may have entered the gate in everybody's lane: the policy was another one then.
fn shut_by(lock: &LockView, message: &LearnSettled) -> GateLane {
    let lane = message.lane.clone();
    if lock.source_only { GateLane { source: Some(message.source.clone()), ..lane } } else { lane }
}

/// The lane that the gate counts for an attempt: per source only where the policy counts so.
#[must_use]
pub fn gate_lane(policy: &Policy, lane: &Lane, source: &Source) -> GateLane {
    let by_source = lane.is_public() && policy.lockout_type == LockoutType::PerUserPerIp;
    GateLane { lane: lane.clone(), source: by_source.then(|| source.clone()) }
}

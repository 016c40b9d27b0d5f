//! A node: one process with its clock, the real actor, gates and published table, a committer, and
//! the messages that are on their way inside it. A crash loses all of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::model::Millis;
use lockkeeper::model::meter::NoMeter;
use lockkeeper::store::SubjectKey;
use lockkeeper::store::outbox::OutboxRow;
use lockkeeper::store::settle::{ResetRequest, SettleRequest, Settled};
use lockkeeper::store::subject_events::{SubjectChange, SubjectRequest};
use lockkeeper::store::subject_mails::UnlockMailRequest;
use lockkeeper::tenant::actor::{LearnChanged, LearnSettled, Surroundings, TenantActor};
use lockkeeper::tenant::gate::{Gate, Lessons};
use lockkeeper::tenant::locked_table::LockedTable;
use lockkeeper::tenant::waiting_room::WaitingRoom;

use super::clock::NodeClock;
use super::factors::Tried;
use super::facts::Fact;
use super::image::Written;
use super::names::NAMES;
use super::plain::{Done, Plain};

/// A message to the tenant's actor, and the task that waits for its answer.
pub(crate) struct Letter {
    pub(crate) task: Option<u64>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    Enter(SubjectKey),
    Settled(LearnSettled),
    Changed(LearnChanged),
}

/// What a task is answered.
pub(crate) enum Reply {
    Gate(Arc<Gate>),
    Learned,
    /// The actor did not answer in time.
    Silent,
    Settled(Result<Box<Settled>, Refused>),
    Changed(Result<Box<SubjectChange>, Refused>),
    Mailed,
    Done(Result<Done, Refused>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Unavailable,
    Unclear,
    /// By the job itself: not found, taken.
    ByJob,
}

#[expect(clippy::large_enum_variant, reason = "most jobs are settles")]
pub(crate) enum Work {
    Settle { request: SettleRequest, tried: Tried },
    Change(SubjectRequest),
    Mail(UnlockMailRequest),
    Reset(Box<ResetRequest>),
    Plain(Plain),
}

/// One write, handed to the committer.
pub(crate) struct Job {
    pub(crate) task: u64,
    pub(crate) work: Work,
    /// Whatever is tried, its statement fails: the bad item of a batch.
    pub(crate) bad: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Batch,
    /// After a failed batch: alone.
    Single,
    /// After an unclear commit: by the attempt id.
    AskAgain,
}

/// Jobs that a transaction is to be begun for.
pub(crate) struct Forming {
    pub(crate) jobs: Vec<Job>,
    pub(crate) mode: Mode,
    /// The database's clock when the transaction asked for its rows.
    pub(crate) asked: Millis,
}

/// A transaction that has decided and not committed yet.
pub(crate) struct Open {
    pub(crate) jobs: Vec<Job>,
    pub(crate) mode: Mode,
    pub(crate) written: Written,
    pub(crate) facts: Vec<Fact>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) locks: BTreeSet<SubjectKey>,
    /// The commit is on its way to the disk.
    pub(crate) sent: bool,
    /// Defect `MailAfterCommit`: rows that are written by and by.
    pub(crate) late: Vec<OutboxRow>,
}

#[derive(Default)]
pub(crate) struct Committer {
    pub(crate) queue: VecDeque<Job>,
    pub(crate) again: VecDeque<(Vec<Job>, Mode)>,
    pub(crate) forming: Option<Forming>,
    pub(crate) open: Option<Open>,
}

pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) life: u32,
    pub(crate) skew: i64,
    pub(crate) born: i64,
    pub(crate) clock: Arc<NodeClock>,
    pub(crate) around: Arc<Surroundings>,
    pub(crate) actor: TenantActor,
    pub(crate) mailbox: Vec<Letter>,
    pub(crate) committer: Committer,
    pub(crate) order: u64,
    /// Defect `CachedPolicyDecides`: the version this node knows of.
    pub(crate) known_version: usize,
    /// The step in which an unlock of a key was last answered here.
    pub(crate) unlocked: BTreeMap<usize, u64>,
    /// Defect `MailAfterCommit`.
    pub(crate) late: Vec<OutboxRow>,
}

fn surroundings(clock: &Arc<NodeClock>) -> Arc<Surroundings> {
    Arc::new(Surroundings {
        clock: Arc::clone(clock) as _,
        meter: Arc::new(NoMeter),
        locked: Arc::new(LockedTable::default()),
        lessons: Lessons::default(),
        waiting_room: WaitingRoom::new(1 << 20),
        idle_stop: Duration::from_secs(300),
    })
}

impl Node {
    pub(crate) fn start(name: String, life: u32, skew: i64, now: i64, version: usize) -> Self {
        let clock = Arc::new(NodeClock::default());
        clock.set(now + skew, 0);
        let around = surroundings(&clock);
        let actor = TenantActor::new(Arc::new(NAMES.tenant.clone()), Arc::clone(&around));
        Self {
            name,
            life,
            skew,
            born: now,
            clock,
            around,
            actor,
            mailbox: Vec::new(),
            committer: Committer::default(),
            order: 0,
            known_version: version,
            unlocked: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    pub(crate) fn tick(&self, now: i64) {
        self.clock.set(now + self.skew, now - self.born);
    }

    /// The actor alone dies: gates that nobody holds are gone, the table and the lessons stay.
    pub(crate) fn new_actor(&mut self) {
        self.actor = TenantActor::new(Arc::new(NAMES.tenant.clone()), Arc::clone(&self.around));
    }

    pub(crate) fn handle(&mut self, body: Body) -> Reply {
        match body {
            Body::Enter(subject) => Reply::Gate(self.actor.gate(&subject)),
            Body::Settled(message) => {
                self.actor.settled(message);
                Reply::Learned
            }
            Body::Changed(message) => {
                self.actor.changed(message);
                Reply::Learned
            }
        }
    }
}

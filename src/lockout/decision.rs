//! What `decide` answers: the new state, the decision, and effects as values.

use super::state::{LockKind, SubjectView};
use crate::model::{Millis, Until};

/// A lock as it is told to people: which kind, since when, until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockView {
    /// Staff locks are reported as `staff: true` and outrank the rest.
    pub staff: bool,
    pub kind: LockKind,
    /// Only one source is locked, not the account (`per_user_per_ip`).
    pub source_only: bool,
    pub since: Millis,
    pub until: Until,
}

/// Why a verified failure did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UncountedReason {
    /// The policy has lockout switched off.
    LockoutOff,
    /// The policy does not select this authenticator.
    AuthenticatorNotSelected,
    /// The same wrong password again from the same source (`ignore_repeated_secret`).
    Repeated,
}

/// What happened. Can grow; every `match` over it is exhaustive, so growth is noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Locked already: the outcome is thrown away, right or wrong (protocol rule 5).
    Refused(LockView),
    /// The lane of the event no longer exists (a pass used up, a device revoked): go public.
    LaneDead,
    /// The failure counted. `remaining` tries before the lock.
    Counted { remaining: i64 },
    /// The failure counted and made a lock.
    CountedAndLocked(LockView),
    /// The failure was verified but does not count.
    Uncounted(UncountedReason),
    /// A right secret; nothing cleared yet.
    Passed,
    /// The sign-in is complete; its share is cleared.
    Completed,
    /// Staff locked the subject.
    StaffLocked(LockView),
    /// Staff unlocked; `lifted` is what stood.
    StaffUnlocked { lifted: Option<LockView> },
    /// The press ended this episode's lock (or its primed count).
    Unlocked { lifted: Option<LockView> },
    /// The press changes nothing, and why.
    PressVoid(PressVoid),
    /// Reset by mail ended lock, count, steps and long run.
    Reset { lifted: Option<LockView> },
}

/// Why a press changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PressVoid {
    /// An earlier press of this episode worked, at this instant.
    AlreadyUnlocked { at: Millis },
    /// The episode ended by itself, sign-in, staff or reset; `lock_ended` when the lock ran out.
    EpisodeOver { lock_ended: Option<Millis> },
    /// The link belongs to an episode before the present one.
    Superseded,
    /// Staff locked the account: only staff unlocks.
    StaffLocked,
    /// A long-run lock: reset or staff.
    LongRunLocked,
    /// `unlocks_per_day` is used up until this instant.
    DailyLimit { until: Millis },
    /// The number was never an episode of this subject.
    Unknown,
}

/// To be carried out in the transaction that writes the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Put an unlock mail for this episode into the outbox; `reminder` when the episode was mailed
    /// before. For a phantom the store writes a void row in its place (protocol rule 19).
    SendUnlockMail {
        episode: i64,
        reminder: bool,
    },
    Audit(AuditFact),
    /// An event for webhooks and tenant alerts.
    Notify(Notice),
}

/// Facts for the audit log; who did it is known to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditFact {
    Locked(LockView),
    Unlocked { by: UnlockedBy, lifted: Option<LockView> },
}

/// What ended a lock early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnlockedBy {
    Press,
    Staff,
    Reset,
}

/// Events that other systems hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    UserLocked(LockView),
    UserUnlocked { by: UnlockedBy },
}

/// The answer of `decide`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub state: SubjectView,
    pub decision: Decision,
    pub effects: Vec<Effect>,
}

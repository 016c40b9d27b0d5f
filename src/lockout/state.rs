//! What is remembered about one subject, as the core sees it: one [`SubjectState`] (the row that
//! serialises everything) and, beneath it, the rows of the source and the lane of the event at hand.
//! Knows nothing of rows, columns or keys; `store` converts.

use crate::model::{Millis, Span, Until};

/// Which clearing a source or lane row has seen. The subject's eras only rise; a row that was
/// written under an older era is read as if it had been cleared since. So a press or a staff
/// unlock clears every source at once by writing one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Eras {
    /// Raised when all counts are cleared (history passed, press, reset, staff unlock, `fresh`).
    pub count: i64,
    /// Raised when the steps start over (history passed, reset, staff unlock).
    pub step: i64,
    /// Raised when automatic locks are lifted (press, reset, staff unlock).
    pub lock: i64,
}

/// Where the next lock's length comes from: exponent = `base + (count − N)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ladder {
    /// Steps already climbed when the count was last cleared without forgetting the steps.
    pub base: i64,
    /// Exponent of the most recent lock of this ladder.
    pub last: Option<i64>,
}

/// Why a lock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockKind {
    /// By the policy's threshold; ends by itself, by a press, by reset or staff.
    Automatic,
    /// By `long_run_limit`; ends by reset or staff only.
    LongRun,
}

/// A policy lock. It stays in the state after it has ended, so that pages can say when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    pub kind: LockKind,
    pub since: Millis,
    pub until: Until,
    /// `fresh` mode: the count has been cleared for this lock's end already.
    pub spent: bool,
}

/// A lock by staff or by the Backend API; held apart from the policy lock (protocol rule 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffLock {
    pub since: Millis,
    pub until: Until,
}

/// One subject: a user, or a phantom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubjectState {
    /// The latest instant decided here; "now" is never earlier (protocol rule 12).
    pub last_instant: Millis,
    /// Counted failures of the public lane over all sources.
    pub count: i64,
    /// The count is forgotten once now is past this.
    pub deadline: Option<Millis>,
    /// Steps of the account-wide lock (`per_user`).
    pub ladder: Ladder,
    /// Account-wide policy lock: automatic in `per_user`, long-run in either type.
    pub lock: Option<Lock>,
    pub staff_lock: Option<StaffLock>,
    /// Failures over all lanes since the last completed sign-in, reset or staff unlock.
    pub long_run: i64,
    /// Number of the latest episode; 0 before the first. Only rises.
    pub episode: i64,
    pub episode_open: bool,
    /// When the lock that opened the episode was made: what the mail and the link page tell.
    pub episode_since: Option<Millis>,
    /// When this episode last mailed its owner; a reminder is due 24 h later.
    pub episode_mailed: Option<Millis>,
    /// Latest end of any public lock of this episode, per-source ones included.
    pub episode_lock_end: Option<Until>,
    /// `per_user_per_ip`: sources whose count reached N in this count era.
    pub hot_sources: i64,
    /// Presses that took effect, with `presses_since` the start of their 24 h window.
    pub presses: i64,
    pub presses_since: Option<Millis>,
    /// When the last press took effect, for "already unlocked at".
    pub last_press: Option<Millis>,
    /// Raised by every lock of the public lane; a passed factor counts only under its own serial.
    pub public_serial: i64,
    /// Raised by staff lock, ban and credential change: kills passed factors of all lanes.
    pub all_serial: i64,
    /// Raised when device lanes are cleared with everything else (reset, staff unlock).
    pub lanes_era: i64,
    pub eras: Eras,
}

/// One source beneath a subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceState {
    /// Counted failures of this source in the public lane (both lockout types keep it).
    pub count: i64,
    pub ladder: Ladder,
    /// Its own automatic lock (`per_user_per_ip`).
    pub lock: Option<Lock>,
    /// Counted in `SubjectState::hot_sources`.
    pub hot: bool,
    /// The subject's eras when this row was last written.
    pub eras: Eras,
}

/// One device or pass lane beneath a subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaneState {
    pub count: i64,
    pub deadline: Option<Millis>,
    pub ladder: Ladder,
    pub lock: Option<Lock>,
    /// Failures in this lane since the subject's long-run limit was reached.
    pub beyond_long_run: i64,
    /// Raised by every lock of this lane.
    pub serial: i64,
    /// A grace pass that is used up, expired or revoked; a device that was revoked.
    pub dead: bool,
    /// A grace pass ends here; devices have none.
    pub expires: Option<Millis>,
    /// The subject's `lanes_era` when this row was last written: a device row of an older era is
    /// read as cleared, so a reset reaches every device by writing one row.
    pub era: i64,
    /// The subject's `all_serial` when a pass was made: a pass of an older serial is dead (staff
    /// lock, reset, ban, credential change). Devices do not use it.
    pub all_serial: i64,
}

/// A grace pass lives this long (DESIGN §7).
pub const GRACE_PASS_LIFETIME: Span = Span::DAY;

impl LaneState {
    /// The row of a device that has just completed a sign-in.
    #[must_use]
    pub fn device(subject: &SubjectState) -> Self {
        Self { era: subject.lanes_era, all_serial: subject.all_serial, ..Self::default() }
    }

    /// The row of a grace pass given out at `now`. A pass row made by `default()` is dead as soon
    /// as the subject has ever raised `all_serial`: forgetting this constructor fails closed.
    #[must_use]
    pub fn pass(subject: &SubjectState, now: Millis) -> Self {
        Self { expires: Some(now.after(GRACE_PASS_LIFETIME)), ..Self::device(subject) }
    }
}

impl Lock {
    /// In force: locked while `now` is before the end.
    #[must_use]
    pub fn holds_at(&self, now: Millis) -> bool {
        self.until.holds_at(now)
    }

    /// Ended by itself, and its end has not been taken for a fresh start yet.
    #[must_use]
    pub fn ended_unspent(&self, now: Millis) -> bool {
        !self.spent && !self.holds_at(now)
    }
}

impl Ladder {
    /// The count goes to zero but the steps are kept: the next lock continues one step higher.
    #[must_use]
    pub const fn climbed(self) -> Self {
        match self.last {
            Some(last) => Self { base: last.saturating_add(1), last: self.last },
            None => self,
        }
    }
}

/// Everything one decision reads and writes: the subject, the source of the event, and its lane
/// when that is not the public one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubjectView {
    pub subject: SubjectState,
    pub source: SourceState,
    pub lane: LaneState,
}

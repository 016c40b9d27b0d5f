//! The reference model: the lockout rules written down as plainly as possible. Every row is in
//! memory, every clearing is done at once; no eras, no effects, no saturation.

use std::collections::BTreeMap;

use lockkeeper::lockout::{CountAfterLock, LockLength, LockoutType, Policy};
use lockkeeper::model::{Lane, LaneId, Millis, Span, Until};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Source(u8),
    Device(u8),
    Pass(u8),
}

pub(crate) const EVERYBODY: [Who; 7] = [
    Who::Source(0),
    Who::Source(1),
    Who::Source(2),
    Who::Device(0),
    Who::Device(1),
    Who::Pass(0),
    Who::Pass(1),
];

impl Who {
    pub(crate) fn lane(self) -> Lane {
        match self {
            Self::Source(_) => Lane::Public,
            Self::Device(n) => Lane::Device(LaneId(n.to_string())),
            Self::Pass(n) => Lane::Pass(LaneId(n.to_string())),
        }
    }
}

/// What an answer says, without its trimmings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    Refused(Until),
    Dead,
    Counted(i64),
    Locked(Until),
    Uncounted,
    Good,
    Unlocked,
    Void(&'static str),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) count: i64,
    base: i64,
    last: Option<i64>,
    pub(crate) lock: Option<Until>,
    /// The count was cleared since that lock was made.
    cleared: bool,
    deadline: Option<i64>,
    beyond: i64,
    pub(crate) dead: bool,
    dies: Option<i64>,
}

impl Row {
    pub(crate) fn pass(born: i64) -> Self {
        Self { dies: Some(born + Span::DAY.0), ..Self::default() }
    }

    fn clear(&mut self) {
        self.count = 0;
        self.cleared = true;
        self.base = self.last.map_or(self.base, |last| last + 1);
    }

    fn forget(&mut self) {
        self.clear();
        (self.base, self.last) = (0, None);
    }

    pub(crate) fn locked(&self, now: i64) -> Option<Until> {
        self.lock.filter(|lock| lock.holds_at(Millis(now)))
    }

    /// Locks with the exponent of a count that is `over` above N.
    fn relock(&mut self, policy: &Policy, over: i64, now: i64) -> Until {
        self.last = Some(self.base + over);
        let end = length(policy, self.base + over).map_or(Until::Unlocked, |ms| at(now + ms));
        (self.lock, self.cleared) = (Some(end), false);
        end
    }

    fn fresh_start(&mut self, policy: &Policy, now: i64) -> bool {
        let due = policy.count_after_lock == CountAfterLock::Fresh
            && self.lock.is_some()
            && self.locked(now).is_none()
            && !self.cleared;
        if due {
            self.clear();
        }
        due
    }
}

pub(crate) fn at(ms: i64) -> Until {
    Until::At(Millis(ms))
}

fn length(policy: &Policy, exponent: i64) -> Option<i64> {
    let (LockLength::For(first), LockLength::For(most)) =
        (policy.minimum_duration, policy.maximum_duration)
    else {
        return None;
    };
    let grown = (0..exponent.min(40)).fold(first.0, |length, _| {
        (length * policy.backoff_factor.thousandths() / 1_000).min(most.0)
    });
    Some(grown.min(most.0))
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) now: i64,
    pub(crate) rows: BTreeMap<Who, Row>,
    /// The account's own lock and steps; its count is the sum over the sources.
    pub(crate) account: Row,
    account_long_run: bool,
    pub(crate) staff: Option<Until>,
    pub(crate) long_run: i64,
    pub(crate) deadline: Option<i64>,
    pub(crate) episode: i64,
    pub(crate) open: bool,
    mailed: i64,
    window: Option<i64>,
    presses: i64,
    /// Locks of public lanes made so far.
    pub(crate) public_locks: i64,
}

impl Model {
    fn row(&mut self, who: Who) -> &mut Row {
        self.rows.entry(who).or_default()
    }

    fn sources(&mut self) -> impl Iterator<Item = &mut Row> {
        self.rows.iter_mut().filter(|(who, _)| matches!(who, Who::Source(_))).map(|(_, row)| row)
    }

    fn lanes(&mut self) -> impl Iterator<Item = (&Who, &mut Row)> {
        self.rows.iter_mut().filter(|(who, _)| !matches!(who, Who::Source(_)))
    }

    pub(crate) fn total(&self) -> i64 {
        self.rows
            .iter()
            .filter(|(who, _)| matches!(who, Who::Source(_)))
            .map(|(_, r)| r.count)
            .sum()
    }

    fn at_limit(&self, policy: &Policy) -> bool {
        policy.long_run_limit > 0 && self.long_run >= policy.long_run_limit
    }

    pub(crate) fn time_passes(&mut self, policy: &Policy, who: Option<Who>, now: i64) {
        self.now = self.now.max(now);
        let now = self.now;
        if self.deadline.is_some_and(|deadline| now > deadline) {
            self.sources().for_each(Row::forget);
            self.account.forget();
            self.deadline = None;
        }
        if self.account.fresh_start(policy, now) {
            self.sources().for_each(Row::clear);
        }
        if let Some(who @ (Who::Source(_) | Who::Device(_))) = who {
            let row = self.row(who);
            if row.deadline.is_some_and(|deadline| now > deadline) {
                row.forget();
                row.deadline = None;
            }
            row.fresh_start(policy, now);
        }
        if let Some(who @ Who::Pass(_)) = who {
            let row = self.row(who);
            row.dead |= row.dies.is_some_and(|dies| now >= dies);
        }
        if !self.under_attack(policy) {
            self.open = false;
        }
    }

    /// Some public lane is locked or one failure away from it.
    fn under_attack(&mut self, policy: &Policy) -> bool {
        let (now, total) = (self.now, self.total());
        let fresh = policy.count_after_lock == CountAfterLock::Fresh;
        let primed = match policy.lockout_type {
            LockoutType::PerUser => total >= policy.max_attempts,
            LockoutType::PerUserPerIp => {
                !fresh && self.sources().any(|row| row.count >= policy.max_attempts)
            }
        };
        primed
            || self.account.locked(now).is_some()
            || self.sources().any(|row| row.locked(now).is_some())
    }

    pub(crate) fn refusal(&self, who: Who) -> Option<Seen> {
        let row = self.rows.get(&who).cloned().unwrap_or_default();
        if row.dead {
            return Some(Seen::Dead);
        }
        let staff = self.staff.filter(|end| end.holds_at(Millis(self.now)));
        let account = self.account.locked(self.now).filter(|_| matches!(who, Who::Source(_)));
        staff.or(account.max(row.locked(self.now))).map(Seen::Refused)
    }

    pub(crate) fn left(&self, policy: &Policy, who: Who) -> i64 {
        let row = self.rows.get(&who).cloned().unwrap_or_default();
        if row.dead {
            return 0;
        }
        let n = policy.max_attempts;
        let (tries, used) = match (who, policy.lockout_type) {
            (Who::Source(_), LockoutType::PerUser) => (n, self.total()),
            (Who::Source(_), LockoutType::PerUserPerIp) | (Who::Device(_), _) => (n, row.count),
            (Who::Pass(_), _) => (5, row.count),
        };
        let mut left = tries - used;
        if policy.long_run_limit > 0 {
            if matches!(who, Who::Source(_)) {
                left = left.min(policy.long_run_limit - self.long_run);
            } else if self.at_limit(policy) {
                left = left.min(n - row.beyond);
            }
        }
        left.max(0)
    }

    /// A public lock was made: tells whether it mails, and as a reminder.
    fn announce(&mut self) -> Option<bool> {
        self.public_locks += 1;
        let reminder = self.open;
        if !self.open {
            self.open = true;
            self.episode += 1;
        } else if self.now - self.mailed < Span::DAY.0 {
            return None;
        }
        self.mailed = self.now;
        Some(reminder)
    }

    fn lock_for_long_run(&mut self) -> Option<bool> {
        (self.account.lock, self.account_long_run) = (Some(Until::Unlocked), true);
        self.announce()
    }

    pub(crate) fn fail(&mut self, policy: &Policy, who: Who, weight: i64) -> (Seen, Option<bool>) {
        let (now, n) = (self.now, policy.max_attempts);
        let limit_before = self.at_limit(policy);
        let deadline = Some(now + policy.history_duration.0);
        self.long_run += weight;
        self.row(who).count += weight;
        if matches!(who, Who::Source(_)) {
            self.deadline = deadline;
            if self.at_limit(policy) {
                return (Seen::Locked(Until::Unlocked), self.lock_for_long_run());
            }
            let per_user = policy.lockout_type == LockoutType::PerUser;
            let over = if per_user { self.total() } else { self.row(who).count } - n;
            if over < 0 {
                return (Seen::Counted(self.left(policy, who)), None);
            }
            let row = if per_user { &mut self.account } else { self.row(who) };
            let end = row.relock(policy, over, now);
            self.account_long_run &= !per_user;
            return (Seen::Locked(end), self.announce());
        }
        let row = self.row(who);
        row.beyond = if limit_before { row.beyond + weight } else { 0 };
        let mut mail = None;
        if self.at_limit(policy) && !(self.account_long_run && self.account.lock.is_some()) {
            mail = self.lock_for_long_run();
        }
        let used_up = self.at_limit(policy) && self.row(who).beyond >= n;
        let left = self.left(policy, who);
        let row = self.row(who);
        if matches!(who, Who::Pass(_)) {
            row.dead = left == 0;
            return (Seen::Counted(left), mail);
        }
        row.deadline = deadline;
        if used_up {
            (row.lock, row.cleared) = (Some(Until::Unlocked), false);
            return (Seen::Locked(Until::Unlocked), mail);
        }
        if row.count >= n {
            let over = row.count - n;
            return (Seen::Locked(row.relock(policy, over, now)), mail);
        }
        (Seen::Counted(left), mail)
    }

    pub(crate) fn sign_in(&mut self, policy: &Policy, who: Who) -> Seen {
        self.row(who).forget();
        self.long_run = 0;
        match who {
            Who::Source(_) => {
                (self.account.base, self.account.last, self.account.cleared) = (0, None, true);
                self.open &= self.under_attack(policy);
            }
            Who::Device(_) => (self.row(who).deadline, self.row(who).beyond) = (None, 0),
            Who::Pass(_) => self.row(who).dead = true,
        }
        Seen::Good
    }

    pub(crate) fn press(&mut self, policy: &Policy, episode: i64) -> Seen {
        if episode < 1 || episode > self.episode {
            return Seen::Void("unknown");
        }
        if episode < self.episode {
            return Seen::Void("superseded");
        }
        if self.staff.is_some_and(|end| end.holds_at(Millis(self.now))) {
            return Seen::Void("staff");
        }
        if !self.open {
            return Seen::Void("over");
        }
        if self.account_long_run && self.account.lock.is_some() {
            return Seen::Void("long run");
        }
        if self.window.is_none_or(|start| self.now >= start + Span::DAY.0) {
            (self.window, self.presses) = (None, 0);
        }
        if self.presses >= policy.unlocks_per_day {
            return Seen::Void("limit");
        }
        self.window = self.window.or(Some(self.now));
        self.presses += 1;
        self.sources().for_each(Row::clear);
        self.account.clear();
        self.lift();
        Seen::Unlocked
    }

    fn lift(&mut self) {
        self.account.lock = None;
        self.account_long_run = false;
        self.sources().for_each(|row| row.lock = None);
        self.open = false;
    }

    pub(crate) fn start_over(&mut self) -> Seen {
        self.sources().for_each(Row::forget);
        self.account.forget();
        self.lift();
        (self.deadline, self.long_run) = (None, 0);
        for (who, row) in self.lanes() {
            if matches!(who, Who::Device(_)) {
                *row = Row::default();
            }
        }
        Seen::Unlocked
    }

    pub(crate) fn kill_passes(&mut self) {
        self.lanes()
            .filter(|(who, _)| matches!(who, Who::Pass(_)))
            .for_each(|(_, r)| r.dead = true);
    }
}

//! The recorded tries of a tenant as the replay needs them: grouped by account, in the order in
//! which they were decided, small enough that a million lie in memory at once (about 40 bytes each).
//! Knows neither the store's rows nor a policy.

use std::collections::HashMap;
use std::ops::Range;

use super::known_locks::{KnownLock, end_lifted, refused_at};
use crate::model::{Authenticator, Lane, Millis, Span, Until};

/// What is known of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lesson {
    Wrong(Authenticator),
    /// Wrong, and this source had been counted for the same secret.
    Repeated(Authenticator),
    /// Right, and the sign-in was not complete by it.
    Passed,
    Completed,
    /// Refused at the time, so thrown away unseen.
    Unknown(Authenticator),
}

/// One row of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Tried(Lesson),
    /// Refused from memory: only how many it were, from the row's instant to `last`.
    Refused {
        tries: u32,
        last: Millis,
        part: Part,
    },
    StaffLocked(Until),
    StaffUnlocked,
    Pressed,
    Reset,
}

impl What {
    /// Ends or moves locks without a try.
    pub(super) const fn lifts(self) -> bool {
        match self {
            Self::StaffUnlocked | Self::Pressed | Self::Reset => true,
            Self::Tried(_) | Self::Refused { .. } | Self::StaffLocked(_) => false,
        }
    }
}

/// Which locks refused the tries of a sum: the only one of its minute, or one of several, of which
/// nobody knows how many each refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    First,
    Further,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) at: Millis,
    pub(super) source: u32,
    /// Index into the log's lanes; 0 is the public one.
    pub(super) lane: u32,
    pub(super) what: What,
}

/// A recorded try on its way in.
#[derive(Debug, Clone, Copy)]
pub struct RawTry<'a> {
    /// Its key in the log, and that of the try of the same account that was decided before it.
    pub id: &'a str,
    pub previous: Option<&'a str>,
    pub at: Millis,
    pub account: &'a str,
    pub source: &'a str,
    pub lane: &'a Lane,
    pub lesson: Lesson,
    /// The lock that it made or met.
    pub lock: Option<RawLock>,
}

/// A lock as a try tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLock {
    pub since: Millis,
    pub until: Until,
    pub of: LockOf,
}

/// What a lock shut, and who can lift it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOf {
    Account,
    /// Only the source of the try.
    Source,
    /// The account, by staff: a press or a reset leaves it.
    Staff,
}

/// All that was recorded of a tenant's accounts.
#[derive(Debug, Default)]
pub struct Log {
    pub(super) accounts: Vec<(Box<str>, Range<usize>)>,
    pub(super) rows: Vec<Recorded>,
    pub(super) lanes: Vec<Lane>,
    /// Tries, each refused one counted.
    pub(super) tries: u64,
    /// Tries of which nobody learned whether they were right.
    pub(super) unknown: u64,
}

impl Log {
    #[must_use]
    pub fn tries(&self) -> u64 {
        self.tries
    }

    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Rows that a replay walks over: what its progress counts.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn of(&self, rows: &Range<usize>) -> &[Recorded] {
        self.rows.get(rows.clone()).unwrap_or_default()
    }

    /// All rows of an account, in their order; none where it is not in the log.
    pub(super) fn rows_of(&self, account: &str) -> &[Recorded] {
        let found = self.accounts.iter().find(|(name, _)| name.as_ref() == account);
        found.map(|(_, rows)| self.of(rows)).unwrap_or_default()
    }

    pub(super) fn lane(&self, number: u32) -> &Lane {
        usize::try_from(number).ok().and_then(|at| self.lanes.get(at)).unwrap_or(&Lane::Public)
    }
}

/// Takes rows in any order and makes a [`Log`] of them.
#[derive(Debug)]
pub struct LogBuilder {
    accounts: Numbers,
    sources: Numbers,
    lane_numbers: Numbers,
    lanes: Vec<Lane>,
    rows: Vec<Draft>,
    locks: Vec<KnownLock>,
    tries: u64,
    unknown: u64,
}

#[derive(Debug, Clone, Copy)]
struct Draft {
    account: u32,
    row: Recorded,
    /// Hashes: two keys of one instant and account that collide only cost their order.
    id: u64,
    previous: u64,
    /// Of all rows, in the order in which they came.
    number: u32,
}

/// Texts by the order in which they came.
#[derive(Debug, Default)]
struct Numbers(HashMap<Box<str>, u32>);

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(text.into(), number);
        number
    }
}

impl Default for LogBuilder {
    fn default() -> Self {
        let mut lane_numbers = Numbers::default();
        lane_numbers.of(&Lane::Public.stored());
        Self {
            accounts: Numbers::default(),
            sources: Numbers::default(),
            lane_numbers,
            lanes: vec![Lane::Public],
            rows: Vec::new(),
            locks: Vec::new(),
            tries: 0,
            unknown: 0,
        }
    }
}

impl LogBuilder {
    pub fn tried(&mut self, raw: &RawTry<'_>) {
        let account = self.accounts.of(raw.account);
        let lane = self.lane_of(raw.lane);
        let source = self.sources.of(raw.source);
        // A lock of a device or a pass refuses nobody else.
        let lock = raw.lock.filter(|lock| raw.lane.is_public() || lock.of == LockOf::Staff);
        if let Some(lock) = &lock {
            self.keep_lock(account, source, lock);
        }
        self.tries = self.tries.saturating_add(1);
        if matches!(raw.lesson, Lesson::Unknown(_)) {
            self.unknown = self.unknown.saturating_add(1);
        }
        let row = Recorded { at: raw.at, source, lane, what: What::Tried(raw.lesson) };
        let previous = raw.previous.map_or(0, hash_of);
        let number = self.next_number();
        self.rows.push(Draft { account, row, id: hash_of(raw.id), previous, number });
    }

    /// The account was locked for its long run, which a failure in any lane can do.
    pub fn locked_for_long_run(&mut self, account: &str, at: Millis) {
        let account = self.accounts.of(account);
        let lock = RawLock { since: at, until: Until::Unlocked, of: LockOf::Account };
        self.keep_lock(account, 0, &lock);
    }

    fn keep_lock(&mut self, account: u32, source: u32, lock: &RawLock) {
        let RawLock { since, until, of } = *lock;
        let (source, staff) = match of {
            LockOf::Account => (None, false),
            LockOf::Source => (Some(source), false),
            LockOf::Staff => (None, true),
        };
        self.locks.push(KnownLock { account, since, until, source, staff });
    }

    /// Tries of one source that were refused within the minute that begins at `minute`.
    pub fn refused(&mut self, account: &str, source: &str, minute: Millis, tries: u32) {
        if tries == 0 {
            return;
        }
        let source = self.sources.of(source);
        self.tries = self.tries.saturating_add(u64::from(tries));
        self.unknown = self.unknown.saturating_add(u64::from(tries));
        let last = Millis(minute.after(Span::MINUTE).0.saturating_sub(1));
        self.push_fact(account, source, minute, What::Refused { tries, last, part: Part::Whole });
    }

    pub fn staff_locked(&mut self, account: &str, at: Millis, until: Until) {
        let number = self.accounts.of(account);
        let lock = KnownLock { account: number, since: at, until, source: None, staff: true };
        self.locks.push(lock);
        self.push_fact(account, 0, at, What::StaffLocked(until));
    }

    pub fn staff_unlocked(&mut self, account: &str, at: Millis) {
        self.push_fact(account, 0, at, What::StaffUnlocked);
    }

    /// A link was pressed and took effect.
    pub fn pressed(&mut self, account: &str, at: Millis) {
        self.push_fact(account, 0, at, What::Pressed);
    }

    pub fn reset(&mut self, account: &str, at: Millis) {
        self.push_fact(account, 0, at, What::Reset);
    }

    /// Rows so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn push_fact(&mut self, account: &str, source: u32, at: Millis, what: What) {
        let account = self.accounts.of(account);
        let row = Recorded { at, source, lane: 0, what };
        let number = self.next_number();
        self.rows.push(Draft { account, row, id: 0, previous: 0, number });
    }

    fn next_number(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    fn lane_of(&mut self, lane: &Lane) -> u32 {
        if lane.is_public() {
            return 0;
        }
        let number = self.lane_numbers.of(&lane.stored());
        if usize::try_from(number).is_ok_and(|number| number == self.lanes.len()) {
            self.lanes.push(lane.clone());
        }
        number
    }

    #[must_use]
    pub fn finish(self) -> Log {
        let (log, rows) = self.in_order();
        Log { rows: rows.into_iter().map(|draft| draft.row).collect(), ..log }
    }

    /// The same, and for each of its rows which one it is of those that were handed in, from 0. Several
    /// rows can come of one.
    #[must_use]
    pub fn finish_in_order(self) -> (Log, Vec<u32>) {
        let (log, rows) = self.in_order();
        let order = rows.iter().map(|draft| draft.number).collect();
        (Log { rows: rows.into_iter().map(|draft| draft.row).collect(), ..log }, order)
    }

    /// A log without its rows, and those in the order that it has them in.
    fn in_order(self) -> (Log, Vec<Draft>) {
        let Self { accounts, lanes, mut rows, mut locks, tries, unknown, .. } = self;
        let facts = rows.iter().map(|draft| (draft.account, draft.row.at, draft.row.what));
        end_lifted(&mut locks, facts);
        locks.sort_unstable();
        locks.dedup();
        let mut further = Vec::new();
        for draft in &mut rows {
            if let What::Refused { tries, last, .. } = draft.row.what {
                let times = refused_at(&locks, draft.account, &draft.row, last);
                let several = times.len() > 1;
                for (number, (first, last)) in times.into_iter().enumerate() {
                    let part = match (several, number) {
                        (false, _) => Part::Whole,
                        (true, 0) => Part::First,
                        (true, _) => Part::Further,
                    };
                    let what = What::Refused { tries, last, part };
                    let row = Recorded { at: first, what, ..draft.row };
                    if number == 0 {
                        draft.row = row;
                    } else {
                        further.push(Draft { row, ..*draft });
                    }
                }
            }
        }
        rows.append(&mut further);
        drop(locks);
        // A lock comes before what it refused. Stable, so what is equal keeps the order it came in.
        rows.sort_by_key(|draft| {
            (draft.account, draft.row.at, matches!(draft.row.what, What::Refused { .. }))
        });
        for run in rows.chunk_by_mut(|a, b| (a.account, a.row.at) == (b.account, b.row.at)) {
            put_in_order(run);
        }
        let mut names: Vec<(Box<str>, u32)> = accounts.0.into_iter().collect();
        names.sort_unstable_by_key(|(_, number)| *number);
        let mut begin = 0_usize;
        let mut ranges = Vec::with_capacity(names.len());
        for (name, number) in names {
            let length = rows
                .get(begin..)
                .unwrap_or_default()
                .partition_point(|draft| draft.account <= number);
            let end = begin.saturating_add(length);
            ranges.push((name, begin..end));
            begin = end;
        }
        (Log { accounts: ranges, rows: Vec::new(), lanes, tries, unknown }, rows)
    }
}

/// Rows of one account and instant (a batch gives its jobs one instant) in the order in which each
/// names the one before it. Facts without a key keep their place at the front.
fn put_in_order(run: &mut [Draft]) {
    if run.len() < 2 {
        return;
    }
    let own: Vec<u64> = run.iter().map(|draft| draft.id).filter(|id| *id != 0).collect();
    let mut after: HashMap<u64, Vec<Draft>> = HashMap::new();
    let mut ordered = Vec::with_capacity(run.len());
    let mut ready: Vec<Draft> = Vec::new();
    let mut sums = Vec::new();
    for draft in run.iter() {
        match draft.row.what {
            What::Tried(_) if own.contains(&draft.previous) => {
                after.entry(draft.previous).or_default().push(*draft);
            }
            What::Tried(_) => ready.push(*draft),
            What::Refused { .. } => sums.push(*draft),
            What::StaffLocked(_) | What::StaffUnlocked | What::Pressed | What::Reset => {
                ordered.push(*draft);
            }
        }
    }
    ready.reverse();
    while let Some(draft) = ready.pop() {
        ordered.push(draft);
        ready.extend(after.remove(&draft.id).into_iter().flatten().rev());
    }
    // A chain that names itself in a circle cannot be written; if one were read, its rows go last.
    ordered.extend(after.into_values().flatten());
    ordered.extend(sums);
    for (place, draft) in run.iter_mut().zip(ordered) {
        *place = draft;
    }
}

/// FNV-1a: keys are our own and random, so nobody chooses them.
fn hash_of(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw<'a>(id: &'a str, previous: Option<&'a str>, at: i64) -> RawTry<'a> {
        RawTry {
            id,
            previous,
            at: Millis(at),
            account: "u:1",
            source: id,
            lane: &Lane::Public,
            lesson: Lesson::Wrong(Authenticator::Password),
            lock: None,
        }
    }

    #[test]
    fn two_tries_of_one_instant_keep_the_order_in_which_they_were_decided() {
        let mut builder = LogBuilder::default();
        for row in [raw("c", Some("b"), 5), raw("a", None, 5), raw("b", Some("a"), 5)] {
            builder.tried(&row);
        }
        builder.tried(&raw("z", None, 4));
        let log = builder.finish();
        // Sources were numbered as they came: c 0, a 1, b 2, z 3.
        let order: Vec<u32> = log.rows.iter().map(|row| row.source).collect();
        assert_eq!(order, [3, 1, 2, 0]);
    }

    #[test]
    fn refused_tries_lie_within_the_lock_that_refused_them() {
        let mut builder = LogBuilder::default();
        let lock = |since, until| {
            let until = Until::At(Millis(until));
            Some(RawLock { since: Millis(since), until, of: LockOf::Account })
        };
        builder.tried(&RawTry { lock: lock(90_000, 110_000), ..raw("a", None, 90_000) });
        builder.refused("u:1", "a", Millis(60_000), 3);
        builder.refused("u:1", "a", Millis(180_000), 2);
        let log = builder.finish();
        let sums: Vec<_> =
            log.rows.iter().filter(|row| !matches!(row.what, What::Tried(_))).collect();
        assert_eq!(sums[0].at, Millis(90_000));
        assert_eq!(
            sums[0].what,
            What::Refused { tries: 3, last: Millis(109_999), part: Part::Whole }
        );
        assert_eq!(
            sums[1].what,
            What::Refused { tries: 2, last: Millis(239_999), part: Part::Whole }
        );
        assert_eq!((log.tries(), log.unknown(), log.accounts.len()), (6, 5, 1));
    }

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Recorded>() <= 40 && size_of::<Draft>() <= 64);
    }
}

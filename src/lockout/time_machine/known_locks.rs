//! The locks that a log tells of: when each stood, and so when the tries of a minute's sum can have been
//! refused. Knows no policy.

use super::log::{Recorded, What};
use crate::model::{Millis, Until};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KnownLock {
    pub(super) account: u32,
    pub(super) since: Millis,
    pub(super) until: Until,
    pub(super) source: Option<u32>,
    pub(super) staff: bool,
}

/// What happened to an account, and when.
pub(super) type Fact = (u32, Millis, What);

/// Ends each lock where it was lifted, if it was.
pub(super) fn end_lifted(locks: &mut [KnownLock], facts: impl Iterator<Item = Fact>) {
    let mut facts: Vec<Fact> =
        facts.filter(|(_, _, what)| what.lifts() || matches!(what, What::StaffLocked(_))).collect();
    facts.sort_by_key(|(account, at, _)| (*account, *at));
    for lock in locks {
        let after = |(account, at, _): &Fact| (*account, *at) <= (lock.account, lock.since);
        let later = facts.get(facts.partition_point(after)..).unwrap_or_default();
        let end = later.iter().take_while(|(account, ..)| *account == lock.account).find(
            |(_, _, what)| match what {
                What::StaffUnlocked => true,
                // A new one takes its place, also with an earlier end.
                What::StaffLocked(_) => lock.staff,
                What::Pressed | What::Reset => !lock.staff,
                What::Tried(_) | What::Refused { .. } => false,
            },
        );
        if let Some((_, at, _)) = end {
            lock.until = lock.until.min(Until::At(*at));
        }
    }
}

/// The parts of a minute in which the tries of a sum can have been refused: within the locks that are
/// known to have stood in their way, one part for each, or anywhere in it. In order, at least one.
pub(super) fn refused_at(
    locks: &[KnownLock],
    account: u32,
    sum: &Recorded,
    end: Millis,
) -> Vec<(Millis, Millis)> {
    let begin = locks.partition_point(|lock| lock.account < account);
    let known = locks.get(begin..).unwrap_or_default();
    let of_account = known.iter().take_while(|lock| lock.account == account);
    let mut times: Vec<(Millis, Millis)> = Vec::new();
    for lock in of_account.filter(|lock| lock.source.is_none_or(|source| source == sum.source)) {
        let lock_end = lock.until.instant().map_or(end, |until| Millis(until.0.saturating_sub(1)));
        let (first, last) = (sum.at.max(lock.since), end.min(lock_end));
        if first > last {
            continue;
        }
        times.push((first, last));
    }
    if times.is_empty() {
        times.push((sum.at, end));
    }
    times
}

//! One entry of the published table: a lock and when its row was asked for, packed. Knows whose it is no
//! more than the table's key says.

use std::time::Duration;

use crate::lockout::{LockKind, LockView};
use crate::model::{Millis, Until};

/// How long after its row was asked for an entry is believed: the command line and other nodes unlock
/// too (DESIGN §5.0).
pub(super) const TRUST: Duration = Duration::from_secs(1);

/// The same while other nodes cannot be heard: with the read itself it stays below a second.
pub(super) const TRUST_WHEN_DEAF: Duration = Duration::from_millis(500);

/// A lock and when its row was asked for, in 24 bytes: a table of them is what an attack grows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    since: Millis,
    /// `i64::MAX` where only an unlock ends it.
    until: i64,
    /// Three bits for the rest of the lock; above them the milliseconds of the monotonic clock at
    /// which the row was asked for, plus one; 0: too early to be believed.
    rest: u64,
}

const STAFF: u64 = 1;
const LONG_RUN: u64 = 2;
const SOURCE_ONLY: u64 = 4;
const BITS: u32 = 3;

impl Entry {
    pub fn new(lock: LockView, looked: Option<Duration>) -> Self {
        let bit = |set: bool, bit: u64| if set { bit } else { 0 };
        let rest = bit(lock.staff, STAFF)
            | bit(lock.kind == LockKind::LongRun, LONG_RUN)
            | bit(lock.source_only, SOURCE_ONLY);
        let until = lock.until.instant().map_or(i64::MAX, |end| end.0);
        let looked = looked.map_or(0, |monotonic| milliseconds(monotonic) + 1);
        Self { since: lock.since, until, rest: (looked << BITS) | rest }
    }

    pub fn lock(self) -> LockView {
        let kind = if self.rest & LONG_RUN != 0 { LockKind::LongRun } else { LockKind::Automatic };
        LockView {
            staff: self.rest & STAFF != 0,
            kind,
            source_only: self.rest & SOURCE_ONLY != 0,
            since: self.since,
            until: match self.until {
                i64::MAX => Until::Unlocked,
                end => Until::At(Millis(end)),
            },
        }
    }

    pub const fn holds_at(&self, now: Millis) -> bool {
        now.0 < self.until
    }

    /// Milliseconds of the monotonic clock, plus one; 0 for never.
    pub const fn looked(&self) -> u64 {
        self.rest >> BITS
    }

    /// Whether it may be believed.
    pub fn is_fresh(&self, monotonic: Duration, trust: Duration) -> bool {
        let looked = self.looked();
        looked != 0 && (milliseconds(monotonic) + 1).saturating_sub(looked) < milliseconds(trust)
    }
}

/// Of a process that runs for less than 70 million years.
fn milliseconds(monotonic: Duration) -> u64 {
    u64::try_from(monotonic.as_millis()).unwrap_or(0) & (u64::MAX >> (BITS + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for until in [Until::Unlocked, Until::At(Millis(60_000))] {
            for [staff, source_only, long] in [[true, false, true], [false, true, false]] {
                let kind = if long { LockKind::LongRun } else { LockKind::Automatic };
                let lock = LockView { staff, kind, source_only, since: Millis(-7), until };
                assert_eq!(Entry::new(lock, None).lock(), lock);
                assert_eq!(
                    Entry::new(lock, Some(Duration::from_millis(1_000_000_007))).lock(),
                    lock
                );
            }
        }
    }
}

//! What a replay counts, and how certain it is. Knows no policy.

use std::ops::AddAssign;

use crate::model::{Millis, Span};

/// A number whose truth lies in `low..=high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    pub low: i64,
    /// What it is if unchecked tries were what they look like.
    pub likely: i64,
    pub high: i64,
}

impl Estimate {
    /// Nothing about it is open.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        self.low == self.high
    }

    const fn hull(self, other: Self) -> Self {
        Self {
            low: if self.low < other.low { self.low } else { other.low },
            likely: self.likely,
            high: if self.high > other.high { self.high } else { other.high },
        }
    }
}

impl AddAssign for Estimate {
    fn add_assign(&mut self, other: Self) {
        self.low = self.low.saturating_add(other.low);
        self.likely = self.likely.saturating_add(other.likely);
        self.high = self.high.saturating_add(other.high);
    }
}

/// The figures of an account, a day or a whole replay. Staff locks are in none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measures {
    /// Locks made by the policy, those of single sources and devices included.
    pub locks: Estimate,
    /// Accounts that had at least one.
    pub locked: Estimate,
    /// Accounts whose owner met a lock.
    pub owners_locked: Estimate,
    /// Tries by others that were checked.
    pub guesses: Estimate,
    /// Unlock mails.
    pub mails: Estimate,
    /// Milliseconds from an owner's first try against each lock to its end. A wait that goes over
    /// midnight (UTC) is split: each day has the part that lies in it, so days add up to the whole.
    pub owner_wait_ms: Estimate,
}

impl Measures {
    pub(super) fn hull(&self, other: &Self) -> Self {
        Self {
            locks: self.locks.hull(other.locks),
            locked: self.locked.hull(other.locked),
            owners_locked: self.owners_locked.hull(other.owners_locked),
            guesses: self.guesses.hull(other.guesses),
            mails: self.mails.hull(other.mails),
            owner_wait_ms: self.owner_wait_ms.hull(other.owner_wait_ms),
        }
    }

    /// Takes the likely figures of `other`.
    pub(super) const fn with_likely_of(mut self, other: &Self) -> Self {
        self.locks.likely = other.locks.likely;
        self.locked.likely = other.locked.likely;
        self.owners_locked.likely = other.owners_locked.likely;
        self.guesses.likely = other.guesses.likely;
        self.mails.likely = other.mails.likely;
        self.owner_wait_ms.likely = other.owner_wait_ms.likely;
        self
    }
}

impl AddAssign<&Self> for Measures {
    fn add_assign(&mut self, other: &Self) {
        self.locks += other.locks;
        self.locked += other.locked;
        self.owners_locked += other.owners_locked;
        self.guesses += other.guesses;
        self.mails += other.mails;
        self.owner_wait_ms += other.owner_wait_ms;
    }
}

/// The days of one account (UTC, days since the Unix epoch) and their sum, where an account that
/// was locked on two days is one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub(super) days: Vec<(i64, Measures)>,
    pub(super) total: Measures,
}

/// Which of the three values an occurrence goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub(super) low: bool,
    pub(super) likely: bool,
}

impl Share {
    pub(super) const CERTAIN: Self = Self { low: true, likely: true };
    pub(super) const LIKELY: Self = Self { low: false, likely: true };
    pub(super) const UNLIKELY: Self = Self { low: false, likely: false };

    /// `amount` as an estimate: it is in the highest value always.
    pub(super) const fn of(self, amount: i64) -> Estimate {
        Estimate {
            low: if self.low { amount } else { 0 },
            likely: if self.likely { amount } else { 0 },
            high: amount,
        }
    }
}

/// Each value of a flag: 1 once it was 1.
const fn once(flag: &mut Estimate, of: Estimate) {
    flag.low = if of.low > 0 { 1 } else { flag.low };
    flag.likely = if of.likely > 0 { 1 } else { flag.likely };
    flag.high = if of.high > 0 { 1 } else { flag.high };
}

/// The day of an instant.
pub(super) const fn day_of(at: Millis) -> i64 {
    at.0.div_euclid(Span::DAY.0)
}

impl Tally {
    pub(super) fn clear(&mut self) {
        self.days.clear();
        self.total = Measures::default();
    }

    /// So many locks at most: `locks` beside those before, `of_day` beside those of that day.
    pub(super) fn at_most_locks(&mut self, at: Millis, locks: i64, of_day: i64, mails: bool) {
        let before = self.total;
        let high = |high: i64| Estimate { low: 0, likely: 0, high };
        self.lock(at, high(of_day));
        if mails {
            self.mail(at, high(of_day));
        }
        self.total.locks.high = before.locks.high.saturating_add(locks);
        self.total.mails.high =
            if mails { before.mails.high.saturating_add(locks) } else { before.mails.high };
    }

    /// To the account's day and to its sum.
    fn both(&mut self, at: Millis, mut change: impl FnMut(&mut Measures)) {
        change(&mut self.total);
        let day = day_of(at);
        // Time goes forward: the day is near the end, before days into which waits reach, or new.
        let place = self.days.iter().rposition(|(known, _)| *known <= day);
        match place.and_then(|place| self.days.get_mut(place)).filter(|known| known.0 == day) {
            Some((_, measures)) => change(measures),
            None => {
                let mut measures = Measures::default();
                change(&mut measures);
                let after = place.map_or(0, |place| place.saturating_add(1));
                self.days.insert(after, (day, measures));
            }
        }
    }

    /// Locks made at `at`.
    pub(super) fn lock(&mut self, at: Millis, locks: Estimate) {
        self.both(at, |measures| {
            measures.locks += locks;
            once(&mut measures.locked, locks);
        });
    }

    pub(super) fn mail(&mut self, at: Millis, mails: Estimate) {
        self.both(at, |measures| measures.mails += mails);
    }

    pub(super) fn guess(&mut self, at: Millis, guesses: Estimate) {
        self.both(at, |measures| measures.guesses += guesses);
    }

    /// A try of an owner met a lock.
    pub(super) fn owner_met(&mut self, at: Millis, met: Estimate) {
        self.both(at, |measures| once(&mut measures.owners_locked, met));
    }

    /// An owner waits from `begin` to `end`, by each value as often as `times` says: once, not, or no
    /// longer (-1) for a wait that was told before.
    pub(super) fn owner_waits(&mut self, begin: Millis, end: Millis, times: Estimate) {
        let mut from = begin;
        while from < end {
            let midnight = Span::DAY.times(day_of(from).saturating_add(1));
            let to = end.min(Millis(midnight.0));
            let part = to.since(from);
            self.both(from, |measures| {
                measures.owner_wait_ms += Estimate {
                    low: part.times(times.low).0,
                    likely: part.times(times.likely).0,
                    high: part.times(times.high).0,
                };
            });
            from = to;
        }
    }

    /// The lowest waits, at least 0: where it is open when in a minute somebody came, more can have been
    /// taken off than was put on.
    pub(super) fn with_no_wait_below_zero(mut self) -> Self {
        let days = self.days.iter_mut().map(|(_, measures)| measures);
        for measures in days.chain([&mut self.total]) {
            measures.owner_wait_ms.low = measures.owner_wait_ms.low.max(0);
        }
        self
    }

    /// What holds for either.
    pub(super) fn hull(&self, other: &Self) -> Self {
        let nothing = Measures::default();
        let mut days = Vec::with_capacity(self.days.len().max(other.days.len()));
        let (mut mine, mut theirs) = (self.days.iter().peekable(), other.days.iter().peekable());
        loop {
            let day = match (mine.peek(), theirs.peek()) {
                (Some((a, _)), Some((b, _))) => *a.min(b),
                (Some((day, _)), None) | (None, Some((day, _))) => *day,
                (None, None) => break,
            };
            let of_mine = mine.next_if(|(known, _)| *known == day).map_or(&nothing, |it| &it.1);
            let of_theirs = theirs.next_if(|(known, _)| *known == day).map_or(&nothing, |it| &it.1);
            days.push((day, of_mine.hull(of_theirs)));
        }
        Self { days, total: self.total.hull(&other.total) }
    }

    /// The likely figures of `other` beside the bounds of this one.
    pub(super) fn with_likely_of(self, other: &Self) -> Self {
        // Days that only one of them has are in the hull, with zeros for the other.
        let mut all = self.hull(other);
        for (day, measures) in &mut all.days {
            let bounds = measures_of(&self, *day);
            *measures = bounds.with_likely_of(&measures_of(other, *day));
        }
        all.total = self.total.with_likely_of(&other.total);
        all
    }
}

fn measures_of(tally: &Tally, day: i64) -> Measures {
    tally.days.iter().find(|(known, _)| *known == day).map_or_else(Measures::default, |it| it.1)
}

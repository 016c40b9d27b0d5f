//! When a tenant's team is told of an attack: where one begins, goes on and is over. Begins above one
//! line and ends below half of it after a while, so that an attack that comes and goes is one. Looks at
//! figures, and at what the search for campaigns made of the failures.

use crate::model::{Millis, Span};

/// What is looked at together.
pub const WINDOW: Span = Span::MINUTE.times(10);
/// An attack that was not seen for so long is over.
pub const QUIET: Span = Span::MINUTE.times(30);
/// When the day's digest is written, after midnight UTC.
pub const DIGEST_AT: Span = Span::HOUR.times(7);

/// Accounts locked within a window that are an attack, whoever does it: a tenant of thousands locks
/// one or two in ten minutes by slips.
const LOCKS: i64 = 10;
/// Failures, and addresses that they come from, that are one before anything is locked.
const FAILURES: i64 = 100;
const SOURCES: i64 = 25;

/// What a window held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Accounts that were locked, names that nobody has included.
    pub locks: i64,
    /// Wrong tries, and those that a lock refused.
    pub failures: i64,
    /// Addresses that they came from.
    pub sources: i64,
}

impl Figures {
    /// The larger of each.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            locks: self.locks.max(other.locks),
            failures: self.failures.max(other.failures),
            sources: self.sources.max(other.sources),
        }
    }

    fn are(self, part: i64) -> bool {
        let times = |figure: i64| figure.saturating_mul(part);
        times(self.locks) >= LOCKS
            || (times(self.failures) >= FAILURES && times(self.sources) >= SOURCES)
    }
}

/// A campaign that had tries within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Underway {
    /// Users whom it has locked, however long that took.
    pub locks: i64,
    pub told: Told,
}

/// Whether a team has been written to about a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Yes,
    No,
}

impl Underway {
    /// As many locks as are an attack within one window: slower, and no less.
    const fn is_large(self) -> bool {
        self.locks >= LOCKS
    }

    const fn is_news(self) -> bool {
        match self.told {
            Told::Yes => false,
            Told::No => self.is_large(),
        }
    }
}

/// What a look at the figures says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Quiet,
    Begins,
    GoesOn,
    /// Cooler than it was, and not yet over.
    Cools,
    Ends,
}

/// `hot_at`: when the attack that is known was last seen to go on. The figures are enough for it, and
/// so is a campaign that has locked many too slowly for them.
#[must_use]
pub fn course(
    hot_at: Option<Millis>,
    figures: Figures,
    campaign: Option<Underway>,
    now: Millis,
) -> Course {
    match hot_at {
        None if figures.are(1) || campaign.is_some_and(Underway::is_news) => Course::Begins,
        None => Course::Quiet,
        Some(_) if figures.are(2) || campaign.is_some_and(Underway::is_large) => Course::GoesOn,
        Some(hot_at) if now >= hot_at.after(QUIET) => Course::Ends,
        Some(_) => Course::Cools,
    }
}

/// The day whose digest is due at `now` (days since the Unix epoch) and the 24 h that it tells of.
#[must_use]
pub fn digest_due(now: Millis) -> (i64, Millis, Millis) {
    let day = now.before(DIGEST_AT).0.div_euclid(Span::DAY.0);
    let until = Millis(day.saturating_mul(Span::DAY.0)).after(DIGEST_AT);
    (day, until.before(Span::DAY), until)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = Millis(20_000 * Span::DAY.0 + 12 * Span::HOUR.0);

    fn figures(locks: i64, failures: i64, sources: i64) -> Figures {
        Figures { locks, failures, sources }
    }

    #[test]
    fn an_attack_is_many_locks_or_many_failures_from_many_places() {
        for (of, begins) in [
            (figures(10, 10, 1), true),
            (figures(9, 99, 99), false),
            (figures(0, 100, 25), true),
            // One broken client.
            (figures(1, 100_000, 24), false),
            (figures(9, 99, 25), false),
        ] {
            let told = if begins { Course::Begins } else { Course::Quiet };
            assert_eq!(course(None, of, None, NOON), told, "{of:?}");
        }
    }

    #[test]
    fn one_that_comes_and_goes_is_one() {
        let since = |minutes: i64| Some(NOON.before(Span::MINUTE.times(minutes)));
        assert_eq!(course(since(1), figures(5, 0, 0), None, NOON), Course::GoesOn);
        assert_eq!(course(since(29), figures(0, 50, 13), None, NOON), Course::GoesOn);
        assert_eq!(course(since(29), figures(4, 49, 13), None, NOON), Course::Cools);
        assert_eq!(course(since(30), figures(4, 49, 13), None, NOON), Course::Ends);
        assert_eq!(course(since(300), figures(5, 0, 0), None, NOON), Course::GoesOn);
    }

    #[test]
    fn a_slow_campaign_with_as_many_locks_is_an_attack_and_told_once() {
        let (calm, since) = (figures(1, 12, 1), Some(NOON.before(Span::HOUR)));
        let campaign = |locks, told| Some(Underway { locks, told });
        for (known, before, tells) in [
            (None, None, Course::Quiet),
            (campaign(9, Told::No), None, Course::Quiet),
            (campaign(10, Told::No), None, Course::Begins),
            (campaign(500, Told::Yes), None, Course::Quiet),
            (campaign(10, Told::Yes), since, Course::GoesOn),
            (campaign(9, Told::No), since, Course::Ends),
            (None, since, Course::Ends),
        ] {
            assert_eq!(course(before, calm, known, NOON), tells, "{known:?}, {before:?}");
        }
        // Where the search sees nothing, or what was told before, the figures are enough.
        let told = campaign(0, Told::Yes);
        assert_eq!(course(None, figures(0, 100, 25), told, NOON), Course::Begins);
    }

    #[test]
    fn a_digest_tells_of_the_day_until_seven() {
        let seven = Millis(20_000 * Span::DAY.0 + 7 * Span::HOUR.0);
        let (before, at) = (seven.before(Span(1)), seven);
        assert_eq!(digest_due(at), (20_000, seven.before(Span::DAY), seven));
        assert_eq!(digest_due(before).0, 19_999);
        assert_eq!(digest_due(NOON), digest_due(at));
    }
}

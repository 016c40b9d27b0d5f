//! What a policy does to somebody who goes on failing, found by driving `decide` itself: the locks one
//! after the other, and what a patient attacker gets. Knows nothing of real attempts.

use super::backoff::lock_length;
use super::decide::{decide, look};
use super::event::Event;
use super::guess_budget::{guess_budget, guesses_by_unlock_mails, guesses_over_all_sources};
use super::policy::{LockLength, LockoutType, Policy};
use super::state::SubjectView;
use crate::model::{Lane, Millis, Span, Until};

/// Locks that a sentence names.
const NAMED: usize = 4;
/// A ladder is followed no further than this many locks: where the longest is further away, the
/// sentence names the longest of these.
const FOLLOWED: usize = 1_000;

/// One lock of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// The failure that locked, counted from the first one.
    pub failure: i64,
    pub length: LockLength,
}

/// The locks of somebody who fails again the instant each lock ends, for at most `failures` failures
/// and `locks` locks; a lock without an end is the last one. Empty while lockout is off.
#[must_use]
pub fn ladder(policy: &Policy, failures: i64, locks: usize) -> Vec<Rung> {
    let Some(authenticator) = policy.authenticators.first().copied().filter(|_| policy.enabled)
    else {
        return Vec::new();
    };
    let mut view = SubjectView::default();
    let (mut now, mut made) = (Millis(0), 0_i64);
    let mut rungs = Vec::new();
    for _ in 0..FOLLOWED {
        if made >= failures || rungs.len() >= locks {
            break;
        }
        // All failures up to the next lock happen at once, so they are one event with a weight.
        let weight = look(policy, &view, &Lane::Public, now).remaining.unwrap_or(1).max(1);
        made = made.saturating_add(weight);
        if made > failures {
            break;
        }
        let failure = Event::Failure { authenticator, lane: Lane::Public, weight };
        view = decide(policy, &view, &failure, now).state;
        let Some(lock) = look(policy, &view, &Lane::Public, now).lock else { continue };
        match lock.until {
            Until::At(end) => {
                let length = LockLength::For(end.since(now));
                rungs.push(Rung { failure: made, length });
                now = end;
            }
            Until::Unlocked => {
                let length = LockLength::UntilUnlocked;
                rungs.push(Rung { failure: made, length });
                break;
            }
        }
    }
    rungs
}

/// A policy in the figures of one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Failures up to the first lock.
    pub tries: i64,
    /// The first locks, at most four.
    pub first: Vec<LockLength>,
    pub longest: LockLength,
    /// Failures from one lock to the next: 1 where the count is kept.
    pub between: i64,
}

/// `None` while lockout is off.
#[must_use]
pub fn outline(policy: &Policy) -> Option<Outline> {
    // The long run has a sentence of its own.
    let steps = Policy { long_run_limit: 0, ..policy.clone() };
    let rungs = ladder(&steps, i64::MAX, FOLLOWED);
    let first = rungs.first()?;
    let second = rungs.get(1);
    let longest = rungs.iter().map(|rung| rung.length).max_by_key(|length| order(*length))?;
    Some(Outline {
        tries: first.failure,
        first: rungs.iter().take(NAMED).map(|rung| rung.length).collect(),
        longest,
        between: second.map_or(1, |rung| rung.failure.saturating_sub(first.failure)),
    })
}

const fn order(length: LockLength) -> i64 {
    match length {
        LockLength::For(span) => span.0,
        LockLength::UntilUnlocked => i64::MAX,
    }
}

/// Wrong guesses at one user by a patient attacker; `i64::MAX` where nothing limits them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub day: i64,
    pub week: i64,
    pub month: i64,
    /// Where each source has a lock of its own, and so those guesses: what all sources together
    /// have, in a day as in any other time.
    pub over_all_sources: Option<i64>,
    /// More in a day, where the owner presses every unlock mail; 0 where the long run bounds all
    /// sources together, for no press goes past it.
    pub by_unlock_mails: i64,
    /// Presses at other moments may give more: the count is forgotten before the longest lock ends.
    pub by_unlock_mails_at_least: bool,
}

/// As [`guess_budget`] over 24 hours, 7 days and 30 days.
#[must_use]
pub fn budget(policy: &Policy) -> Budget {
    let over_all_sources = match policy.lockout_type {
        LockoutType::PerUserPerIp if policy.enabled => {
            Some(guesses_over_all_sources(policy, Span::DAY))
        }
        LockoutType::PerUser | LockoutType::PerUserPerIp => None,
    };
    let bounded = over_all_sources.is_some_and(|all| all < i64::MAX);
    Budget {
        day: guess_budget(policy, Span::DAY),
        week: guess_budget(policy, Span::DAY.times(7)),
        month: guess_budget(policy, Span::DAY.times(30)),
        over_all_sources,
        by_unlock_mails: if bounded { 0 } else { guesses_by_unlock_mails(policy) },
        by_unlock_mails_at_least: match lock_length(policy, i64::MAX) {
            LockLength::For(longest) => policy.history_duration < longest,
            LockLength::UntilUnlocked => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::{CountAfterLock, Preset};
    use super::*;

    fn minutes(lengths: &[i64]) -> Vec<LockLength> {
        lengths.iter().map(|length| LockLength::For(Span::MINUTE.times(*length))).collect()
    }

    #[test]
    fn the_first_four_locks_and_the_longest_are_those_that_decide_makes() {
        let balanced = outline(&Preset::Balanced.policy()).unwrap();
        assert_eq!(balanced.first, minutes(&[1, 2, 4, 8]));
        let longest = LockLength::For(Span::HOUR);
        assert_eq!((balanced.tries, balanced.between, balanced.longest), (8, 1, longest));
        let failures: Vec<i64> =
            ladder(&Preset::Balanced.policy(), 10, 9).iter().map(|rung| rung.failure).collect();
        assert_eq!(failures, [8, 9, 10]);
    }

    #[test]
    fn fresh_counts_all_tries_between_locks() {
        let clerk = outline(&Preset::Clerk.policy()).unwrap();
        assert_eq!((clerk.tries, clerk.between), (10, 10));
        let kept = Policy { count_after_lock: CountAfterLock::Kept, ..Preset::Clerk.policy() };
        assert_eq!(outline(&kept).unwrap().between, 1);
    }

    #[test]
    fn an_endless_lock_is_the_last_and_a_policy_that_is_off_makes_none() {
        let endless = Policy {
            minimum_duration: LockLength::UntilUnlocked,
            maximum_duration: LockLength::UntilUnlocked,
            ..Preset::Strict.policy()
        };
        let rungs = ladder(&endless, 100, 100);
        assert_eq!(rungs, [Rung { failure: 5, length: LockLength::UntilUnlocked }]);
        let off = Policy { enabled: false, ..Preset::Strict.policy() };
        assert_eq!((ladder(&off, 100, 100), outline(&off)), (Vec::new(), None));
        assert_eq!(budget(&off).day, i64::MAX);
    }

    #[test]
    fn a_policy_with_the_long_run_ends_at_its_limit() {
        let policy = Preset::Relaxed.policy();
        let rungs = ladder(&policy, i64::MAX, 1_000);
        let last = rungs.last().unwrap();
        assert_eq!((last.failure, last.length), (100, LockLength::UntilUnlocked));
        assert_eq!(budget(&policy).month, 100);
    }
}

//! What a policy does to somebody who goes on failing, found by driving `decide` itself: the locks one
//! after the other, and what a patient attacker gets. Knows nothing of real attempts.

use super::decide::{decide, look};
use super::event::Event;
use super::policy::{LockLength, Policy};
use super::policy_warning::guess_budget;
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
}

/// As [`guess_budget`] over 24 hours, 7 days and 30 days.
#[must_use]
pub fn budget(policy: &Policy) -> Budget {
    Budget {
        day: guess_budget(policy, Span::DAY),
        week: guess_budget(policy, Span::DAY.times(7)),
        month: guess_budget(policy, Span::DAY.times(30)),
    }
}

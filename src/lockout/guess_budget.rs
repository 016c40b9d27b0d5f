//! The guess budget: what a policy lets a patient attacker try at one user, found by driving `decide`.
//! Knows nothing of real attempts.

use super::decide::{decide, look};
use super::event::Event;
use super::policy::{LockoutType, Policy};
use super::state::SubjectView;
use crate::model::{Lane, Millis, Span, Until};

/// A budget is not followed further than this many locks: a policy of one-second locks would
/// otherwise take minutes. What comes out then is a lower bound, far above any warning.
const MAX_LOCKS_FOLLOWED: i64 = 100_000;

/// Wrong guesses that are looked at for one user within `span`: a serial attacker from one source
/// who needs no time for a guess and tries again the instant each lock ends; no press, no
/// completed sign-in. A guess at the very end of `span` is outside it. Honours the policy's
/// `long_run_limit`; `i64::MAX` where guesses are unlimited. Found by driving `decide`.
#[must_use]
pub fn guess_budget(policy: &Policy, span: Span) -> i64 {
    let Some(authenticator) = policy.authenticators.first().copied().filter(|_| policy.enabled)
    else {
        return i64::MAX;
    };
    let mut view = SubjectView::default();
    let mut now = Millis(0);
    let mut guesses = 0_i64;
    for _ in 0..MAX_LOCKS_FOLLOWED {
        if now.0 >= span.0 {
            break;
        }
        // All guesses up to the next lock happen at once, so they are one event with a weight.
        let weight = look(policy, &view, &Lane::Public, now).remaining.unwrap_or(1).max(1);
        let failure = Event::Failure { authenticator, lane: Lane::Public, weight };
        view = decide(policy, &view, &failure, now).state;
        guesses = guesses.saturating_add(weight);
        match look(policy, &view, &Lane::Public, now).lock.map(|lock| lock.until) {
            Some(Until::At(end)) => now = end,
            Some(Until::Unlocked) => break,
            None => {}
        }
    }
    guesses
}

/// As [`guess_budget`], by an attacker with any number of sources: where each source has a lock of
/// its own, only the long run ends their guesses, and all of them fit into any span.
#[must_use]
pub fn guesses_over_all_sources(policy: &Policy, span: Span) -> i64 {
    let shared = match policy.lockout_type {
        LockoutType::PerUser => true,
        LockoutType::PerUserPerIp => false,
    };
    if shared || !policy.enabled || span.0 <= 0 {
        return guess_budget(policy, span);
    }
    if policy.long_run_limit > 0 { policy.long_run_limit } else { i64::MAX }
}

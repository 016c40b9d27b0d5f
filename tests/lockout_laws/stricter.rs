//! Law 14: a policy that is put over the live one for a while is never milder. Not for who tries again
//! the instant each lock ends, nor for who waits until everything is forgotten, nor for who does now
//! the one and now the other; nor from the middle of any life.

use lockkeeper::lockout::preview::{Rung, ladder};
use lockkeeper::lockout::stricter::strictest;
use lockkeeper::lockout::{PolicyDocument, SubjectView, decide, guess_budget};
use lockkeeper::model::Lane;

use super::*;

/// What an attacker does once a lock stands.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Patience {
    /// Goes on when it ends.
    LockEnd,
    /// Waits until the count is forgotten.
    Forgotten,
}

/// Guesses that are looked at within `span`, from a state on: all that are left at once, then as it
/// was chosen.
fn guesses(
    policy: &Policy,
    from: (&SubjectView, i64),
    span: i64,
    plan: impl Iterator<Item = Patience>,
) -> i64 {
    let Some(authenticator) = policy.authenticators.first().copied().filter(|_| policy.enabled)
    else {
        return i64::MAX;
    };
    let (mut view, mut now, mut made) = (from.0.clone(), from.1, 0);
    let end = from.1 + span;
    for patience in plan {
        let standing = look(policy, &view, &Lane::Public, Millis(now));
        if let Some(lock) = standing.lock {
            let Until::At(until) = lock.until else { return made };
            let forgotten = view.subject.deadline.map_or(now, |deadline| deadline.0 + 1);
            now = until.0.max(match patience {
                Patience::LockEnd => now,
                Patience::Forgotten => forgotten,
            });
        }
        if now >= end {
            return made;
        }
        let left = look(policy, &view, &Lane::Public, Millis(now)).remaining.unwrap_or(1).max(1);
        let failure = Event::Failure { authenticator, lane: Lane::Public, weight: left };
        view = decide(policy, &view, &failure, Millis(now)).state;
        made += left;
    }
    made
}

/// The best of all plans of eight steps.
fn best(policy: &Policy, span: i64) -> i64 {
    let plan = |bits: u32| {
        (0..8).map(move |step| match bits >> step & 1 {
            0 => Patience::LockEnd,
            _ => Patience::Forgotten,
        })
    };
    let fresh = SubjectView::default();
    (0..256).map(|bits| guesses(policy, (&fresh, 0), span, plan(bits))).max().unwrap()
}

fn as_long(one: LockLength, other: LockLength) -> bool {
    match (one, other) {
        (LockLength::UntilUnlocked, _) => true,
        (LockLength::For(_), LockLength::UntilUnlocked) => false,
        (LockLength::For(one), LockLength::For(other)) => one >= other,
    }
}

fn seconds() -> impl Strategy<Value = i64> {
    (1_i64..600).prop_map(|seconds| seconds * 1_000)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn law_14_what_is_put_over_a_policy_never_allows_more_guesses(
        live in policies(), other in policies(), span in seconds(),
    ) {
        let both = strictest(&live, &other);
        prop_assert!(guess_budget(&both, Span(span)) <= guess_budget(&live, Span(span)));
    }

    #[test]
    fn law_14_nor_shorter_locks(live in policies(), other in policies()) {
        let both = strictest(&live, &other);
        let limit = |policy: &Policy| match policy.long_run_limit {
            0 => i64::MAX,
            limit => limit,
        };
        prop_assert!(!live.enabled || limit(&both) <= limit(&live));
        // The long run ends both; it is no step of theirs.
        let steps = |policy: &Policy| ladder(&Policy { long_run_limit: 0, ..policy.clone() }, 60, 20);
        let (before, after) = (steps(&live), steps(&both));
        for (number, Rung { failure, length }) in before.into_iter().enumerate() {
            let Some(now) = after.get(number) else {
                // Nothing follows a lock without an end.
                let last = after.last().expect("a lock at the same failure at the latest");
                prop_assert_eq!(last.length, LockLength::UntilUnlocked);
                break;
            };
            prop_assert!(now.failure <= failure, "{} > {failure}", now.failure);
            prop_assert!(as_long(now.length, length), "{:?} < {length:?}", now.length);
        }
        prop_assert!(!live.enabled || as_long(both.manual_lock_duration, live.manual_lock_duration));
    }

    #[test]
    fn law_14_it_is_a_policy_and_made_twice_it_is_the_same(live in policies(), other in policies()) {
        let both = strictest(&live, &other);
        prop_assert_eq!(&strictest(&live, &live), &live);
        prop_assert_eq!(&strictest(&live, &both), &both);
        // Where lockout is off nothing is counted.
        prop_assert!(!live.enabled || live.authenticators.is_subset(&both.authenticators));
        prop_assert_eq!(
            (both.unlock_mail, both.unlocks_per_day, both.unlock_link_lifetime, both.known_devices),
            (live.unlock_mail, live.unlocks_per_day, live.unlock_link_lifetime, live.known_devices)
        );
        // As it is stored; a first lock without an end has none that is longer.
        if live.minimum_duration != LockLength::UntilUnlocked
            && other.minimum_duration != LockLength::UntilUnlocked
        {
            prop_assert_eq!(PolicyDocument::of(&both).parse().unwrap(), both);
        }
    }

    #[test]
    fn law_14_nor_from_the_middle_of_a_life(
        live in policies(), other in policies(), story in stories(), span in seconds(),
    ) {
        let both = Policy { lockout_type: live.lockout_type, ..strictest(&live, &other) };
        let life = Life::after(&live, &story);
        let from = life.world.view(Some(Who::Source(0)));
        let greedy = |policy: &Policy| {
            guesses(policy, (&from, life.now), span, std::iter::repeat_n(Patience::LockEnd, 300))
        };
        prop_assert!(greedy(&both) <= greedy(&live), "{} > {}", greedy(&both), greedy(&live));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_14_nor_with_any_patience(live in policies(), other in policies(), span in seconds()) {
        let both = strictest(&live, &other);
        prop_assert!(best(&both, span) <= best(&live, span));
    }
}

/// Longer locks alone: each outlasts the history, so that all tries come back with each.
#[test]
fn longer_locks_over_a_short_history_would_be_milder() {
    let live = Policy {
        max_attempts: 5,
        minimum_duration: LockLength::For(Span::HOUR),
        maximum_duration: LockLength::For(Span::HOUR),
        history_duration: Span::HOUR.times(2),
        long_run_limit: 0,
        ..Preset::Balanced.policy()
    };
    let three = LockLength::For(Span::HOUR.times(3));
    let longer = Policy { minimum_duration: three, maximum_duration: three, ..live.clone() };
    assert!(guess_budget(&longer, Span::DAY) > guess_budget(&live, Span::DAY));
    let both = strictest(&live, &longer);
    assert_eq!(both.history_duration, Span::HOUR.times(3));
    assert!(guess_budget(&both, Span::DAY) < guess_budget(&live, Span::DAY));
}

//! The guess budget is what an attacker gets who is followed guess by guess, and no moments at which an
//! owner presses unlock mails give more than it says.

use lockkeeper::lockout::{Precision, SubjectView, decide, guess_budget, guesses_by_unlock_mails};
use lockkeeper::model::Lane;

use super::*;

/// One guess after the other, the next the instant a lock ends. `presses` are the numbers of the locks
/// that are opened by mail at once.
fn followed(policy: &Policy, span: i64, presses: &[usize]) -> i64 {
    let Some(authenticator) = policy.authenticators.first().copied().filter(|_| policy.enabled)
    else {
        return i64::MAX;
    };
    let (mut view, mut now, mut guesses, mut locks) = (SubjectView::default(), 0, 0, 0);
    while now < span {
        let failure = Event::Failure { authenticator, lane: Lane::Public, weight: 1 };
        view = decide(policy, &view, &failure, Millis(now)).state;
        guesses += 1;
        while let Some(lock) = look(policy, &view, &Lane::Public, Millis(now)).lock {
            let number = locks;
            locks += 1;
            let episode = view.subject.episode;
            if presses.contains(&number) {
                view = decide(policy, &view, &Event::Press { episode }, Millis(now)).state;
                if look(policy, &view, &Lane::Public, Millis(now)).lock.is_none() {
                    break;
                }
            }
            match lock.until {
                Until::At(end) => now = end.0,
                Until::Unlocked => return guesses,
            }
        }
    }
    guesses
}

fn few() -> ProptestConfig {
    ProptestConfig { cases: 2_000, ..config() }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn law_15_the_budget_is_what_each_guess_adds_up_to(
        policy in policies(), odd in 0_i64..1_000, to_the_second in any::<bool>(),
        span in 0_i64..2_000_000,
    ) {
        let longer = |length| match length {
            LockLength::For(span) => LockLength::For(Span(span.0 + odd)),
            LockLength::UntilUnlocked => LockLength::UntilUnlocked,
        };
        let policy = Policy {
            minimum_duration: longer(policy.minimum_duration),
            maximum_duration: longer(policy.maximum_duration),
            precision: if to_the_second { Precision::Second } else { Precision::Millisecond },
            ..policy
        };
        prop_assert_eq!(guess_budget(&policy, Span(span)), followed(&policy, span, &[]));
    }
}

/// Every choice of up to three locks of a day that are opened by mail.
#[test]
fn no_other_moments_of_three_presses_give_more() {
    let fresh = Policy { count_after_lock: CountAfterLock::Fresh, ..Preset::Strict.policy() };
    for policy in [Preset::Strict.policy(), fresh] {
        let policy = Policy { long_run_limit: 0, ..policy };
        let day = Span::DAY.0;
        let mut best = 0;
        for a in 0..13 {
            for b in a..13 {
                for c in b..13 {
                    best = best.max(followed(&policy, day, &[a, b, c]));
                }
            }
        }
        let told = guess_budget(&policy, Span::DAY) + guesses_by_unlock_mails(&policy);
        assert_eq!(best, told);
    }
}

//! Law 13: a wrong password repeated from the same source (`ignore_repeated_secret`, protocol rule
//! 16). A repeat is never kinder than silence and never harsher than a failure.

use lockkeeper::lockout::{Decision, UncountedReason, decide};

use super::*;

fn repeat(who: Who, authenticator: Authenticator) -> Event {
    Event::RepeatedFailure { authenticator, lane: who.lane() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn law_13_a_repeat_counts_once_where_the_policy_counts_it_and_never_where_it_does_not(
        policy in policies(), story in stories(), who in people(), on in any::<bool>(),
        secret in prop::sample::select(Authenticator::ALL.to_vec()),
    ) {
        let policy = Policy { ignore_repeated_secret: on, ..policy };
        let life = Life::after(&policy, &story);
        let view = life.world.view(Some(who));
        let now = Millis(life.now);
        let failure = Event::Failure { authenticator: secret, lane: who.lane(), weight: 1 };
        let counted = decide(&policy, &view, &failure, now);
        let repeated = decide(&policy, &view, &repeat(who, secret), now);
        let counts = matches!(counted.decision, Decision::Counted { .. } | Decision::CountedAndLocked(_));
        if counts && on && secret == Authenticator::Password {
            prop_assert_eq!(&repeated.decision, &Decision::Uncounted(UncountedReason::Repeated));
            prop_assert!(repeated.effects.is_empty());
            let mut untouched = life.clone();
            untouched.decide(&policy, Some(who), &repeat(who, secret));
            prop_assert_eq!(untouched.looks(&policy), life.looks(&policy), "nothing counted or cleared");
        } else {
            // Another secret, the policy switched off, a lock, a dead lane: as a first try.
            prop_assert_eq!(repeated, counted);
        }
    }
}

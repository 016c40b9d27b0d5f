//! Totality: whatever numbers stand in a policy, a row or an event, `decide` answers without a
//! panic (overflow included, which debug builds check).

use lockkeeper::lockout::{
    Decision, Eras, Event, Factor, Ladder, LaneState, Lock, LockKind, LockLength, Policy,
    SourceState, StaffLock, SubjectState, SubjectView, decide, look,
};
use lockkeeper::model::{Authenticator, Lane, LaneId, Millis, Span, Until};
use proptest::prelude::*;

use crate::lockout_model::policies;

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn any_numbers_whatever_are_decided_without_panic(
        (policy, numbers) in (policies(), prop::collection::vec(extremes(), 24)),
        (flags, which) in (any::<[bool; 8]>(), 0_usize..9),
        now in extremes(),
    ) {
        let (policy, view) = (extreme_policy(policy, &numbers), extreme_view(&numbers, flags));
        let id = || LaneId("x".to_owned());
        let lane = [Lane::Public, Lane::Device(id()), Lane::Pass(id())][which % 3].clone();
        let event = match which / 3 {
            0 => Event::Failure { authenticator: Authenticator::Password, lane: lane.clone(), weight: numbers[0] },
            1 if which % 2 == 0 => Event::RepeatedFailure { authenticator: Authenticator::Password, lane: lane.clone() },
            1 => Event::SignInCompleted { lane: lane.clone() },
            _ => [Event::Press { episode: view.subject.episode }, Event::Reset, Event::StaffUnlock][which % 3].clone(),
        };
        let outcome = decide(&policy, &view, &event, Millis(now));
        prop_assert!(outcome.state.subject.last_instant >= view.subject.last_instant);
        if let Decision::Counted { remaining } = outcome.decision {
            prop_assert!(remaining >= 0, "{} left", remaining);
        }
        prop_assert!(look(&policy, &view, &lane, Millis(now)).permits >= 1);
    }
}

fn extremes() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(i64::MIN),
        Just(i64::MAX),
        Just(i64::MAX - 1),
        -2_i64..3,
        any::<i64>(),
        0_i64..2_000_000_000_000,
    ]
}

fn extreme_policy(policy: Policy, numbers: &[i64]) -> Policy {
    Policy {
        max_attempts: numbers[1],
        history_duration: Span(numbers[2]),
        minimum_duration: LockLength::For(Span(numbers[3])),
        maximum_duration: LockLength::For(Span(numbers[4])),
        backoff_factor: Factor::from_thousandths(numbers[5]).unwrap_or(Factor::TWO),
        long_run_limit: numbers[6],
        unlocks_per_day: numbers[7],
        ..policy
    }
}

fn extreme_view(numbers: &[i64], flags: [bool; 8]) -> SubjectView {
    let some = |index: usize| flags[index % 8].then(|| numbers[index]);
    let eras = |index: usize| Eras {
        count: numbers[index],
        step: numbers[index + 1],
        lock: numbers[index + 2],
    };
    let ladder = |index: usize| Ladder { base: numbers[index], last: some(index + 1) };
    let lock = |index: usize| {
        some(index).map(|end| Lock {
            kind: if flags[7] { LockKind::LongRun } else { LockKind::Automatic },
            since: Millis(numbers[index]),
            until: Until::At(Millis(end)),
            spent: flags[6],
        })
    };
    let millis = |index: usize| some(index).map(Millis);
    let subject = SubjectState {
        last_instant: Millis(numbers[8]),
        count: numbers[9],
        deadline: millis(10),
        ladder: ladder(11),
        lock: lock(13),
        staff_lock: some(14)
            .map(|end| StaffLock { since: Millis(0), until: Until::At(Millis(end)) }),
        long_run: numbers[15],
        episode: numbers[16],
        episode_open: flags[0],
        episode_since: millis(17),
        episode_mailed: millis(18),
        episode_lock_end: millis(19).map(Until::At),
        hot_sources: numbers[20],
        presses: numbers[21],
        presses_since: millis(22),
        last_press: millis(23),
        public_serial: numbers[1],
        all_serial: numbers[2],
        lanes_era: numbers[3],
        eras: eras(4),
    };
    let source = SourceState {
        count: numbers[5],
        ladder: ladder(6),
        lock: lock(8),
        hot: flags[1],
        eras: eras(9),
    };
    let lane = LaneState {
        count: numbers[12],
        deadline: millis(13),
        ladder: ladder(14),
        lock: lock(16),
        beyond_long_run: numbers[17],
        serial: numbers[18],
        dead: flags[2],
        expires: millis(19),
        era: numbers[20],
        all_serial: numbers[21],
    };
    SubjectView { subject, source, lane }
}

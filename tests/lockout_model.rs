//! The lockout core against a small reference model: the same rules, written down once more as
//! plainly as possible (every row in memory, every clearing done at once, no eras, no effects),
//! and compared with `decide` after every step of random sequences: three sources, two devices,
//! two passes, presses, staff, resets and policy edits.

use std::collections::BTreeMap;

use lockkeeper::lockout::{
    CountAfterLock, Decision, Effect, Event, Factor, LaneState, LockLength, LockoutType, Policy,
    Preset, PressVoid, SourceState, SubjectState, SubjectView, decide, look,
};
use lockkeeper::model::{Authenticator, Millis, Span, Until};
use proptest::prelude::*;

pub(crate) mod reference;

pub(crate) use reference::{EVERYBODY, Seen, Who, at};
use reference::{Model, Row};

/// The real thing, with the rows that a store would keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct World {
    pub(crate) subject: SubjectState,
    pub(crate) sources: BTreeMap<Who, SourceState>,
    pub(crate) lanes: BTreeMap<Who, LaneState>,
}

impl World {
    pub(crate) fn new_pass(&mut self, number: u8, now: i64) {
        let pass = LaneState::pass(&self.subject, Millis(now));
        self.lanes.insert(Who::Pass(number), pass);
    }

    pub(crate) fn view(&self, who: Option<Who>) -> SubjectView {
        let row = who.unwrap_or(Who::Source(0));
        SubjectView {
            subject: self.subject.clone(),
            source: self.sources.get(&row).cloned().unwrap_or_default(),
            lane: self.lanes.get(&row).cloned().unwrap_or_default(),
        }
    }

    pub(crate) fn decide(
        &mut self,
        policy: &Policy,
        who: Option<Who>,
        event: &Event,
        now: i64,
    ) -> (Seen, Option<bool>) {
        let outcome = decide(policy, &self.view(who), event, Millis(now));
        self.subject = outcome.state.subject;
        match who {
            Some(who @ Who::Source(_)) => drop(self.sources.insert(who, outcome.state.source)),
            Some(who) => drop(self.lanes.insert(who, outcome.state.lane)),
            None => {}
        }
        let mail = outcome.effects.iter().find_map(|effect| match effect {
            Effect::SendUnlockMail { episode, reminder } => {
                assert_eq!(*episode, self.subject.episode);
                Some(*reminder)
            }
            Effect::Audit(_) | Effect::Notify(_) => None,
        });
        (plain(&outcome.decision), mail)
    }
}

fn plain(decision: &Decision) -> Seen {
    match decision {
        Decision::Refused(lock) => Seen::Refused(lock.until),
        Decision::LaneDead => Seen::Dead,
        Decision::Counted { remaining } => Seen::Counted(*remaining),
        Decision::CountedAndLocked(lock) | Decision::StaffLocked(lock) => Seen::Locked(lock.until),
        Decision::Uncounted(_) => Seen::Uncounted,
        Decision::Passed | Decision::Completed => Seen::Good,
        Decision::StaffUnlocked { .. } | Decision::Unlocked { .. } | Decision::Reset { .. } => {
            Seen::Unlocked
        }
        Decision::PressVoid(void) => Seen::Void(match void {
            PressVoid::AlreadyUnlocked { .. } | PressVoid::EpisodeOver { .. } => "over",
            PressVoid::Superseded => "superseded",
            PressVoid::StaffLocked => "staff",
            PressVoid::LongRunLocked => "long run",
            PressVoid::DailyLimit { .. } => "limit",
            PressVoid::Unknown => "unknown",
        }),
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    Fail {
        who: Who,
        totp: bool,
        weight: i64,
    },
    Factor(Who),
    SignIn(Who),
    StaffLock(i64),
    StaffUnlock,
    /// Of the episode this many before the latest.
    Press(i64),
    Reset,
    NewPass(u8),
    Edit(Policy),
}

#[derive(Debug, Clone)]
pub(crate) enum Wait {
    Ms(i64),
    /// To this many milliseconds after the account's or some source's lock end.
    LockEnd(i64),
    Deadline(i64),
}

fn wait_target(model: &Model, wait: &Wait) -> i64 {
    let end = |row: &Row| row.locked(model.now).and_then(Until::instant).map(|end| end.0);
    match wait {
        Wait::Ms(ms) => model.now + ms,
        Wait::LockEnd(offset) => end(&model.account)
            .or_else(|| model.rows.values().find_map(end))
            .map_or(model.now, |end| end + offset),
        Wait::Deadline(offset) => model.deadline.map_or(model.now, |end| end + offset),
    }
}

/// The event of an act that is one, and whose it is.
pub(crate) fn event_of(what: &Act, now: i64, episode: i64) -> Option<(Option<Who>, Event)> {
    match what {
        Act::Fail { who, totp, weight } => {
            let authenticator = if *totp { Authenticator::Totp } else { Authenticator::Password };
            let failure = Event::Failure { authenticator, lane: who.lane(), weight: *weight };
            Some((Some(*who), failure))
        }
        Act::Factor(who) => Some((Some(*who), Event::FactorPassed { lane: who.lane() })),
        Act::SignIn(who) => Some((Some(*who), Event::SignInCompleted { lane: who.lane() })),
        Act::StaffLock(ms) => Some((None, Event::StaffLock { until: Some(at(now + ms)) })),
        Act::StaffUnlock => Some((None, Event::StaffUnlock)),
        Act::Press(back) => Some((None, Event::Press { episode: episode - back })),
        Act::Reset => Some((None, Event::Reset)),
        Act::NewPass(_) | Act::Edit(_) => None,
    }
}

/// Does one act in both worlds.
fn act(
    model: &mut Model,
    world: &mut World,
    policy: &mut Policy,
    what: &Act,
    now: i64,
) -> [(Seen, Option<bool>); 2] {
    let Some((who, event)) = event_of(what, model.now, model.episode) else {
        let born = model.now.max(now);
        match what {
            Act::NewPass(n) => {
                world.new_pass(*n, born);
                model.rows.insert(Who::Pass(*n), Row::pass(born));
            }
            Act::Edit(next) => *policy = next.clone(),
            other => unreachable!("{other:?}"),
        }
        return [(Seen::Good, None), (Seen::Good, None)];
    };
    let asked = model.now;
    model.time_passes(policy, who, now);
    let refusal = who.and_then(|who| model.refusal(who));
    let expected = match (refusal, what) {
        (Some(refusal), _) => (refusal, None),
        (None, Act::Fail { who, totp, weight }) => {
            if !policy.enabled || (*totp && !policy.authenticators.contains(&Authenticator::Totp)) {
                (Seen::Uncounted, None)
            } else {
                model.fail(policy, *who, *weight)
            }
        }
        (None, Act::SignIn(who)) => (model.sign_in(policy, *who), None),
        (None, Act::StaffLock(ms)) => {
            let until = at(asked + ms);
            model.staff = Some(until);
            model.kill_passes();
            (Seen::Locked(until), None)
        }
        (None, Act::StaffUnlock) => {
            model.staff = None;
            (model.start_over(), None)
        }
        (None, Act::Press(back)) => (model.press(policy, model.episode - back), None),
        (None, Act::Reset) => {
            model.kill_passes();
            (model.start_over(), None)
        }
        (None, Act::Factor(_) | Act::NewPass(_) | Act::Edit(_)) => (Seen::Good, None),
    };
    [expected, world.decide(policy, who, &event, now)]
}

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    let lengths = (1_i64..30, 1_i64..4, 0_i64..200, 1_i64..200, prop::bool::weighted(0.05));
    let counts = (1_i64..4, prop_oneof![Just(0_i64), 3_i64..12], 1_i64..3);
    (lengths, counts, any::<[bool; 3]>(), prop::bool::weighted(0.95)).prop_map(
        |(
            (first, factor, more, history, endless),
            (n, long_run, unlocks),
            [fresh, per_ip, totp],
            on,
        )| {
            let mut policy = Policy {
                enabled: on,
                max_attempts: n,
                history_duration: Span::SECOND.times(history),
                minimum_duration: LockLength::For(Span::SECOND.times(first)),
                maximum_duration: LockLength::For(Span::SECOND.times(first + more)),
                backoff_factor: Factor::from_thousandths(factor * 1_000).unwrap(),
                count_after_lock: if fresh { CountAfterLock::Fresh } else { CountAfterLock::Kept },
                lockout_type: if per_ip { LockoutType::PerUserPerIp } else { LockoutType::PerUser },
                long_run_limit: long_run,
                unlocks_per_day: unlocks,
                ..Preset::Balanced.policy()
            };
            if endless {
                policy.minimum_duration = LockLength::UntilUnlocked;
            }
            if !totp {
                policy.authenticators.remove(&Authenticator::Totp);
            }
            policy
        },
    )
}

pub(crate) fn people() -> impl Strategy<Value = Who> {
    prop_oneof![
        5 => (0_u8..3).prop_map(Who::Source),
        2 => (0_u8..2).prop_map(Who::Device),
        1 => (0_u8..2).prop_map(Who::Pass),
    ]
}

pub(crate) fn acts(edits: u32) -> impl Strategy<Value = Act> {
    prop_oneof![
        14 => (people(), prop::bool::weighted(0.2), prop_oneof![9 => Just(1_i64), 1 => 2_i64..4])
            .prop_map(|(who, totp, weight)| Act::Fail { who, totp, weight }),
        1 => people().prop_map(Act::Factor),
        2 => people().prop_map(Act::SignIn),
        1 => (0_i64..60_000).prop_map(Act::StaffLock),
        1 => Just(Act::StaffUnlock),
        2 => prop_oneof![8 => Just(0_i64), 1 => -1_i64..3].prop_map(Act::Press),
        1 => Just(Act::Reset),
        1 => (0_u8..2).prop_map(Act::NewPass),
        edits => policies().prop_map(Act::Edit),
    ]
}

pub(crate) fn waits() -> impl Strategy<Value = Wait> {
    prop_oneof![
        6 => Just(Wait::Ms(0)),
        3 => (0_i64..20_000).prop_map(Wait::Ms),
        1 => (-1_000_i64..0).prop_map(Wait::Ms),
        1 => (0_i64..100_000_000).prop_map(Wait::Ms),
        6 => (-1_i64..2).prop_map(Wait::LockEnd),
        2 => (-1_i64..2).prop_map(Wait::Deadline),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compare {
    /// Episodes and mails as well; edits keep N.
    Everything,
    /// Edits may change N. Which sources were once at N is then no longer told apart by the
    /// subject's row, so episodes, and with them presses, are left out.
    NoEpisodes,
}

/// Runs a sequence in both worlds and compares after every step.
fn run(mut policy: Policy, steps: &[(Wait, Act)], compare: Compare) -> Result<(), TestCaseError> {
    let (mut model, mut world) = (Model::default(), World::default());
    for pass in 0..2 {
        act(&mut model, &mut world, &mut policy, &Act::NewPass(pass), 0);
    }
    for (index, (wait, what)) in steps.iter().enumerate() {
        let now = wait_target(&model, wait);
        let what = &match (compare, what.clone()) {
            (Compare::NoEpisodes, Act::Press(_)) => continue,
            (Compare::Everything, Act::Edit(next)) => {
                Act::Edit(Policy { max_attempts: policy.max_attempts, ..next })
            }
            (_, what) => what,
        };
        let [(expected, mail), (got, real_mail)] =
            act(&mut model, &mut world, &mut policy, what, now);
        prop_assert_eq!(&got, &expected, "step {}: {:?} at {}", index, what, now);
        if compare == Compare::Everything {
            prop_assert_eq!(real_mail, mail, "mail at step {}: {:?}", index, what);
            prop_assert_eq!(world.subject.episode, model.episode);
            prop_assert_eq!(world.subject.episode_open, model.open, "step {}: {:?}", index, what);
        }
        prop_assert_eq!(world.subject.long_run, model.long_run);
        prop_assert_eq!(world.subject.count, model.total(), "step {}: {:?}", index, what);
        for who in EVERYBODY {
            let mut later = model.clone();
            later.time_passes(&policy, Some(who), now);
            let seen = look(&policy, &world.view(Some(who)), &who.lane(), Millis(now));
            let lock = seen.lock.map(|lock| Seen::Refused(lock.until));
            let lock = if seen.dead { Some(Seen::Dead) } else { lock };
            prop_assert_eq!(lock, later.refusal(who), "step {}: {:?}, {:?}", index, what, who);
            let left = policy.enabled.then(|| later.left(&policy, who));
            prop_assert_eq!(seen.remaining, left, "step {}: {:?}, {:?}", index, what, who);
        }
    }
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn decide_agrees_with_the_model(
        policy in policies(),
        steps in prop::collection::vec((waits(), acts(0)), 1..50),
    ) {
        run(policy, &steps, Compare::Everything)?;
    }

    #[test]
    fn decide_agrees_with_the_model_through_policy_edits(
        policy in policies(),
        steps in prop::collection::vec((waits(), acts(2)), 1..50),
    ) {
        run(policy, &steps, Compare::Everything)?;
    }

    #[test]
    fn decide_agrees_with_the_model_while_the_threshold_moves(
        policy in policies(),
        steps in prop::collection::vec((waits(), acts(3)), 1..50),
    ) {
        run(policy, &steps, Compare::NoEpisodes)?;
    }
}

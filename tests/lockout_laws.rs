//! The laws of the lockout core (invariants 1-12 of the reliability reference, and repeats), each over 10,000
//! random lives of a subject. Lives and the world that plays them come from the model's file.

use lockkeeper::lockout::{
    CountAfterLock, Event, LockKind, LockLength, LockoutType, Look, Policy, Preset, look,
};
use lockkeeper::model::{Authenticator, Millis, Span, Until};
use proptest::prelude::*;

use crate::lockout_model::{
    Act, EVERYBODY, Seen, Wait, Who, World, acts, event_of, people, policies, waits,
};

mod budget;
mod extremes;
mod repeats;
mod stricter;

type Story = Vec<(Wait, Act)>;

fn stories() -> impl Strategy<Value = Story> {
    prop::collection::vec((waits(), acts(0)), 0..25)
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// One life so far: the rows and the clock, which stands where the last event happened.
#[derive(Debug, Clone, PartialEq, Default)]
struct Life {
    world: World,
    now: i64,
}

impl Life {
    fn begin() -> Self {
        let mut life = Self::default();
        (0..2).for_each(|pass| life.world.new_pass(pass, 0));
        life
    }

    fn after(policy: &Policy, story: &Story) -> Self {
        let mut life = Self::begin();
        story.iter().for_each(|(wait, what)| life.step(policy, wait, what));
        life
    }

    fn wait(&mut self, wait: &Wait) {
        let sources = self.world.sources.values().filter_map(|row| row.lock);
        let locks = self.world.subject.lock.into_iter().chain(sources);
        let end = locks.filter_map(|lock| lock.until.instant()).map(|end| end.0).max();
        let target = match wait {
            Wait::Ms(ms) => self.now + ms,
            Wait::LockEnd(offset) => end.map_or(self.now, |end| end + offset),
            Wait::Deadline(offset) => {
                self.world.subject.deadline.map_or(self.now, |end| end.0 + offset)
            }
        };
        self.now = self.now.max(target);
    }

    fn step(&mut self, policy: &Policy, wait: &Wait, what: &Act) {
        self.wait(wait);
        match event_of(what, self.now, self.world.subject.episode) {
            Some((who, event)) => drop(self.decide(policy, who, &event)),
            None => {
                if let Act::NewPass(number) = what {
                    self.world.new_pass(*number, self.now);
                }
            }
        }
    }

    fn decide(&mut self, policy: &Policy, who: Option<Who>, event: &Event) -> Seen {
        self.world.decide(policy, who, event, self.now).0
    }

    fn look(&self, policy: &Policy, who: Who) -> Look {
        look(policy, &self.world.view(Some(who)), &who.lane(), Millis(self.now))
    }

    fn looks(&self, policy: &Policy) -> Vec<Look> {
        EVERYBODY.iter().map(|who| self.look(policy, *who)).collect()
    }
}

fn failure(who: Who, weight: i64) -> Event {
    Event::Failure { authenticator: Authenticator::Password, lane: who.lane(), weight }
}

fn is_source(who: Who) -> bool {
    matches!(who, Who::Source(_))
}

/// Whether a count of `who` is the one that decides for `other`.
fn shares_lane(policy: &Policy, who: Who, other: Who) -> bool {
    who == other
        || (is_source(who) && is_source(other) && policy.lockout_type == LockoutType::PerUser)
}

/// Waits that do not reach for the end of the history.
fn short_waits() -> impl Strategy<Value = Wait> {
    waits().prop_map(|wait| match wait {
        Wait::Deadline(offset) => Wait::LockEnd(offset),
        other => other,
    })
}

/// A policy whose history never passes within a life, and without a long run.
fn patient(policy: Policy) -> Policy {
    Policy { enabled: true, history_duration: Span::DAY.times(365), long_run_limit: 0, ..policy }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn law_1_guesses_are_bounded_by_n_and_the_locks_that_ended(
        policy in policies().prop_map(patient),
        tries in prop::collection::vec((short_waits(), people()), 1..60),
    ) {
        let mut life = Life::begin();
        for who in EVERYBODY.into_iter().filter(|who| !matches!(who, Who::Pass(_))) {
            let mut life = life.clone();
            let (mut revealed, mut locks) = (0, 0);
            for (wait, other) in &tries {
                life.wait(wait);
                match life.decide(&policy, Some(*other), &failure(*other, 1)) {
                    Seen::Counted(_) if shares_lane(&policy, *other, who) => revealed += 1,
                    Seen::Locked(_) if shares_lane(&policy, *other, who) => {
                        revealed += 1;
                        locks += 1;
                    }
                    _ => {}
                }
                let bound = match policy.count_after_lock {
                    CountAfterLock::Kept if locks > 0 => policy.max_attempts + locks - 1,
                    CountAfterLock::Kept => policy.max_attempts - 1,
                    CountAfterLock::Fresh => policy.max_attempts * (locks + 1) - 1,
                };
                prop_assert!(revealed <= bound, "{revealed} guesses with {locks} locks: {who:?}");
            }
        }
        // A pass is five tries, whatever the policy.
        let pass = Who::Pass(0);
        let answered = (0..10)
            .filter(|_| matches!(life.decide(&policy, Some(pass), &failure(pass, 1)), Seen::Counted(_)))
            .count();
        prop_assert_eq!(answered, 5);
    }

    #[test]
    fn law_2_a_failure_raises_one_count_by_its_weight_once(
        policy in policies(), story in stories(), who in people(), weight in 1_i64..4,
    ) {
        let mut life = Life::after(&policy, &story);
        let (before, run_before) = (life.looks(&policy), life.world.subject.long_run);
        let answer = life.decide(&policy, Some(who), &failure(who, weight));
        let weight = if matches!(answer, Seen::Counted(_) | Seen::Locked(_)) { weight } else { 0 };
        prop_assert_eq!(life.world.subject.long_run, run_before + weight);
        for ((before, after), other) in before.iter().zip(life.looks(&policy)).zip(EVERYBODY) {
            // A `fresh` share that ended leaves the total when its own source comes by.
            let lazy = policy.count_after_lock == CountAfterLock::Fresh && is_source(other) && other != who;
            if lazy {
                continue;
            }
            let raised = if shares_lane(&policy, who, other) { weight } else { 0 };
            prop_assert_eq!(after.count, before.count + raised, "{:?} after {:?}", other, who);
        }
    }

    #[test]
    fn law_3_nothing_is_revealed_while_locked(
        policy in policies(), story in stories(), who in people(), weight in 1_i64..4,
    ) {
        let life = Life::after(&policy, &story);
        let seen = life.look(&policy, who);
        let Some(lock) = seen.lock.filter(|_| !seen.dead) else { return Ok(()) };
        let lane = || who.lane();
        for event in [
            failure(who, weight),
            Event::FactorPassed { lane: lane() },
            Event::SignInCompleted { lane: lane() },
        ] {
            let mut life = life.clone();
            prop_assert_eq!(life.decide(&policy, Some(who), &event), Seen::Refused(lock.until));
            prop_assert_eq!(life.look(&policy, who), seen);
        }
    }

    #[test]
    fn law_4_tries_never_move_the_end_of_a_lock(
        policy in policies(), story in stories(), who in people(), right in any::<bool>(),
    ) {
        let mut life = Life::after(&policy, &story);
        let before = life.looks(&policy);
        let completed = Event::SignInCompleted { lane: who.lane() };
        let event = if right { completed } else { failure(who, 1) };
        life.decide(&policy, Some(who), &event);
        let account = life.world.subject.lock;
        let long_run = account.is_some_and(|lock| lock.kind == LockKind::LongRun);
        for ((before, after), other) in before.iter().zip(life.looks(&policy)).zip(EVERYBODY) {
            let Some(lock) = before.lock else { continue };
            let until = after.lock.map(|lock| lock.until);
            // A failure in an open lane may shut all public ones for the long run: another lock,
            // over theirs.
            let shut = other != who && is_source(other) && long_run;
            prop_assert!(until == Some(lock.until) || shut, "{other:?}: {lock:?} became {until:?}");
        }
    }

    #[test]
    fn law_5_what_is_left_of_a_lock_is_within_the_policy(policy in policies(), story in stories()) {
        let mut life = Life::begin();
        for (wait, what) in &story {
            if matches!(what, Act::StaffLock(_)) {
                continue;
            }
            life.step(&policy, wait, what);
            for lock in life.looks(&policy).into_iter().filter_map(|seen| seen.lock) {
                let left = lock.until.remaining(Millis(life.now));
                let most = match (lock.kind, policy.minimum_duration, policy.maximum_duration) {
                    (LockKind::Automatic, LockLength::For(_), LockLength::For(most)) => Some(most),
                    _ => None,
                };
                prop_assert_eq!(left.is_some(), most.is_some());
                prop_assert!(left <= most && left.is_none_or(|left| left > Span::ZERO));
            }
        }
    }

    #[test]
    fn law_6_locks_never_get_shorter_and_stop_at_the_maximum(
        policy in policies().prop_map(patient),
        tries in prop::collection::vec((short_waits(), 0_u8..3, 0_u8..20), 1..50),
    ) {
        let mut life = Life::begin();
        let mut last = [Span::ZERO; 3];
        for (wait, source, press) in &tries {
            life.wait(wait);
            if *press == 0 && policy.count_after_lock == CountAfterLock::Fresh {
                // Not even an unlock by mail starts the steps over.
                let episode = life.world.subject.episode;
                life.decide(&policy, None, &Event::Press { episode });
            }
            let who = Who::Source(*source);
            let Seen::Locked(Until::At(end)) = life.decide(&policy, Some(who), &failure(who, 1)) else {
                continue;
            };
            let length = end.since(Millis(life.now));
            let ladder = match policy.lockout_type {
                LockoutType::PerUser => 0,
                LockoutType::PerUserPerIp => usize::from(*source),
            };
            prop_assert!(length >= last[ladder], "{length:?} after {:?}", last[ladder]);
            if let LockLength::For(most) = policy.maximum_duration {
                prop_assert!(length <= most, "longer than the maximum");
            }
            last[ladder] = length;
        }
    }

    #[test]
    fn law_7_the_count_is_forgotten_right_after_its_deadline(
        policy in policies(), story in stories(), who in people(),
    ) {
        let mut life = Life::after(&policy, &story);
        let answer = life.decide(&policy, Some(who), &failure(who, 1));
        if !matches!(answer, Seen::Counted(_) | Seen::Locked(_)) || matches!(who, Who::Pass(_)) {
            return Ok(());
        }
        let (seen, deadline) = (life.look(&policy, who), life.now + policy.history_duration.0);
        prop_assert_eq!(seen.deadline, Some(Millis(deadline)));
        for early in [deadline - 1, deadline] {
            life.now = early;
            let later = life.look(&policy, who);
            let fresh = policy.count_after_lock == CountAfterLock::Fresh;
            prop_assert!(later.count == seen.count || (fresh && later.lock.is_none()));
        }
        life.now = deadline + 1;
        prop_assert_eq!(life.look(&policy, who).count, 0);
    }

    #[test]
    fn law_8_a_right_secret_clears_its_own_share_and_nothing_else(
        policy in policies(), story in stories(), who in people(),
    ) {
        let mut life = Life::after(&policy, &story);
        let before = life.looks(&policy);
        let passed = life.decide(&policy, Some(who), &Event::FactorPassed { lane: who.lane() });
        prop_assert_eq!(&life.looks(&policy)[..], &before[..], "a first factor alone clears nothing");
        let (rows, total) = (life.world.clone(), life.world.subject.count);
        let own = rows.sources.get(&who).map_or(0, |row| row.count);
        let completed = Event::SignInCompleted { lane: who.lane() };
        let answer = life.decide(&policy, Some(who), &completed);
        prop_assert_eq!(&answer, &passed);
        if answer != Seen::Good {
            return Ok(());
        }
        prop_assert_eq!(life.world.subject.long_run, 0);
        prop_assert_eq!(life.world.subject.count, total - own);
        prop_assert_eq!(life.world.subject.lock.map(|l| l.until), rows.subject.lock.map(|l| l.until));
        for other in EVERYBODY.into_iter().filter(|other| *other != who) {
            prop_assert_eq!(life.world.sources.get(&other), rows.sources.get(&other));
            prop_assert_eq!(life.world.lanes.get(&other), rows.lanes.get(&other));
        }
        if is_source(who) {
            prop_assert_eq!(life.world.sources[&who].count, 0);
        } else {
            let lane = &life.world.lanes[&who];
            prop_assert!(lane.dead || lane.count == 0);
        }
    }

    #[test]
    fn law_9_a_staff_lock_ends_by_staff_or_by_itself(
        policy in policies(), story in stories(), after in stories(), length in 1_i64..50_000,
    ) {
        let mut life = Life::after(&policy, &story);
        let end = life.now + length;
        let until = Some(Until::At(Millis(end)));
        life.decide(&policy, None, &Event::StaffLock { until });
        for (wait, what) in &after {
            if matches!(what, Act::StaffLock(_) | Act::StaffUnlock) {
                continue;
            }
            life.step(&policy, wait, what);
            for seen in life.looks(&policy) {
                let staff = seen.lock.is_some_and(|lock| lock.staff);
                prop_assert_eq!(staff, life.now < end, "at {} after {:?}", life.now, what);
            }
        }
        life.decide(&policy, None, &Event::StaffUnlock);
        prop_assert!(life.looks(&policy).iter().all(|seen| seen.lock.is_none()));
        prop_assert!(life.looks(&policy).iter().zip(EVERYBODY).all(|(seen, who)| seen.count == 0 || matches!(who, Who::Pass(_))));
    }

    #[test]
    fn law_10_a_new_threshold_locks_and_frees_nobody_until_the_next_failure(
        policy in policies(), story in stories(), n in 1_i64..6, who in people(),
    ) {
        let mut life = Life::after(&policy, &story);
        let edited = Policy { max_attempts: n, ..policy.clone() };
        let off = Policy { enabled: false, ..edited.clone() };
        let locks = |policy: &Policy| -> Vec<_> {
            life.looks(policy).into_iter().map(|seen| (seen.lock, seen.count, seen.dead)).collect()
        };
        prop_assert_eq!(locks(&policy), locks(&edited));
        prop_assert_eq!(locks(&policy), locks(&off));
        let seen = life.look(&edited, who);
        if seen.lock.is_none() && !seen.dead && edited.enabled && !matches!(who, Who::Pass(_)) && edited.long_run_limit == 0 {
            let locked = matches!(life.decide(&edited, Some(who), &failure(who, 1)), Seen::Locked(_));
            prop_assert_eq!(locked, seen.count + 1 >= n);
        }
    }

    #[test]
    fn law_11_what_does_not_count_changes_nothing(
        policy in policies(), story in stories(), other in stories(), who in people(),
    ) {
        let mut policy = policy;
        policy.authenticators.remove(&Authenticator::Totp);
        let mut life = Life::after(&policy, &story);
        let before = life.looks(&policy);
        let totp = Event::Failure { authenticator: Authenticator::Totp, lane: who.lane(), weight: 1 };
        life.decide(&policy, Some(who), &totp);
        prop_assert_eq!(&life.looks(&policy)[..], &before[..]);
        // Another user's life beside it, event by event, changes nothing either.
        let (mut ours, mut theirs) = (Life::begin(), Life::begin());
        for index in 0..story.len().max(other.len()) {
            for (life, story) in [(&mut ours, &story), (&mut theirs, &other)] {
                if let Some((wait, what)) = story.get(index) {
                    life.step(&policy, wait, what);
                }
            }
        }
        prop_assert_eq!(ours, Life::after(&policy, &story));
        prop_assert_eq!(theirs, Life::after(&policy, &other));
    }

    #[test]
    fn law_12_the_log_replayed_from_zero_gives_the_same_state(
        policy in policies(), story in stories(),
    ) {
        let mut life = Life::begin();
        let mut log = Vec::new();
        for (wait, what) in &story {
            life.wait(wait);
            match event_of(what, life.now, life.world.subject.episode) {
                Some((who, event)) => {
                    life.decide(&policy, who, &event);
                    log.push((life.world.subject.last_instant, who, Ok(event)));
                }
                None => {
                    if let Act::NewPass(number) = what {
                        life.world.new_pass(*number, life.now);
                        log.push((Millis(life.now), None, Err(*number)));
                    }
                }
            }
        }
        let mut again = Life::begin();
        for (now, who, what) in log {
            match what {
                Ok(event) => drop(again.world.decide(&policy, who, &event, now.0)),
                Err(number) => again.world.new_pass(number, now.0),
            }
        }
        prop_assert_eq!(format!("{:?}", again.world), format!("{:?}", life.world));
    }
}

/// The presets themselves obey law 1 in numbers: a day of one patient guesser.
#[test]
fn presets_bound_a_day_of_guessing() {
    for preset in Preset::ALL {
        let policy = preset.policy();
        let budget = lockkeeper::lockout::guess_budget(&policy, Span::DAY);
        assert!(budget <= 100, "{}: {budget}", preset.as_str());
    }
}

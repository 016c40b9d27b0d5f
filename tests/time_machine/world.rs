//! Made-up days of a tenant: owners who mistype and forget, attackers from one address or many, staff
//! and links in between. What the live policy refused is written into the log without its answer, as
//! the program does: some tries one by one, some as a minute's sum.

use std::collections::BTreeMap;

use lockkeeper::lockout::time_machine::{Lesson, LockOf, Log, LogBuilder, RawLock, RawTry, Window};
use lockkeeper::lockout::{
    AuditFact, CountAfterLock, Decision, Effect, Event, Factor, LaneState, LockKind, LockLength,
    LockView, LockoutType, Policy, Preset, SourceState, SubjectState, SubjectView, decide,
};
use lockkeeper::model::{Authenticator, Lane, LaneId, Millis, Span, Until};

use crate::simulation::dice::Dice;

/// A Saturday at midnight, UTC.
const BEGIN: Millis = Millis(1_790_000_000_000 / 86_400_000 * 86_400_000);

/// What somebody really typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Typed {
    Wrong,
    Passed,
    Completed,
}

#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Try { source: String, lane: Lane, typed: Typed },
    StaffLock(Until),
    StaffUnlock,
    Press,
    Reset,
}

#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) at: Millis,
    pub(super) account: String,
    pub(super) deed: Deed,
    /// The live policy refused it.
    pub(super) refused: bool,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) live: Policy,
    pub(super) acts: Vec<Act>,
    pub(super) log: Log,
    pub(super) window: Window,
}

/// Lengths from seconds to hours, so that locks end, count again and are forgotten within days.
pub(super) fn a_policy(dice: &mut Dice) -> Policy {
    let minimum = Span(*dice.pick(&[1_000, 60_000, 300_000, 3_600_000]));
    let factors = [Factor::ONE, Factor::TWO, Factor::from_thousandths(1_500).unwrap()];
    let maximum = Span(minimum.0 * dice.between(1, 30));
    Policy {
        enabled: !dice.permille(60),
        max_attempts: dice.between(1, 8),
        history_duration: Span(*dice.pick(&[600_000, 3_600_000, 86_400_000])),
        minimum_duration: LockLength::For(minimum),
        backoff_factor: *dice.pick(&factors),
        maximum_duration: if dice.permille(50) {
            LockLength::UntilUnlocked
        } else {
            LockLength::For(maximum)
        },
        count_after_lock: *dice.pick(&[CountAfterLock::Kept, CountAfterLock::Fresh]),
        lockout_type: *dice.pick(&[LockoutType::PerUser, LockoutType::PerUserPerIp]),
        long_run_limit: *dice.pick(&[0, 0, 15, 100]),
        unlock_mail: !dice.permille(100),
        ..Preset::Balanced.policy()
    }
}

/// The state of one account under a policy, with all that hangs beneath it.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    subject: SubjectState,
    sources: BTreeMap<String, SourceState>,
    lanes: BTreeMap<Lane, LaneState>,
}

impl Standing {
    pub(crate) fn meet(
        &mut self,
        policy: &Policy,
        at: Millis,
        act: &Deed,
    ) -> lockkeeper::lockout::Outcome {
        let (event, key) = match act {
            Deed::Try { source, lane, typed } => {
                let lane = lane.clone();
                let event = match typed {
                    Typed::Wrong => Event::Failure {
                        authenticator: Authenticator::Password,
                        lane: lane.clone(),
                        weight: 1,
                    },
                    Typed::Passed => Event::FactorPassed { lane: lane.clone() },
                    Typed::Completed => Event::SignInCompleted { lane: lane.clone() },
                };
                (event, Some((source.clone(), lane)))
            }
            Deed::StaffLock(until) => (Event::StaffLock { until: Some(*until) }, None),
            Deed::StaffUnlock => (Event::StaffUnlock, None),
            Deed::Press => (Event::Press { episode: self.subject.episode }, None),
            Deed::Reset => (Event::Reset, None),
        };
        let mut view = SubjectView { subject: self.subject.clone(), ..SubjectView::default() };
        if let Some((source, lane)) = &key {
            view.source = self.sources.get(source).cloned().unwrap_or_default();
            if !lane.is_public() {
                let known = self.lanes.get(lane).cloned();
                view.lane = known.unwrap_or_else(|| LaneState::device(&self.subject));
            }
        }
        let outcome = decide(policy, &view, &event, at);
        self.subject = outcome.state.subject.clone();
        if let Some((source, lane)) = key {
            if lane.is_public() {
                self.sources.insert(source, outcome.state.source.clone());
            } else {
                self.lanes.insert(lane, outcome.state.lane.clone());
            }
        }
        outcome
    }
}

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let live = a_policy(dice);
        let mut acts = Vec::new();
        for account in 0..dice.between(1, 4) {
            acts.extend(an_account(dice, &format!("u:{account}")));
        }
        Self::lived(dice, live, acts)
    }

    /// Many tries at few accounts under the preset "balanced".
    pub(super) fn crowded(dice: &mut Dice, tries: usize) -> Self {
        let mut acts = Vec::new();
        while acts.len() < tries {
            let account = format!("u:{}", acts.len());
            acts.extend(an_account(dice, &account));
        }
        Self::lived(dice, Preset::Balanced.policy(), acts)
    }

    /// The same days, with this answer wherever the live policy refused.
    pub(super) fn with_unknown(&self, right: bool) -> Self {
        let mut acts = self.acts.clone();
        for act in &mut acts {
            if let (true, Deed::Try { typed, .. }) = (act.refused, &mut act.deed) {
                *typed = if right { Typed::Completed } else { Typed::Wrong };
            }
        }
        Self { live: self.live.clone(), acts, log: Log::default(), window: self.window }
    }

    fn lived(dice: &mut Dice, live: Policy, mut acts: Vec<Act>) -> Self {
        acts.sort_by_key(|act| act.at);
        // Of a press that changed nothing there is no record.
        let mut void = Vec::new();
        let mut log = LogBuilder::default();
        let mut standings: BTreeMap<String, Standing> = BTreeMap::new();
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        let mut sums: BTreeMap<(String, String, i64), u32> = BTreeMap::new();
        for (number, act) in acts.iter_mut().enumerate() {
            let outcome =
                standings.entry(act.account.clone()).or_default().meet(&live, act.at, &act.deed);
            note_long_run(&mut log, act, &outcome.effects);
            let (source, lane, typed) = match &act.deed {
                Deed::Try { source, lane, typed } => (source, lane, *typed),
                Deed::StaffLock(until) => {
                    log.staff_locked(&act.account, act.at, *until);
                    continue;
                }
                Deed::StaffUnlock => {
                    log.staff_unlocked(&act.account, act.at);
                    continue;
                }
                Deed::Press => {
                    if matches!(outcome.decision, Decision::Unlocked { .. }) {
                        log.pressed(&act.account, act.at);
                    } else {
                        void.push(number);
                    }
                    continue;
                }
                Deed::Reset => {
                    log.reset(&act.account, act.at);
                    continue;
                }
            };
            let lock = match &outcome.decision {
                Decision::Refused(lock) | Decision::CountedAndLocked(lock) => Some(raw_lock(lock)),
                _ => None,
            };
            act.refused = matches!(outcome.decision, Decision::Refused(_));
            // Only the public lane is refused from memory.
            if act.refused && lane.is_public() && dice.permille(500) {
                let minute = act.at.0.div_euclid(60_000);
                *sums.entry((act.account.clone(), source.clone(), minute)).or_default() += 1;
                continue;
            }
            let lesson = match typed {
                _ if act.refused => Lesson::Unknown(Authenticator::Password),
                Typed::Wrong => Lesson::Wrong(Authenticator::Password),
                Typed::Passed => Lesson::Passed,
                Typed::Completed => Lesson::Completed,
            };
            let id = format!("att_{number}");
            let previous = newest.insert(act.account.clone(), id.clone());
            log.tried(&RawTry {
                id: &id,
                previous: previous.as_deref(),
                at: act.at,
                account: &act.account,
                source,
                lane,
                lesson,
                lock,
            });
        }
        for ((account, source, minute), tries) in sums {
            log.refused(&account, &source, Millis(minute * 60_000), tries);
        }
        for number in void.into_iter().rev() {
            acts.remove(number);
        }
        let to = acts.last().map_or(BEGIN, |act| act.at).after(Span::HOUR);
        Self { live, acts, log: log.finish(), window: Window { from: BEGIN, to } }
    }
}

fn raw_lock(lock: &LockView) -> RawLock {
    let LockView { since, until, .. } = *lock;
    let of = match (lock.staff, lock.source_only) {
        (true, _) => LockOf::Staff,
        (false, true) => LockOf::Source,
        (false, false) => LockOf::Account,
    };
    RawLock { since, until, of }
}

/// As the audit log has them.
fn note_long_run(log: &mut LogBuilder, act: &Act, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Audit(AuditFact::Locked(lock)) = effect
            && lock.kind == LockKind::LongRun
        {
            log.locked_for_long_run(&act.account, act.at);
        }
    }
}

/// A few days of one account.
fn an_account(dice: &mut Dice, account: &str) -> Vec<Act> {
    let mut acts = Vec::new();
    let home = format!("10.0.0.{}", dice.below(3));
    let device = Lane::Device(LaneId(format!("device of {account}")));
    let days = dice.between(1, 5);
    let mut push = |at: i64, deed: Deed| {
        acts.push(Act {
            at: Millis(BEGIN.0 + at),
            account: account.to_owned(),
            deed,
            refused: false,
        });
    };
    for day in 0..days {
        let mut now = day * Span::DAY.0 + dice.between(0, Span::DAY.0 / 2);
        // The owner: some mistakes, then in, or not.
        if dice.permille(800) {
            let lane = if dice.permille(200) { device.clone() } else { Lane::Public };
            let once = |typed| Deed::Try { source: home.clone(), lane: lane.clone(), typed };
            for _ in 0..dice.between(0, 9) {
                push(now, once(Typed::Wrong));
                now += dice.between(0, 90_000);
            }
            if dice.permille(300) {
                push(now, once(Typed::Passed));
                now += dice.between(0, 20_000);
            }
            if dice.permille(700) {
                push(now, once(Typed::Completed));
            }
        }
        if dice.permille(500) {
            now += dice.between(-3_600_000, 3_600_000).max(-now);
            let sources = dice.between(1, 6);
            for _ in 0..dice.between(1, 40) {
                let source =
                    format!("198.51.100.{}", dice.below(usize::try_from(sources).unwrap()));
                let typed = match dice.below(60) {
                    0 => Typed::Completed,
                    1 => Typed::Passed,
                    _ => Typed::Wrong,
                };
                push(now, Deed::Try { source, lane: Lane::Public, typed });
                now += *dice.pick(&[0, 1, 900, 20_000, 400_000]);
            }
        }
        if dice.permille(150) {
            let deed = match dice.below(4) {
                0 => Deed::StaffLock(Until::At(Millis(BEGIN.0 + now + dice.between(1, 7_200_000)))),
                1 => Deed::StaffUnlock,
                2 => Deed::Press,
                _ => Deed::Reset,
            };
            push(now + dice.between(0, 30_000), deed);
        }
    }
    acts
}

//! `decide`, the one function that changes lockout state, and `look`, which only tells.
//! This file holds the frame; what each event does stands in the files beside it.

use super::completion;
use super::decision::{Decision, Effect, LockView, Outcome};
use super::event::Event;
use super::failure;
use super::policy::{LockLength, Policy, Precision};
use super::press;
use super::refresh::refresh;
use super::staff;
use super::state::{Lock, LockKind, SubjectState, SubjectView};
use crate::model::{Lane, Millis, Span, Until};

/// Tries of one grace pass (DESIGN §7), whatever the policy's N.
pub const GRACE_PASS_TRIES: i64 = 5;

/// Decides one event of one subject at `now`. Total: any state, any policy, any instant gives an
/// answer; numbers saturate. An instant before the subject's last one counts as that last one.
///
/// The source row is read and written by attempts in the public lane only, the lane row by
/// attempts in that lane, neither by staff, press and reset. Subject, source and lane of an
/// outcome belong together: write all three or none, refusals included.
#[must_use]
pub fn decide(policy: &Policy, view: &SubjectView, event: &Event, now: Millis) -> Outcome {
    let mut step = Step::start(policy, view, lane_of(event), now);
    let decision = match event {
        Event::Failure { authenticator, lane, weight } => {
            failure::failed(&mut step, *authenticator, lane, *weight)
        }
        Event::RepeatedFailure { authenticator, lane } => {
            failure::repeated(&mut step, *authenticator, lane)
        }
        Event::FactorPassed { lane } => completion::factor_passed(&step, lane),
        Event::SignInCompleted { lane } => completion::completed(&mut step, lane),
        Event::StaffLock { until } => staff::lock(&mut step, *until),
        Event::StaffUnlock => staff::unlock(&mut step),
        Event::Press { episode } => press::press(&mut step, *episode),
        Event::Reset => staff::reset(&mut step),
    };
    step.finish(decision)
}

/// The lane whose rows an event reads and writes; `None` for what happens to the subject alone.
const fn lane_of(event: &Event) -> Option<&Lane> {
    match event {
        Event::Failure { lane, .. }
        | Event::RepeatedFailure { lane, .. }
        | Event::FactorPassed { lane }
        | Event::SignInCompleted { lane } => Some(lane),
        Event::StaffLock { .. } | Event::StaffUnlock | Event::Press { .. } | Event::Reset => None,
    }
}

/// One decision on its way: the state as it becomes, and what is to be carried out.
pub(super) struct Step<'a> {
    pub(super) policy: &'a Policy,
    pub(super) state: SubjectView,
    pub(super) now: Millis,
    pub(super) effects: Vec<Effect>,
}

impl<'a> Step<'a> {
    fn start(policy: &'a Policy, view: &SubjectView, lane: Option<&Lane>, now: Millis) -> Self {
        let now = now.max(view.subject.last_instant);
        let mut state = view.clone();
        refresh(policy, &mut state, lane, now);
        Self { policy, state, now, effects: Vec::new() }
    }

    fn finish(self, decision: Decision) -> Outcome {
        Outcome { state: self.state, decision, effects: self.effects }
    }

    /// The instant from which ends and deadlines are set.
    pub(super) const fn setting_instant(&self) -> Millis {
        match self.policy.precision {
            Precision::Millisecond => self.now,
            Precision::Second => self.now.floor_to_second(),
        }
    }

    /// The end of something that starts now and lasts `length`.
    pub(super) const fn end_of(&self, length: LockLength) -> Until {
        match length {
            LockLength::For(span) => Until::At(self.setting_instant().after(span)),
            LockLength::UntilUnlocked => Until::Unlocked,
        }
    }

    pub(super) const fn end_of_history(&self) -> Millis {
        self.setting_instant().after(self.policy.history_duration)
    }

    pub(super) fn lock_in_force(&self, lane: &Lane) -> Option<LockView> {
        lock_in_force(&self.state, lane, self.now)
    }
}

/// What stands for a lane at an instant, for the gate, pages and APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The lock that refuses this lane now.
    pub lock: Option<LockView>,
    /// The count that decides in this lane: the subject's (`per_user`), the source's
    /// (`per_user_per_ip`), the device's or the pass's.
    pub count: i64,
    /// Counted failures left before the next lock, 0 when the next one locks; `None` while the
    /// policy has lockout switched off.
    pub remaining: Option<i64>,
    /// Attempts of this lane that may be in flight at once: never below 1;
    /// `i64::MAX` while lockout is off.
    pub permits: i64,
    /// When the count is forgotten.
    pub deadline: Option<Millis>,
    /// A pass used up, expired or revoked, or a device revoked: go public.
    pub dead: bool,
}

/// What an event in `lane` would meet at `now`. Changes nothing.
#[must_use]
pub fn look(policy: &Policy, view: &SubjectView, lane: &Lane, now: Millis) -> Look {
    let step = Step::start(policy, view, Some(lane), now);
    let state = &step.state;
    let remaining = policy.enabled.then(|| failure::remaining(policy, state, lane));
    Look {
        lock: step.lock_in_force(lane),
        count: failure::deciding_count(policy, state, lane),
        remaining,
        // Rule 1 (always one permit): 0 left means that the next failure locks, not that nobody may try.
        permits: remaining.map_or(i64::MAX, |left| left.max(1)),
        deadline: if lane.is_public() { state.subject.deadline } else { state.lane.deadline },
        dead: !lane.is_public() && state.lane.dead,
    }
}

/// The lock of the account as a whole: staff, long-run or account-wide. What Clerk's `locked`
/// says; a lock of single sources is not one.
#[must_use]
pub fn account_lock(subject: &SubjectState, now: Millis) -> Option<LockView> {
    let now = now.max(subject.last_instant);
    staff_lock_view(subject, now).or_else(|| account_policy_lock(subject, now))
}

/// The episode that is open at `now`: the stored flag is only as new as the subject's last event,
/// and the count may have been forgotten since.
#[must_use]
pub fn open_episode(policy: &Policy, subject: &SubjectState, now: Millis) -> Option<i64> {
    let view = SubjectView { subject: subject.clone(), ..SubjectView::default() };
    let refreshed = Step::start(policy, &view, None, now).state.subject;
    refreshed.episode_open.then_some(refreshed.episode)
}

/// The lock that refuses an event in this lane at `now`.
///
/// Rule 20 (a lock keeps its end): no policy is asked here. Account and source lock are both looked
/// at whatever the policy's type, so an edit never moves a live lock.
fn lock_in_force(view: &SubjectView, lane: &Lane, now: Millis) -> Option<LockView> {
    let staff = staff_lock_view(&view.subject, now);
    if staff.is_some() {
        return staff;
    }
    match lane {
        Lane::Public => {
            let account = account_policy_lock(&view.subject, now);
            let source =
                held(view.source.lock, now).map(|lock| policy_lock_view(&lock, Reach::Source));
            match (account, source) {
                // The later end is the one to wait for.
                (Some(account), Some(source)) if source.until > account.until => Some(source),
                (Some(account), _) => Some(account),
                (None, source) => source,
            }
        }
        Lane::Device(_) | Lane::Pass(_) => {
            held(view.lane.lock, now).map(|lock| policy_lock_view(&lock, Reach::Lane))
        }
    }
}

fn held(lock: Option<Lock>, now: Millis) -> Option<Lock> {
    lock.filter(|lock| lock.holds_at(now))
}

pub(super) fn account_policy_lock(subject: &SubjectState, now: Millis) -> Option<LockView> {
    held(subject.lock, now).map(|lock| policy_lock_view(&lock, Reach::Account))
}

pub(super) fn staff_lock_view(subject: &SubjectState, now: Millis) -> Option<LockView> {
    let lock = subject.staff_lock.filter(|lock| lock.until.holds_at(now))?;
    Some(LockView {
        staff: true,
        kind: LockKind::Automatic,
        source_only: false,
        since: lock.since,
        until: lock.until,
    })
}

/// Whom a policy lock shuts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Account,
    Source,
    Lane,
}

pub(super) const fn policy_lock_view(lock: &Lock, reach: Reach) -> LockView {
    LockView {
        staff: false,
        kind: lock.kind,
        source_only: matches!(reach, Reach::Source),
        since: lock.since,
        until: lock.until,
    }
}

/// A day, the window of `unlocks_per_day` and of reminders (DESIGN §7).
pub(super) const A_DAY: Span = Span::DAY;

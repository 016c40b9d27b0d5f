//! A verified failure: whether it counts, where, and the lock it may make. Knows nothing of how
//! locks end.

use super::backoff::lock_length;
use super::decide::{A_DAY, GRACE_PASS_TRIES, Reach, Step, policy_lock_view};
use super::decision::{AuditFact, Decision, Effect, LockView, Notice, UncountedReason};
use super::policy::{LockoutType, Policy};
use super::refresh::long_run_locked;
use super::state::{Ladder, Lock, LockKind, SubjectState, SubjectView};
use crate::model::{Authenticator, Lane, Until};

pub(super) fn failed(
    step: &mut Step<'_>,
    authenticator: Authenticator,
    lane: &Lane,
    weight: i64,
) -> Decision {
    if let Some(uncounted) = uncounted(step, authenticator, lane) {
        return uncounted;
    }
    // A failure is at least one failure, whatever a caller reports.
    let weight = weight.max(1);
    match lane {
        Lane::Public => count_public(step, weight),
        Lane::Device(_) => count_device(step, lane, weight),
        Lane::Pass(_) => count_pass(step, lane, weight),
    }
}

/// The same wrong secret once more. Whatever refuses or spares a failure goes first, so that a
/// repeat is never told apart from a first try where neither counts.
pub(super) fn repeated(step: &mut Step<'_>, authenticator: Authenticator, lane: &Lane) -> Decision {
    if let Some(uncounted) = uncounted(step, authenticator, lane) {
        return uncounted;
    }
    // Passwords only: a code that changes by itself would be a new guess each time.
    if step.policy.ignore_repeated_secret && authenticator == Authenticator::Password {
        return Decision::Uncounted(UncountedReason::Repeated);
    }
    failed(step, authenticator, lane, 1)
}

/// Why a failure here is not counted, whatever the secret.
fn uncounted(step: &Step<'_>, authenticator: Authenticator, lane: &Lane) -> Option<Decision> {
    if !lane.is_public() && step.state.lane.dead {
        return Some(Decision::LaneDead);
    }
    if let Some(lock) = step.lock_in_force(lane) {
        return Some(Decision::Refused(lock));
    }
    if !step.policy.enabled {
        return Some(Decision::Uncounted(UncountedReason::LockoutOff));
    }
    if !step.policy.authenticators.contains(&authenticator) {
        return Some(Decision::Uncounted(UncountedReason::AuthenticatorNotSelected));
    }
    None
}

/// The count that decides in this lane.
pub(super) const fn deciding_count(policy: &Policy, view: &SubjectView, lane: &Lane) -> i64 {
    match lane {
        Lane::Public => match policy.lockout_type {
            LockoutType::PerUser => view.subject.count,
            LockoutType::PerUserPerIp => view.source.count,
        },
        Lane::Device(_) | Lane::Pass(_) => view.lane.count,
    }
}

/// Failures that this lane has left before it locks (a pass: dies); 0 where the next one does, or none is left.
/// The long run bounds it as well: `long_run_limit` over all lanes, then N more for a lane of its
/// own.
pub(super) fn remaining(policy: &Policy, view: &SubjectView, lane: &Lane) -> i64 {
    if !lane.is_public() && view.lane.dead {
        return 0;
    }
    let tries = match lane {
        Lane::Public | Lane::Device(_) => policy.max_attempts,
        Lane::Pass(_) => GRACE_PASS_TRIES,
    };
    let left = tries.saturating_sub(deciding_count(policy, view, lane));
    left.min(left_of_long_run(policy, view, lane)).max(0)
}

/// What the long run leaves this lane; no bound while it is off or, in a lane of its own, before
/// the limit is reached.
const fn left_of_long_run(policy: &Policy, view: &SubjectView, lane: &Lane) -> i64 {
    if policy.long_run_limit <= 0 {
        return i64::MAX;
    }
    match lane {
        Lane::Public => policy.long_run_limit.saturating_sub(view.subject.long_run),
        Lane::Device(_) | Lane::Pass(_) => {
            if at_long_run_limit(policy, &view.subject) {
                policy.max_attempts.saturating_sub(view.lane.beyond_long_run)
            } else {
                i64::MAX
            }
        }
    }
}

const fn at_long_run_limit(policy: &Policy, subject: &SubjectState) -> bool {
    policy.long_run_limit > 0 && subject.long_run >= policy.long_run_limit
}

fn count_public(step: &mut Step<'_>, weight: i64) -> Decision {
    let end_of_history = step.end_of_history();
    let SubjectView { subject, source, .. } = &mut step.state;
    subject.count = subject.count.saturating_add(weight);
    source.count = source.count.saturating_add(weight);
    subject.long_run = subject.long_run.saturating_add(weight);
    subject.deadline = Some(end_of_history);
    if !source.hot && source.count >= step.policy.max_attempts {
        source.hot = true;
        subject.hot_sources = subject.hot_sources.saturating_add(1);
    }
    if at_long_run_limit(step.policy, subject) {
        return Decision::CountedAndLocked(lock_for_long_run(step));
    }
    let over = deciding_count(step.policy, &step.state, &Lane::Public)
        .saturating_sub(step.policy.max_attempts);
    if over < 0 {
        return Decision::Counted { remaining: remaining(step.policy, &step.state, &Lane::Public) };
    }
    Decision::CountedAndLocked(lock_automatically(step, over))
}

fn lock_automatically(step: &mut Step<'_>, over: i64) -> LockView {
    let per = step.policy.lockout_type;
    let mut ladder = match per {
        LockoutType::PerUser => step.state.subject.ladder,
        LockoutType::PerUserPerIp => step.state.source.ladder,
    };
    let lock = next_lock(step, &mut ladder, over);
    let reach = match per {
        LockoutType::PerUser => {
            step.state.subject.ladder = ladder;
            step.state.subject.lock = Some(lock);
            Reach::Account
        }
        LockoutType::PerUserPerIp => {
            step.state.source.ladder = ladder;
            step.state.source.lock = Some(lock);
            Reach::Source
        }
    };
    announce_public_lock(step, policy_lock_view(&lock, reach))
}

/// The automatic lock of a count that stands `over` above N, and its place on the ladder.
fn next_lock(step: &Step<'_>, ladder: &mut Ladder, over: i64) -> Lock {
    let exponent = ladder.base.saturating_add(over);
    ladder.last = Some(exponent);
    Lock {
        kind: LockKind::Automatic,
        since: step.now,
        until: step.end_of(lock_length(step.policy, exponent)),
        spent: false,
    }
}

const fn endless_lock(step: &Step<'_>) -> Lock {
    Lock { kind: LockKind::LongRun, since: step.now, until: Until::Unlocked, spent: false }
}

/// Shuts every public lane until reset or staff.
fn lock_for_long_run(step: &mut Step<'_>) -> LockView {
    let lock = endless_lock(step);
    step.state.subject.lock = Some(lock);
    announce_public_lock(step, policy_lock_view(&lock, Reach::Account))
}

/// What every public lock brings with it: passed factors of the lane die, the episode opens or
/// goes on, and those who must know are told.
fn announce_public_lock(step: &mut Step<'_>, lock: LockView) -> LockView {
    let now = step.now;
    let subject = &mut step.state.subject;
    subject.public_serial = subject.public_serial.saturating_add(1);
    if !subject.episode_open {
        subject.episode = subject.episode.saturating_add(1);
        subject.episode_open = true;
        subject.episode_since = Some(now);
        subject.episode_mailed = None;
        subject.episode_lock_end = None;
    }
    subject.episode_lock_end = subject.episode_lock_end.max(Some(lock.until));
    step.effects.push(Effect::Audit(AuditFact::Locked(lock)));
    step.effects.push(Effect::Notify(Notice::UserLocked(lock)));
    mail_owner(step);
    lock
}

/// The lock that opens an episode mails at once; relocks only when the last mail is a day old.
fn mail_owner(step: &mut Step<'_>) {
    if !step.policy.unlock_mail {
        return;
    }
    let subject = &mut step.state.subject;
    let mailed = subject.episode_mailed;
    if mailed.is_some_and(|mailed| step.now < mailed.after(A_DAY)) {
        return;
    }
    subject.episode_mailed = Some(step.now);
    step.effects
        .push(Effect::SendUnlockMail { episode: subject.episode, reminder: mailed.is_some() });
}

/// Counts a failure of a device or pass lane, and shuts the public lanes when it is the one that
/// brings the long run to its limit. An automatic lock that stands there meanwhile gives way: the
/// failure happened in an open lane, so this is a lock of its own, not an extension.
fn count_lane(step: &mut Step<'_>, weight: i64) {
    let at_limit_before = at_long_run_limit(step.policy, &step.state.subject);
    let SubjectView { subject, lane, .. } = &mut step.state;
    subject.long_run = subject.long_run.saturating_add(weight);
    lane.count = lane.count.saturating_add(weight);
    lane.beyond_long_run =
        if at_limit_before { lane.beyond_long_run.saturating_add(weight) } else { 0 };
    if at_long_run_limit(step.policy, subject) && !long_run_locked(subject, step.now) {
        lock_for_long_run(step);
    }
}

fn count_device(step: &mut Step<'_>, lane: &Lane, weight: i64) -> Decision {
    count_lane(step, weight);
    step.state.lane.deadline = Some(step.end_of_history());
    let limit = step.policy.max_attempts;
    let over = step.state.lane.count.saturating_sub(limit);
    let lock = if beyond_long_run(step) {
        endless_lock(step)
    } else if over >= 0 {
        let mut ladder = step.state.lane.ladder;
        let lock = next_lock(step, &mut ladder, over);
        step.state.lane.ladder = ladder;
        lock
    } else {
        return Decision::Counted { remaining: remaining(step.policy, &step.state, lane) };
    };
    let lane = &mut step.state.lane;
    lane.lock = Some(lock);
    lane.serial = lane.serial.saturating_add(1);
    let view = policy_lock_view(&lock, Reach::Lane);
    step.effects.push(Effect::Audit(AuditFact::Locked(view)));
    Decision::CountedAndLocked(view)
}

fn count_pass(step: &mut Step<'_>, lane: &Lane, weight: i64) -> Decision {
    count_lane(step, weight);
    let remaining = remaining(step.policy, &step.state, lane);
    if remaining == 0 {
        let lane = &mut step.state.lane;
        lane.dead = true;
        lane.serial = lane.serial.saturating_add(1);
    }
    Decision::Counted { remaining }
}

/// Whether this lane has used its N tries after the long-run limit was reached.
const fn beyond_long_run(step: &Step<'_>) -> bool {
    at_long_run_limit(step.policy, &step.state.subject)
        && step.state.lane.beyond_long_run >= step.policy.max_attempts
}

//! What time alone does to the state, before any event is looked at: history passes, a lock's end
//! gives a fresh start, rows of an older era are read as cleared, an episode comes to its end.
//! Knows no event.

use super::policy::{CountAfterLock, LockoutType, Policy};
use super::state::{Ladder, LaneState, LockKind, SourceState, SubjectState, SubjectView};
use crate::model::{Lane, Millis};

/// Brings the subject, and the rows of the event's lane, up to `now`. Idempotent; locks are never
/// touched. Rows that the event is not about stay as they are: their caller may not write them,
/// and a share must leave the subject's count and the source's row together.
pub(super) fn refresh(policy: &Policy, view: &mut SubjectView, lane: Option<&Lane>, now: Millis) {
    view.subject.last_instant = now;
    refresh_subject(policy, &mut view.subject, now);
    match lane {
        None => {}
        Some(Lane::Public) => {
            normalise_source(&view.subject, &mut view.source);
            refresh_source(policy, view, now);
        }
        Some(Lane::Device(_)) => refresh_device(policy, &view.subject, &mut view.lane, now),
        Some(Lane::Pass(_)) => refresh_pass(&view.subject, &mut view.lane, now),
    }
    close_finished_episode(policy, &mut view.subject, now);
}

fn refresh_subject(policy: &Policy, subject: &mut SubjectState, now: Millis) {
    if subject.deadline.is_some_and(|deadline| now > deadline) {
        clear_counts(subject);
        forget_steps(subject);
        subject.deadline = None;
    }
    let ended = subject.lock.is_some_and(|lock| lock.ended_unspent(now));
    if policy.count_after_lock == CountAfterLock::Fresh && ended {
        clear_counts(subject);
        subject.ladder = subject.ladder.climbed();
    }
}

/// All public counts to zero, those of sources by raising the era. A lock of that count has then
/// nothing left to clear at its end: clearing twice would give back failures that came in between.
pub(super) fn clear_counts(subject: &mut SubjectState) {
    subject.count = 0;
    subject.hot_sources = 0;
    subject.eras.count = subject.eras.count.saturating_add(1);
    if let Some(lock) = &mut subject.lock {
        lock.spent = true;
    }
}

/// All public ladders back to the first step.
pub(super) fn forget_steps(subject: &mut SubjectState) {
    subject.ladder = Ladder::default();
    subject.eras.step = subject.eras.step.saturating_add(1);
}

/// Applies to a source row every clearing that happened since it was written.
fn normalise_source(subject: &SubjectState, source: &mut SourceState) {
    if source.eras.count != subject.eras.count {
        source.count = 0;
        source.hot = false;
        source.ladder = source.ladder.climbed();
        if let Some(lock) = &mut source.lock {
            lock.spent = true;
        }
    }
    if source.eras.step != subject.eras.step {
        source.ladder = Ladder::default();
    }
    if source.eras.lock != subject.eras.lock {
        source.lock = None;
    }
    source.eras = subject.eras;
}

fn refresh_source(policy: &Policy, view: &mut SubjectView, now: Millis) {
    let ended = view.source.lock.is_some_and(|lock| lock.ended_unspent(now));
    if policy.count_after_lock == CountAfterLock::Fresh && ended {
        view.source.ladder = view.source.ladder.climbed();
        clear_share(view);
    }
}

/// Takes this source's failures off the subject's count.
pub(super) fn clear_share(view: &mut SubjectView) {
    let SubjectView { subject, source, .. } = view;
    subject.count = subject.count.saturating_sub(source.count).max(0);
    source.count = 0;
    if source.hot {
        source.hot = false;
        subject.hot_sources = subject.hot_sources.saturating_sub(1).max(0);
    }
    if let Some(lock) = &mut source.lock {
        lock.spent = true;
    }
}

/// Closes the episode unless some public lane is locked or one failure away from a lock.
pub(super) fn close_finished_episode(policy: &Policy, subject: &mut SubjectState, now: Millis) {
    if episode_lock_holds(subject, now) || primed(policy, subject) {
        return;
    }
    subject.episode_open = false;
}

/// Whether a public lock of the present episode, some other source's included, is in force.
pub(super) fn episode_lock_holds(subject: &SubjectState, now: Millis) -> bool {
    subject.episode_lock_end.is_some_and(|end| end.holds_at(now))
}

/// Whether some public lane has its count at N or above. In `fresh` mode a source's count goes to
/// zero at the end of its lock although its row, and so its place in `hot_sources`, is only
/// brought up to date when the source comes back; there the locks alone tell.
fn primed(policy: &Policy, subject: &SubjectState) -> bool {
    match (policy.lockout_type, policy.count_after_lock) {
        (LockoutType::PerUser, CountAfterLock::Kept | CountAfterLock::Fresh) => {
            subject.count >= policy.max_attempts
        }
        (LockoutType::PerUserPerIp, CountAfterLock::Kept) => subject.hot_sources > 0,
        (LockoutType::PerUserPerIp, CountAfterLock::Fresh) => false,
    }
}

/// Ends the episode early, by an unlock of any kind: a lock that was lifted has not "run out".
pub(super) fn close_episode(subject: &mut SubjectState, now: Millis) {
    subject.episode_open = false;
    if episode_lock_holds(subject, now) {
        subject.episode_lock_end = None;
    }
}

fn refresh_device(policy: &Policy, subject: &SubjectState, lane: &mut LaneState, now: Millis) {
    if lane.era != subject.lanes_era {
        *lane = LaneState {
            serial: lane.serial,
            dead: lane.dead,
            expires: lane.expires,
            all_serial: lane.all_serial,
            era: subject.lanes_era,
            ..LaneState::default()
        };
    }
    if lane.deadline.is_some_and(|deadline| now > deadline) {
        clear_lane(lane);
        lane.ladder = Ladder::default();
        lane.deadline = None;
    }
    let ended = lane.lock.is_some_and(|lock| lock.ended_unspent(now));
    if policy.count_after_lock == CountAfterLock::Fresh && ended {
        clear_lane(lane);
        lane.ladder = lane.ladder.climbed();
    }
}

pub(super) fn clear_lane(lane: &mut LaneState) {
    lane.count = 0;
    if let Some(lock) = &mut lane.lock {
        lock.spent = true;
    }
}

/// A pass has no history of its own: five tries, 24 hours, and whatever revokes it.
fn refresh_pass(subject: &SubjectState, lane: &mut LaneState, now: Millis) {
    let expired = lane.expires.is_some_and(|end| now >= end);
    if expired || lane.all_serial != subject.all_serial {
        lane.dead = true;
    }
}

/// Whether the account is locked for its long run.
pub(super) fn long_run_locked(subject: &SubjectState, now: Millis) -> bool {
    subject.lock.is_some_and(|lock| match lock.kind {
        LockKind::LongRun => lock.holds_at(now),
        LockKind::Automatic => false,
    })
}

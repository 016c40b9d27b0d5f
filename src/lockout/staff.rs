//! What people with authority do: staff lock and unlock, and the password reset that the owner
//! proved by mail. Knows nothing of who they are.

use super::decide::{Step, account_policy_lock, staff_lock_view};
use super::decision::{AuditFact, Decision, Effect, LockView, Notice, UnlockedBy};
use super::refresh::{clear_counts, close_episode, episode_lock_holds, forget_steps};
use super::state::{LockKind, StaffLock, SubjectState};
use crate::model::{Millis, Until};

/// Locks, or gives a standing staff lock a new end.
pub(super) fn lock(step: &mut Step<'_>, until: Option<Until>) -> Decision {
    let until = until.unwrap_or_else(|| step.end_of(step.policy.manual_lock_duration));
    let standing = step.state.subject.staff_lock.filter(|lock| lock.until.holds_at(step.now));
    let since = standing.map_or(step.now, |lock| lock.since);
    let subject = &mut step.state.subject;
    subject.staff_lock = Some(StaffLock { since, until });
    subject.all_serial = subject.all_serial.saturating_add(1);
    let view =
        LockView { staff: true, kind: LockKind::Automatic, source_only: false, since, until };
    step.effects.push(Effect::Audit(AuditFact::Locked(view)));
    step.effects.push(Effect::Notify(Notice::UserLocked(view)));
    Decision::StaffLocked(view)
}

/// Lifts everything, the staff lock included.
pub(super) fn unlock(step: &mut Step<'_>) -> Decision {
    let subject = &mut step.state.subject;
    let lifted = staff_lock_view(subject, step.now).or_else(|| public_lock_view(subject, step.now));
    let counted = counted(subject);
    subject.staff_lock = None;
    start_over(subject, step.now);
    if lifted.is_some() || counted {
        announce_unlock(step, UnlockedBy::Staff, lifted);
    }
    Decision::StaffUnlocked { lifted }
}

/// Lifts every policy lock, long-run ones included; a staff lock stays. Passed factors and passes
/// belong to the old credential and die.
pub(super) fn reset(step: &mut Step<'_>) -> Decision {
    let subject = &mut step.state.subject;
    let lifted = public_lock_view(subject, step.now);
    let counted = counted(subject);
    subject.all_serial = subject.all_serial.saturating_add(1);
    start_over(subject, step.now);
    if lifted.is_some() || counted {
        announce_unlock(step, UnlockedBy::Reset, lifted);
    }
    Decision::Reset { lifted }
}

const fn counted(subject: &SubjectState) -> bool {
    subject.count > 0 || subject.long_run > 0 || subject.episode_open
}

/// Counts, steps, long run and policy locks of every public lane and device: gone.
fn start_over(subject: &mut SubjectState, now: Millis) {
    clear_counts(subject);
    forget_steps(subject);
    lift_public_locks(subject);
    subject.deadline = None;
    subject.long_run = 0;
    subject.lanes_era = subject.lanes_era.saturating_add(1);
    close_episode(subject, now);
}

/// The account's lock here, those of sources by raising the era.
pub(super) fn lift_public_locks(subject: &mut SubjectState) {
    subject.lock = None;
    subject.eras.lock = subject.eras.lock.saturating_add(1);
}

/// The public policy lock that stands: the account's, else "some source" as the episode tells it.
pub(super) fn public_lock_view(subject: &SubjectState, now: Millis) -> Option<LockView> {
    account_policy_lock(subject, now).or_else(|| {
        let until = subject.episode_lock_end.filter(|_| episode_lock_holds(subject, now))?;
        Some(LockView {
            staff: false,
            kind: LockKind::Automatic,
            source_only: true,
            since: subject.episode_since.unwrap_or(now),
            until,
        })
    })
}

pub(super) fn announce_unlock(step: &mut Step<'_>, by: UnlockedBy, lifted: Option<LockView>) {
    step.effects.push(Effect::Audit(AuditFact::Unlocked { by, lifted }));
    step.effects.push(Effect::Notify(Notice::UserUnlocked { by }));
}

//! The button behind an unlock link. Takes effect on the open episode only; never signs in, never
//! lifts a staff lock. Knows nothing of links and tokens: it is handed an episode's number.

use super::decide::{A_DAY, Step, staff_lock_view};
use super::decision::{Decision, PressVoid, UnlockedBy};
use super::refresh::{clear_counts, close_episode, long_run_locked};
use super::staff::{announce_unlock, lift_public_locks, public_lock_view};
use super::state::SubjectState;
use crate::model::Millis;

pub(super) fn press(step: &mut Step<'_>, episode: i64) -> Decision {
    if let Some(void) = void(step, episode) {
        return Decision::PressVoid(void);
    }
    let now = step.now;
    let subject = &mut step.state.subject;
    let lifted = public_lock_view(subject, now);
    clear_counts(subject);
    // The steps stay until history passes, so an attack that goes on does not start over.
    subject.ladder = subject.ladder.climbed();
    lift_public_locks(subject);
    close_episode(subject, now);
    spend_press(subject, now);
    announce_unlock(step, UnlockedBy::Press, lifted);
    Decision::Unlocked { lifted }
}

/// Why this press changes nothing, in the order in which a page would want to say it.
fn void(step: &Step<'_>, episode: i64) -> Option<PressVoid> {
    let subject = &step.state.subject;
    if episode < 1 || episode > subject.episode {
        return Some(PressVoid::Unknown);
    }
    // Rule 14 (the open episode): a link that was mailed for an earlier attack ends nothing of this one.
    if episode < subject.episode {
        return Some(PressVoid::Superseded);
    }
    // Rule 13 (two locks): the press of a link opens the policy's, never the one by staff.
    if staff_lock_view(subject, step.now).is_some() {
        return Some(PressVoid::StaffLocked);
    }
    if !subject.episode_open {
        return Some(over(subject));
    }
    if long_run_locked(subject, step.now) {
        return Some(PressVoid::LongRunLocked);
    }
    daily_limit(step)
}

fn over(subject: &SubjectState) -> PressVoid {
    let pressed = subject.last_press.filter(|press| Some(*press) >= subject.episode_since);
    match pressed {
        Some(at) => PressVoid::AlreadyUnlocked { at },
        None => PressVoid::EpisodeOver {
            lock_ended: subject.episode_lock_end.and_then(|end| end.instant()),
        },
    }
}

fn daily_limit(step: &Step<'_>) -> Option<PressVoid> {
    let subject = &step.state.subject;
    let until = window_end(subject).filter(|end| step.now < *end)?;
    (subject.presses >= step.policy.unlocks_per_day).then_some(PressVoid::DailyLimit { until })
}

fn window_end(subject: &SubjectState) -> Option<Millis> {
    subject.presses_since.map(|since| since.after(A_DAY))
}

/// Counts the press in its window, a new one if the last has passed.
fn spend_press(subject: &mut SubjectState, now: Millis) {
    if window_end(subject).is_none_or(|end| now >= end) {
        subject.presses = 0;
        subject.presses_since = Some(now);
    }
    subject.presses = subject.presses.saturating_add(1);
    subject.last_press = Some(now);
}

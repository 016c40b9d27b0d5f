//! One account's rows one by one under a policy, along the way that the likely figures take: what its
//! line in a comparison is made of. Knows no storage and no words.

use super::super::decision::{Decision, LockView, UncountedReason};
use super::super::event::Event;
use super::super::policy::Policy;
use super::branch::{Answer, Branch, Frame, Try};
use super::compare::Window;
use super::log::{Lesson, Log, Part, Recorded, What};
use super::owners::{Whose, judge};
use crate::model::Millis;

/// What a row would have come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// A lock that stood refused it.
    Refused(LockView),
    Counted {
        /// Tries before the lock.
        remaining: i64,
    },
    Locked(LockView),
    Uncounted(UncountedReason),
    /// Right, and the sign-in was not complete by it.
    Passed,
    Completed,
    /// Of tries that were refused in fact, so many would have been checked; then `lock` stood.
    Checked {
        tries: i64,
        lock: Option<LockView>,
    },
    /// Staff locked the account.
    ByStaff,
    /// Staff, a press or a reset lifted what stood.
    Lifted,
    /// Nothing: what lifted a lock in fact finds none.
    Nothing,
}

/// What an account of `log` comes to under `policy`: each of its rows with its instant, in their order.
/// `None` for a row that repeats the one before it.
#[must_use]
pub fn trace(
    log: &Log,
    account: &str,
    policy: &Policy,
    window: Window,
) -> Vec<(Millis, Option<Became>)> {
    let frame = Frame { policy, from: window.from, to: window.to };
    let rows = log.rows_of(account);
    let mut whose = Vec::new();
    judge(rows, &mut whose);
    let mut branch = Branch::default();
    let each = rows.iter().zip(&whose);
    each.map(|(row, whose)| (row.at, became(&mut branch, &frame, log, row, *whose))).collect()
}

fn became(
    branch: &mut Branch,
    frame: &Frame<'_>,
    log: &Log,
    row: &Recorded,
    whose: Whose,
) -> Option<Became> {
    let Recorded { at, source, lane: lane_number, what } = *row;
    let tried = Try { at, source, lane_number, lane: log.lane(row.lane), whose };
    let event = match what {
        What::Tried(lesson) => {
            let answer = match lesson {
                Lesson::Wrong(authenticator) => Answer::Wrong(authenticator),
                Lesson::Repeated(authenticator) => Answer::Repeated(authenticator),
                Lesson::Passed => Answer::Passed,
                Lesson::Completed => Answer::Completed,
                Lesson::Unknown(authenticator) => Answer::likely(whose, authenticator),
            };
            return Some(told(&branch.tries(frame, &tried, answer)));
        }
        What::Refused { part: Part::Further, .. } => return None,
        What::Refused { tries, part: Part::Whole | Part::First, .. } => {
            let checked = branch.likely_refused(frame, &tried, i64::from(tries));
            return Some(match (checked, branch.lock_met(frame, &tried)) {
                (0, Some(lock)) => Became::Refused(lock),
                (tries, lock) => Became::Checked { tries, lock },
            });
        }
        What::StaffLocked(until) => Event::StaffLock { until: Some(until) },
        What::StaffUnlocked => Event::StaffUnlock,
        What::Reset => Event::Reset,
        What::Pressed => Event::Press { episode: branch.subject.episode },
    };
    Some(told(&branch.happens(frame, at, &event)))
}

const fn told(decision: &Decision) -> Became {
    match decision {
        Decision::Refused(lock) => Became::Refused(*lock),
        Decision::Counted { remaining } => Became::Counted { remaining: *remaining },
        Decision::CountedAndLocked(lock) => Became::Locked(*lock),
        Decision::Uncounted(reason) => Became::Uncounted(*reason),
        Decision::Passed => Became::Passed,
        Decision::Completed => Became::Completed,
        Decision::StaffLocked(_) => Became::ByStaff,
        Decision::StaffUnlocked { lifted: Some(_) }
        | Decision::Unlocked { lifted: Some(_) }
        | Decision::Reset { lifted: Some(_) } => Became::Lifted,
        Decision::StaffUnlocked { lifted: None }
        | Decision::Unlocked { lifted: None }
        | Decision::Reset { lifted: None }
        | Decision::PressVoid(_)
        | Decision::LaneDead => Became::Nothing,
    }
}

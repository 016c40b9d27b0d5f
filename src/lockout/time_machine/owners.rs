//! Whose try it was, as far as a log can say: the owner's, if the same source (or the same device)
//! completed a sign-in at most a day later. Depends on no policy, so the owner is the same one under
//! each. Knows nothing of locks.

use std::collections::HashMap;

use super::log::{Lesson, Log, Recorded, What};
use crate::model::{Millis, Span};

/// A sign-in proves the tries of its source this long before it.
pub const PROVES: Span = Span::DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Owner,
    /// A try that nobody checked would prove it.
    Perhaps,
    Stranger,
}

/// The next completed and the next unchecked try of a source.
#[derive(Debug, Clone, Copy, Default)]
struct Ahead {
    completed: Option<Millis>,
    unknown: Option<Millis>,
}

/// For each row of an account of `log`, in their order, whether it is sure that it is its owner's.
#[must_use]
pub fn owners_own(log: &Log, account: &str) -> Vec<bool> {
    let mut whose = Vec::new();
    judge(log.rows_of(account), &mut whose);
    whose.into_iter().map(|whose| whose == Whose::Owner).collect()
}

/// Fills `whose` with one answer for each row.
pub(super) fn judge(rows: &[Recorded], whose: &mut Vec<Whose>) {
    whose.clear();
    let mut ahead: HashMap<(u32, u32), Ahead> = HashMap::new();
    for row in rows.iter().rev() {
        // A device is its owner's wherever it is.
        let who = if row.lane == 0 { (0, row.source) } else { (row.lane, 0) };
        let (first, last) = match row.what {
            What::Tried(_) => (row.at, row.at),
            What::Refused { last, .. } => (row.at, last),
            What::StaffLocked(_) | What::StaffUnlocked | What::Pressed | What::Reset => {
                whose.push(Whose::Owner);
                continue;
            }
        };
        let known = ahead.entry(who).or_default();
        match row.what {
            What::Tried(Lesson::Completed) => known.completed = Some(first),
            What::Tried(Lesson::Unknown(_)) | What::Refused { .. } => known.unknown = Some(first),
            What::Tried(Lesson::Wrong(_) | Lesson::Repeated(_) | Lesson::Passed)
            | What::StaffLocked(_)
            | What::StaffUnlocked
            | What::Pressed
            | What::Reset => {}
        }
        let near = |proof: Option<Millis>| proof.is_some_and(|proof| proof <= last.after(PROVES));
        // Refused tries may have come at any instant of theirs: sure is what holds for each of them.
        let sure = known.completed.filter(|proof| *proof >= last && *proof <= first.after(PROVES));
        whose.push(if sure.is_some() {
            Whose::Owner
        } else if near(known.completed) || near(known.unknown) {
            Whose::Perhaps
        } else {
            Whose::Stranger
        });
    }
    whose.reverse();
}

//! How much of an account's story fits on a page: it is fetched every few seconds and may weigh 120 KB
//! with all that it loads. Rows are estimated by their parts; the largest sample holds that to the truth.
//! Knows no account.

use super::lock_ends::{LineEnd, LockLine};
use super::lock_story::{Doer, RefusedFrom, StoryLine, TryStep};
use crate::model::{Millis, Span};
use crate::text::Markup;

/// For attempts, what is beside them, their marks in the drawing, and the list of locks, in bytes. The
/// rest of a page and what it loads weigh the difference.
const ROOM: usize = 86_000;
/// Of that for the list of locks.
const LOCKS: usize = 8_000;

/// What fits.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// All attempts, and of what is beside them the newest.
    pub rows: Vec<StoryLine>,
    /// Before this instant something beside them was left out.
    pub cut: Option<Millis>,
    /// The newest.
    pub locks: Vec<LockLine>,
    /// Before this instant some were left out.
    pub locks_cut: Option<Millis>,
}

/// Leaves of the table (oldest first) and the list of locks (newest first) what fits.
#[must_use]
pub fn fit(rows: Vec<StoryLine>, mut locks: Vec<LockLine>) -> Fitted {
    let mut of_locks = 0_usize;
    let fitting = locks.iter().take_while(|lock| {
        of_locks = of_locks.saturating_add(lock_weight(lock));
        of_locks <= LOCKS
    });
    let fitting = fitting.count();
    let more = locks.len() > fitting;
    locks.truncate(fitting);
    let tries = rows.iter().filter(|row| !is_beside(row)).map(row_weight);
    let taken = tries.fold(of_locks.min(LOCKS), usize::saturating_add);
    let mut room = ROOM.saturating_sub(taken);
    let (mut oldest, mut cut) = (None, None);
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows.into_iter().rev() {
        if is_beside(&row) {
            let rest = room.checked_sub(row_weight(&row)).filter(|_| cut.is_none());
            let Some(rest) = rest else {
                cut = cut.or_else(|| oldest.or_else(|| Some(row.at().after(Span::SECOND))));
                continue;
            };
            room = rest;
            oldest = Some(row.at());
        }
        kept.push(row);
    }
    kept.reverse();
    let locks_cut = locks.last().map(|lock| lock.at).filter(|_| more);
    Fitted { rows: kept, cut, locks, locks_cut }
}

const fn is_beside(row: &StoryLine) -> bool {
    !matches!(row, StoryLine::Try(_))
}

/// As it stands in the page.
fn words(text: &str) -> usize {
    Markup::escape(text).as_str().len()
}

fn maybe(text: Option<&String>) -> usize {
    text.map_or(0, |text| words(text).saturating_add(8))
}

fn name(who: &Doer) -> usize {
    match who {
        Doer::Staff(name) | Doer::Other(name) => words(name),
        Doer::Attempts | Doer::Owner | Doer::Server | Doer::CommandLine | Doer::SomeStaff => 20,
    }
}

fn all(parts: &[usize]) -> usize {
    parts.iter().fold(0, |sum, part| sum.saturating_add(*part))
}

fn row_weight(row: &StoryLine) -> usize {
    match row {
        StoryLine::Try(step) => try_weight(step),
        StoryLine::Refused(step) => match &step.from {
            RefusedFrom::One(source) => all(&[300, words(source)]),
            RefusedFrom::Several(_) => 320,
        },
        // With a letter in the drawing.
        StoryLine::Mail(_) => 500,
        // With a box or a ring.
        StoryLine::Deed(step) => all(&[400, name(&step.who), maybe(step.reason.as_ref())]),
    }
}

fn try_weight(step: &TryStep) -> usize {
    let link = step.campaign.as_ref();
    all(&[
        330,
        step.from.as_ref().map_or(0, |from| words(from)),
        if step.lock.is_some() { 460 } else { 0 },
        link.map_or(0, |link| all(&[40, words(&link.path), words(&link.name)])),
        if step.mail.is_some() { 360 } else { 0 },
        if step.policy_version.is_some() { 110 } else { 0 },
    ])
}

fn lock_weight(lock: &LockLine) -> usize {
    let by = match &lock.end {
        LineEnd::By { who, .. } => name(who),
        LineEnd::Stands
        | LineEnd::ByItself(_)
        | LineEnd::ByMail(_)
        | LineEnd::ByReset(_)
        | LineEnd::Replaced { .. }
        | LineEnd::NotKnown => 0,
    };
    all(&[340, name(&lock.who), by, maybe(lock.reason.as_ref())])
}

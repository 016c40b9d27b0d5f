//! Figures of a replay in words and numbers, the same on its page and on the card beside a draft. Knows
//! neither of them.

use super::frame::Frame;
use crate::lockout::time_machine::{Comparison, Estimate};
use crate::model::Span;
use crate::tenant::Progress;
use crate::text::catalogue::grouped;
use crate::text::time::wait;

/// One line of a replay's table.
pub struct Measure {
    pub name: String,
    pub now: String,
    pub draft: String,
    /// `None` where both are the same.
    pub change: Option<Change>,
    /// `None` where the draft's figure is certain.
    pub range: Option<String>,
}

/// By how much the draft differs.
pub struct Change {
    pub words: String,
    /// Of the pill.
    pub class: &'static str,
}

/// Whether less of it is good.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Less,
    /// More locks may be the attackers' or the owners'.
    Neither,
}

/// All that is measured of a whole replay.
pub(super) fn measures(frame: &Frame, found: &Comparison) -> Vec<Measure> {
    let (a, b) = (&found.now.total, &found.draft.total);
    let [owners, wait, locks] = main_measures(frame, found);
    let of = |name: String, wish, pair| measure(frame, name, wish, pair, &plain);
    vec![
        owners,
        wait,
        of(frame.line("replay-guesses"), Wish::Less, (a.guesses, b.guesses)),
        of(frame.line("replay-locked"), Wish::Neither, (a.locked, b.locked)),
        locks,
        of(frame.line("replay-mails"), Wish::Neither, (a.mails, b.mails)),
    ]
}

/// What a draft is judged by first: whom it keeps out, for how long, and how much it locks.
pub(super) fn main_measures(frame: &Frame, found: &Comparison) -> [Measure; 3] {
    let (a, b) = (&found.now.total, &found.draft.total);
    let waited = |ms| waited(frame, ms);
    let owners = (a.owners_locked, b.owners_locked);
    let waits = (a.owner_wait_ms, b.owner_wait_ms);
    [
        measure(frame, frame.line("replay-owners"), Wish::Less, owners, &plain),
        measure(frame, frame.line("replay-wait"), Wish::Less, waits, &waited),
        measure(frame, frame.line("replay-locks"), Wish::Neither, (a.locks, b.locks), &plain),
    ]
}

fn measure(
    frame: &Frame,
    name: String,
    wish: Wish,
    (now, draft): (Estimate, Estimate),
    told: &dyn Fn(i64) -> String,
) -> Measure {
    let change = draft.likely.saturating_sub(now.likely);
    let range = (!draft.is_certain()).then(|| {
        let (low, high) = (told(draft.low), told(draft.high));
        frame.say("replay-range").text("low", low).text("high", high).to_string()
    });
    let change = (change != 0).then(|| Change {
        words: format!("{} {}", if change > 0 { "↑" } else { "↓" }, told(change.saturating_abs())),
        class: match wish {
            Wish::Neither => "",
            Wish::Less if change > 0 => "dearer",
            Wish::Less => "better",
        },
    });
    Measure { name, now: told(now.likely), draft: told(draft.likely), change, range }
}

pub(super) fn plain(number: i64) -> String {
    grouped(&number.to_string())
}

pub(super) fn waited(frame: &Frame, ms: i64) -> String {
    if ms == 0 { plain(0) } else { wait(frame.lang, Span(ms)) }
}

pub(super) fn tries(frame: &Frame, found: &Comparison) -> String {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let said = frame.say("replay-tries").count("count", count(found.tries));
    said.count("unknown", count(found.unknown)).to_string()
}

/// Of how many accounts only the bounds are known, where there are some.
pub(super) fn widened(frame: &Frame, found: &Comparison) -> Option<String> {
    let widened = i64::from(found.draft.widened);
    (widened > 0).then(|| frame.say("replay-widened").count("count", widened).to_string())
}

pub(super) fn progress(frame: &Frame, progress: &Progress) -> String {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    match *progress {
        Progress::Reading(rows) => {
            frame.say("replay-reading").count("count", count(rows)).to_string()
        }
        Progress::Deciding { done, of } => {
            let said = frame.say("replay-deciding").count("done", count(done));
            said.count("of", count(of)).to_string()
        }
    }
}

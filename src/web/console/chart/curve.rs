//! The schedule curve: how long the lock after each failure lasts, on a scale that grows by factors, of
//! the live policy and of a draft. A lock without an end leaves the picture at the top.

use super::{at, on_log_scale};
use crate::lockout::preview::{Rung, ladder};
use crate::lockout::{LockLength, Policy};
use crate::model::Span;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 44.0;
/// Failures drawn, at most, and those before the first lock.
const MOST: i64 = 24;
const BEFORE: i64 = 3;
/// Failures drawn after the later one of the two first locks.
const AFTER: i64 = 9;
/// Round lengths for the lines across, as far as they lie in the picture.
const ROUND: [Span; 12] = [
    Span::SECOND,
    Span::SECOND.times(15),
    Span::MINUTE,
    Span::MINUTE.times(4),
    Span::MINUTE.times(15),
    Span::HOUR,
    Span::HOUR.times(4),
    Span::HOUR.times(12),
    Span::DAY.times(2),
    Span::DAY.times(7),
    Span::DAY.times(30),
    Span::DAY.times(365),
];

/// Wide enough for the words in the room of what is free, and high enough for the name of a line.
const FREE: f64 = 64.0;
const NAME: (f64, f64) = (72.0, 14.0);

/// A policy's line: the path and a mark on each lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub path: String,
    pub marks: Vec<(String, String)>,
    /// Where it leaves the picture at the top.
    pub leaves: Option<String>,
    /// Where its name stands, at its end; `None` for a policy that never locks.
    pub name: Option<Name>,
}

/// The place of a line's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub x: String,
    pub y: String,
    /// `text-anchor`.
    pub anchor: &'static str,
}

/// A line across, with the length that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    pub y: String,
    pub length: Span,
}

/// A row of the table: what the failure of this number brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurveRow {
    pub failure: i64,
    pub live: Option<LockLength>,
    pub draft: Option<LockLength>,
}

/// The whole drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    pub live: Line,
    pub draft: Option<Line>,
    pub grid: Vec<Grid>,
    /// Each failure's number and its place.
    pub numbers: Vec<(String, i64)>,
    /// The middle of what is before any lock, where there is room for words.
    pub free: Option<String>,
    /// One for each failure that locks, in either policy.
    pub rows: Vec<CurveRow>,
    pub base: String,
    pub right: String,
}

/// What the curve is drawn in.
struct Room {
    first: i64,
    last: i64,
    /// Shortest and longest length, in seconds.
    lengths: (i64, i64),
}

impl Room {
    fn x(&self, failure: i64) -> f64 {
        let columns = self.last.saturating_sub(self.first).max(1);
        let step = (WIDTH - LEFT - RIGHT) / small(columns);
        LEFT + small(failure.saturating_sub(self.first)) * step
    }

    fn y(&self, span: Span) -> f64 {
        let room = HEIGHT - TOP - BOTTOM;
        HEIGHT - BOTTOM - 14.0 - on_log_scale(seconds(span), self.lengths, room - 14.0)
    }

    /// Half a failure to the side.
    fn half(&self) -> f64 {
        (self.x(self.first.saturating_add(1)) - self.x(self.first)) / 2.0
    }

    /// The line with its end, which has its name.
    fn line(&self, rungs: &[Rung]) -> (Line, Option<End>) {
        let mut line = Line::default();
        let mut end = None;
        let half = self.half();
        for rung in rungs.iter().filter(|rung| rung.failure <= self.last) {
            let x = self.x(rung.failure);
            if line.path.is_empty() {
                line.path = format!("M{} {}", at(x - half), at(HEIGHT - BOTTOM));
            } else {
                line.path.push_str(&format!("H{}", at(x - half)));
            }
            match rung.length {
                LockLength::For(span) => {
                    line.path.push_str(&format!("V{}", at(self.y(span))));
                    line.marks.push((at(x), at(self.y(span))));
                    end = Some(End { x: WIDTH - RIGHT, y: self.y(span) - 8.0, anchor: "end" });
                }
                LockLength::UntilUnlocked => {
                    line.path.push_str(&format!("H{}V{}", at(x), at(TOP - 16.0)));
                    line.leaves = Some(at(x));
                    // Beside the arrow, where there is room.
                    let right = x + 10.0 + NAME.0 <= WIDTH;
                    let (x, anchor) = if right { (x + 10.0, "start") } else { (x - 10.0, "end") };
                    return (line, Some(End { x, y: TOP - 6.0, anchor }));
                }
            }
        }
        if !line.path.is_empty() {
            line.path.push_str(&format!("H{}", at(WIDTH - RIGHT)));
        }
        (line, end)
    }
}

/// The end of a line, in the picture.
#[derive(Debug, Clone, Copy)]
struct End {
    x: f64,
    y: f64,
    anchor: &'static str,
}

impl End {
    /// Where the name begins.
    fn left(self) -> f64 {
        if self.anchor == "end" { self.x - NAME.0 } else { self.x }
    }

    /// Below the line where the other's name is above it already.
    fn beside(self, other: Option<Self>) -> Self {
        let near = |other: &Self| {
            (self.left() - other.left()).abs() < NAME.0 && (self.y - other.y).abs() < NAME.1
        };
        match other.filter(near) {
            Some(other) => Self { y: other.y + 2.0 * NAME.1, ..self },
            None => self,
        }
    }

    fn name(self) -> Name {
        Name { x: at(self.x), y: at(self.y), anchor: self.anchor }
    }
}

/// The curve of `live`, and of `draft` where there is one.
#[must_use]
pub fn curve(live: &Policy, draft: Option<&Policy>) -> Curve {
    let ladders: Vec<Vec<Rung>> = std::iter::once(live)
        .chain(draft)
        .map(|policy| ladder(policy, policy.max_attempts.saturating_add(MOST), 100))
        .collect();
    let firsts = || ladders.iter().filter_map(|rungs| rungs.first()).map(|rung| rung.failure);
    let first = firsts().min().unwrap_or(1).saturating_sub(BEFORE).max(1);
    let last = firsts().max().unwrap_or(1).saturating_add(AFTER).min(first.saturating_add(MOST));
    let drawn = || ladders.iter().flatten().filter(|rung| rung.failure <= last);
    let spans = || {
        drawn().filter_map(|rung| match rung.length {
            LockLength::For(span) => Some(span),
            LockLength::UntilUnlocked => None,
        })
    };
    let shortest = spans().min().unwrap_or(Span::MINUTE);
    let longest = spans().max().unwrap_or(Span::HOUR);
    let room = Room { first, last, lengths: (seconds(shortest), seconds(longest)) };
    let round = ROUND.into_iter().filter(|span| (shortest..=longest).contains(span));
    let mut failures: Vec<i64> = drawn().map(|rung| rung.failure).collect();
    failures.sort_unstable();
    failures.dedup();
    let length = |rungs: Option<&Vec<Rung>>, failure: i64| {
        rungs?.iter().find(|rung| rung.failure == failure).map(|rung| rung.length)
    };
    let (mut live, end) = ladders.first().map(|rungs| room.line(rungs)).unwrap_or_default();
    live.name = end.map(End::name);
    let draft = ladders.get(1).map(|rungs| {
        let (draft, own) = room.line(rungs);
        Line { name: own.map(|own| own.beside(end).name()), ..draft }
    });
    let locks = firsts().min().map_or(WIDTH - RIGHT, |lock| room.x(lock) - room.half());
    let free = (locks - LEFT >= FREE).then(|| at(LEFT.midpoint(locks)));
    Curve {
        live,
        draft,
        free,
        grid: round.map(|span| Grid { y: at(room.y(span)), length: span }).collect(),
        numbers: (first..=last).map(|failure| (at(room.x(failure)), failure)).collect(),
        rows: failures
            .into_iter()
            .map(|failure| CurveRow {
                failure,
                live: length(ladders.first(), failure),
                draft: length(ladders.get(1), failure),
            })
            .collect(),
        base: at(HEIGHT - BOTTOM),
        right: at(WIDTH - RIGHT),
    }
}

fn seconds(span: Span) -> i64 {
    span.0.div_euclid(Span::SECOND.0).max(1)
}

/// At most [`MOST`] here.
fn small(number: i64) -> f64 {
    f64::from(i32::try_from(number).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockout::Preset;

    #[test]
    fn curve_and_table_say_the_same() {
        for live in Preset::ALL {
            for draft in Preset::ALL {
                let drawn = curve(&live.policy(), Some(&draft.policy()));
                let marks = drawn.live.marks.len() + usize::from(drawn.live.leaves.is_some());
                let rows = drawn.rows.iter().filter(|row| row.live.is_some()).count();
                assert_eq!(marks, rows, "{live:?} {draft:?}");
                let second = drawn.draft.unwrap();
                let marks = second.marks.len() + usize::from(second.leaves.is_some());
                let rows = drawn.rows.iter().filter(|row| row.draft.is_some()).count();
                assert_eq!(marks, rows, "{live:?} {draft:?}");
            }
        }
    }

    #[test]
    fn a_policy_that_is_off_draws_no_line_and_an_endless_lock_leaves_at_the_top() {
        let off = Policy { enabled: false, ..Preset::Strict.policy() };
        assert_eq!(curve(&off, None).live, Line::default());
        let endless = Policy {
            minimum_duration: LockLength::UntilUnlocked,
            maximum_duration: LockLength::UntilUnlocked,
            ..Preset::Strict.policy()
        };
        let drawn = curve(&endless, None);
        assert!(drawn.live.leaves.is_some() && drawn.live.marks.is_empty());
        assert_eq!(drawn.rows.len(), 1);
    }

    #[test]
    fn each_line_has_its_name_at_its_end_and_no_two_stand_on_each_other() {
        let place = |name: &Name| {
            let [x, y] = [&name.x, &name.y].map(|at| at.parse::<f64>().unwrap());
            (if name.anchor == "end" { x - NAME.0 } else { x }, y)
        };
        // Some of them end with a lock for ever, in the midst of the picture.
        let for_ever =
            (12..18).map(|long_run_limit| Policy { long_run_limit, ..Preset::Balanced.policy() });
        let policies: Vec<_> =
            Preset::ALL.into_iter().map(Preset::policy).chain(for_ever).collect();
        for live in &policies {
            for draft in &policies {
                let drawn = curve(live, Some(draft));
                let (one, two) = (drawn.live.name.unwrap(), drawn.draft.unwrap().name.unwrap());
                let ((left, y), (other, other_y)) = (place(&one), place(&two));
                let apart = (left - other).abs() >= NAME.0 || (y - other_y).abs() >= NAME.1;
                assert!(apart, "{one:?} {two:?}");
                for (left, y) in [(left, y), (other, other_y)] {
                    assert!(left >= 0.0 && left + NAME.0 <= WIDTH, "{one:?} {two:?}");
                    assert!((12.0..HEIGHT - BOTTOM + 8.0).contains(&y), "{one:?} {two:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_free_is_named_where_there_is_room() {
        assert!(curve(&Preset::Balanced.policy(), None).free.is_some());
        let at_once = Policy { max_attempts: 1, ..Preset::Balanced.policy() };
        assert_eq!(curve(&at_once, None).free, None);
    }
}

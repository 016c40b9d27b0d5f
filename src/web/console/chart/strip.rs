//! An account's story as one row: failures as ticks on a line, locks as boxes, mails above, unlocks as
//! rings and sign-ins as triangles, on one scale of time. Only geometry: the table under it has the
//! words.

use super::at;
use crate::lockout::span_text;
use crate::model::{Authenticator, Millis, Span};

const LEFT: f64 = 16.0;
const ROOM: f64 = 848.0;
/// A box narrower than this has no room for its length.
const WORDED: f64 = 44.0;
/// Marks of time, at most so many on the scale.
const MARKS: i64 = 8;
const STEPS: [Span; 14] = [
    Span::MINUTE,
    Span::MINUTE.times(2),
    Span::MINUTE.times(5),
    Span::MINUTE.times(10),
    Span::MINUTE.times(15),
    Span::MINUTE.times(30),
    Span::HOUR,
    Span::HOUR.times(2),
    Span::HOUR.times(3),
    Span::HOUR.times(6),
    Span::HOUR.times(12),
    Span::DAY,
    Span::DAY.times(7),
    Span::DAY.times(30),
];

/// What happened, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// Counted failures; `None` for what no policy can select.
    pub failures: Vec<(Millis, Option<Authenticator>)>,
    /// Locks from then until then; no end where only an unlock ends it.
    pub locks: Vec<(Millis, Option<Millis>)>,
    pub mails: Vec<Millis>,
    pub unlocks: Vec<Millis>,
    pub sign_ins: Vec<Millis>,
    /// On the scale where a lock stands.
    pub now: Option<Millis>,
}

/// A lock's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockBox {
    pub x: String,
    pub width: String,
    /// Its length, where there is room.
    pub length: Option<String>,
}

/// The whole drawing, 880 by 104.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// Paths of the ticks, each of its authenticator's shape.
    pub ticks: Vec<String>,
    pub boxes: Vec<LockBox>,
    pub mails: Vec<String>,
    pub rings: Vec<String>,
    pub triangles: Vec<String>,
    /// With the side of the line on which its words stand.
    pub now: Option<(String, &'static str)>,
    pub grid: Vec<(String, Millis)>,
    /// Whether the marks are days.
    pub daily: bool,
}

struct Scale {
    from: Millis,
    length: f64,
}

/// Tenths of a second: enough for a picture, and exact as a float.
fn tenths(span: Span) -> f64 {
    f64::from(u32::try_from(span.0.div_euclid(100)).unwrap_or(u32::MAX))
}

impl Scale {
    fn x(&self, instant: Millis) -> f64 {
        LEFT + (tenths(instant.since(self.from)) / self.length).min(1.0) * ROOM
    }
}

/// The part of time that the drawing shows: all of the story, and of locks that stand for long no more
/// than as much again.
fn window(story: &Story) -> Option<(Millis, Millis)> {
    let begun = story.locks.iter().map(|(since, _)| *since);
    let moments = || {
        let tried = story.failures.iter().map(|(tried, _)| *tried);
        let told = story.mails.iter().chain(&story.unlocks).chain(&story.sign_ins).copied();
        tried.chain(told).chain(begun.clone())
    };
    let (first, last) = (moments().min()?, moments().max()?.max(story.now.unwrap_or(Millis(0))));
    let ends = story.locks.iter().filter_map(|(_, end)| *end).max();
    let lasted = Span(last.since(first).0.max(Span::MINUTE.times(10).0));
    let end = ends.unwrap_or(last).max(last).min(last.after(lasted));
    let margin = Span(end.since(first).0.max(Span::MINUTE.0).div_euclid(30));
    Some((first.before(margin), end.after(margin)))
}

fn tick(x: f64, of: Option<Authenticator>) -> String {
    let x = at(x);
    match of {
        Some(Authenticator::Password) | None => format!("M{x} 46V72"),
        Some(Authenticator::OobOtp) => format!("M{x} 46V57M{x} 61V72"),
        Some(Authenticator::Totp) => format!("M{x} 46v4M{x} 53v4M{x} 60v4M{x} 67v5"),
        Some(Authenticator::RecoveryCode) => format!("M{x} 60V72"),
    }
}

/// Draws a story; nothing where nothing happened.
#[must_use]
pub fn strip(story: &Story) -> Option<Strip> {
    let (from, to) = window(story)?;
    let scale = Scale { from, length: tenths(to.since(from)).max(1.0) };
    let all = |instants: &[Millis]| instants.iter().map(|one| at(scale.x(*one))).collect();
    let boxes = story.locks.iter().map(|(since, end)| {
        let (x, right) = (scale.x(*since), scale.x(end.unwrap_or(to).min(to)));
        let width = (right - x).max(3.0);
        let length = end.filter(|_| width >= WORDED).map(|end| span_text(end.since(*since)));
        LockBox { x: at(x), width: at(width), length }
    });
    let now = story.now.map(|now| {
        let x = scale.x(now);
        (at(x), if x > LEFT + ROOM / 2.0 { "end" } else { "start" })
    });
    let step = STEPS.into_iter().find(|step| to.since(from).0.div_euclid(step.0) <= MARKS);
    let step = step.unwrap_or(Span::DAY.times(365));
    let first = from.0.div_euclid(step.0).saturating_add(1);
    let marks = (first..=to.0.div_euclid(step.0)).map(|mark| Millis(mark.saturating_mul(step.0)));
    Some(Strip {
        ticks: story.failures.iter().map(|(tried, of)| tick(scale.x(*tried), *of)).collect(),
        boxes: boxes.collect(),
        mails: all(&story.mails),
        rings: all(&story.unlocks),
        triangles: all(&story.sign_ins),
        now,
        grid: marks.map(|mark| (at(scale.x(mark)), mark)).collect(),
        daily: step.0 >= Span::DAY.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = Millis(1_795_262_400_000);

    fn minute(number: i64) -> Millis {
        NOON.after(Span::MINUTE.times(number))
    }

    fn x(text: &str) -> f64 {
        text.trim_start_matches('M').split(' ').next().unwrap().parse().unwrap()
    }

    #[test]
    fn everything_stands_in_its_order_and_within_the_picture() {
        let story = Story {
            failures: vec![(minute(0), Some(Authenticator::Password)), (minute(4), None)],
            locks: vec![(minute(4), Some(minute(20))), (minute(25), None)],
            mails: vec![minute(4)],
            unlocks: vec![minute(21)],
            sign_ins: vec![minute(22)],
            now: Some(minute(26)),
        };
        let drawn = strip(&story).unwrap();
        assert_eq!((drawn.ticks.len(), drawn.boxes.len()), (2, 2));
        assert!(x(&drawn.ticks[0]) < x(&drawn.ticks[1]));
        assert_eq!(x(&drawn.ticks[1]), x(&drawn.boxes[0].x));
        assert_eq!(drawn.boxes[0].length.as_deref(), Some("16m"));
        assert_eq!(drawn.boxes[1].length, None, "nobody knows its length");
        let right = x(&drawn.boxes[1].x) + drawn.boxes[1].width.parse::<f64>().unwrap();
        assert!(right <= LEFT + ROOM + 3.0, "{right}");
        assert!(!drawn.grid.is_empty() && drawn.grid.len() <= 9, "{:?}", drawn.grid);
        assert!(x(&drawn.rings[0]) < x(&drawn.triangles[0]));
    }

    #[test]
    fn a_lock_for_years_leaves_the_tries_room() {
        let story = Story {
            failures: vec![(minute(0), None), (minute(30), None)],
            locks: vec![(minute(30), Some(NOON.after(Span::DAY.times(365))))],
            now: Some(minute(31)),
            ..Story::default()
        };
        let drawn = strip(&story).unwrap();
        assert!(x(&drawn.ticks[1]) - x(&drawn.ticks[0]) > 300.0, "{drawn:?}");
        assert_eq!(strip(&Story::default()), None);
    }
}

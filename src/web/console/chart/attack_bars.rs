//! Failures over time: one bar each ten minutes, hour or six hours, from the bottom up the parts of the
//! three largest networks, the largest first, and everybody else's; a triangle over a bar with locks;
//! campaigns as lines beneath, and marks of time.

use super::at;
use crate::model::{Millis, Span};

const HEIGHT: f64 = 120.0;
const TOP: f64 = 20.0;
const LEFT: f64 = 44.0;
const WIDTH: f64 = 672.0;
/// Half of a mark's words.
const HALF: f64 = 40.0;
/// Half a triangle's side.
const MARK: f64 = 4.0;

/// What a bar has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// Place from the left, from 0.
    pub place: i64,
    pub all: i64,
    /// Of the three largest networks, the largest first.
    pub networks: [i64; 3],
    pub locks: i64,
}

impl Failures {
    /// Of all other networks.
    #[must_use]
    pub fn others(&self) -> i64 {
        self.networks.iter().fold(self.all, |left, of| left.saturating_sub(*of))
    }
}

/// What the picture spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// When the first bar begins.
    pub from: Millis,
    /// Of each bar.
    pub step: Span,
    /// Bars.
    pub places: i64,
}

/// A mark of time, with the side of it on which its words stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub x: String,
    pub at: Millis,
    pub anchor: &'static str,
}

/// A rectangle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

/// The whole drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// The parts of each of the three networks, then those of all others.
    pub series: [Vec<Part>; 4],
    /// Paths of triangles.
    pub locks: Vec<String>,
    /// Lines under the bars, one a campaign.
    pub spans: Vec<Part>,
    pub marks: Vec<Mark>,
    /// Whether the marks are days.
    pub daily: bool,
    /// The highest number, at the top of the scale.
    pub most: i64,
    pub base: String,
    pub top: String,
    pub right: String,
}

fn number(value: i64) -> f64 {
    f64::from(u32::try_from(value.max(0)).unwrap_or(u32::MAX))
}

/// Hours, or days, between two marks: five to eight of them on any scale.
const STEPS: [Span; 4] = [Span::HOUR.times(3), Span::HOUR.times(4), Span::DAY, Span::DAY.times(5)];
const MARKS: i64 = 8;

/// The marks of a scale at round times of clocks that are `ahead` of UTC, and whether they are days.
fn marks(Scale { from, step, places }: Scale, ahead: impl Fn(Millis) -> Span) -> (Vec<Mark>, bool) {
    let length = step.times(places);
    let apart = STEPS.into_iter().find(|apart| length.0.div_euclid(apart.0) <= MARKS);
    let apart = apart.unwrap_or(Span::DAY.times(30));
    let to = from.after(length);
    // Minutes are exact as floats.
    let minutes = |span: Span| number(span.0.div_euclid(Span::MINUTE.0));
    let shown = |at: Millis| at.after(ahead(at)).0.div_euclid(apart.0);
    let instants = (shown(from).saturating_add(1)..=shown(to)).map(|mark| {
        let there = Millis(mark.saturating_mul(apart.0));
        // By the clocks of then: they may have been set meanwhile.
        there.before(ahead(there.before(ahead(from))))
    });
    let mark = |instant: Millis| {
        let x = LEFT + WIDTH * minutes(instant.since(from)) / minutes(length).max(1.0);
        let anchor = if x + HALF > LEFT + WIDTH { "end" } else { "middle" };
        Mark { x: at(x), at: instant, anchor }
    };
    (instants.map(mark).collect(), apart.0 >= Span::DAY.0)
}

/// Draws `bars` on a scale; `spans` are the first and last place of each campaign.
#[must_use]
pub fn bars(
    bars: &[Failures],
    scale: Scale,
    spans: &[(i64, i64)],
    ahead: impl Fn(Millis) -> Span,
) -> Bars {
    let places = scale.places;
    let most = bars.iter().map(|bar| bar.all).max().unwrap_or(0).max(1);
    let room = WIDTH / number(places.max(1));
    let width = (room - 1.0).clamp(0.8, 24.0);
    let left = |place: i64| LEFT + room * number(place) + (room - width) / 2.0;
    let high = |value: i64| HEIGHT * number(value) / number(most);
    let (marks, daily) = marks(scale, ahead);
    let mut drawn = Bars {
        marks,
        daily,
        series: Default::default(),
        locks: Vec::new(),
        spans: Vec::new(),
        most,
        base: at(TOP + HEIGHT),
        top: at(TOP),
        right: at(LEFT + WIDTH),
    };
    for bar in bars.iter().filter(|bar| (0..places).contains(&bar.place)) {
        let x = left(bar.place);
        let part = |from: f64, height: f64| Part {
            x: at(x),
            y: at(TOP + HEIGHT - from - height),
            width: at(width),
            height: at(height),
        };
        let [first, second, third] = bar.networks;
        let mut top = 0.0;
        for (series, value) in drawn.series.iter_mut().zip([first, second, third, bar.others()]) {
            let height = high(value);
            if height > 0.0 {
                series.push(part(top, height));
                top += height;
            }
        }
        if bar.locks > 0 {
            let (x, y) = (x + width / 2.0, TOP + HEIGHT - top - 3.0);
            let (half, side) = (at(MARK), at(2.0 * MARK));
            drawn.locks.push(format!("M{} {}l-{half} -{side}h{side}z", at(x), at(y)));
        }
    }
    for (from, to) in spans {
        let (from, to) = ((*from).clamp(0, places), (*to).clamp(0, places));
        let width = (room * number(to.saturating_sub(from).saturating_add(1))).max(3.0);
        let x = LEFT + room * number(from);
        let width = width.min(LEFT + WIDTH - x);
        let (x, y) = (at(x), at(TOP + HEIGHT + 4.0));
        drawn.spans.push(Part { x, y, width: at(width.max(0.0)), height: at(5.0) });
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From one in the morning of 22 November 2026.
    const fn scale(minutes: i64, places: i64) -> Scale {
        Scale { from: Millis(1_795_309_200_000), step: Span::MINUTE.times(minutes), places }
    }

    const fn utc(_at: Millis) -> Span {
        Span::ZERO
    }

    #[test]
    fn days_begin_where_the_readers_do() {
        // Five hours behind: midnight of the 22nd there is five o'clock of UTC.
        let behind = |_at| Span::HOUR.times(-5);
        let week = bars(&[], scale(60, 168), &[], behind);
        assert_eq!(week.marks[0].at, Millis(1_795_309_200_000).after(Span::HOUR.times(4)));
    }

    #[test]
    fn every_stretch_has_five_to_eight_marks_of_time_in_the_picture() {
        for (minutes, places, daily) in [(10, 144, false), (60, 168, true), (360, 120, true)] {
            let drawn = bars(&[], scale(minutes, places), &[], utc);
            assert!((5..=8).contains(&drawn.marks.len()), "{:?}", drawn.marks);
            assert_eq!(drawn.daily, daily);
            let places: Vec<f64> = drawn.marks.iter().map(|mark| mark.x.parse().unwrap()).collect();
            assert!(places.is_sorted() && places[0] >= LEFT, "{places:?}");
            let last = drawn.marks.last().unwrap();
            let room = if last.anchor == "end" { 0.0 } else { HALF };
            assert!(places[places.len() - 1] + room <= LEFT + WIDTH, "{places:?}");
        }
        let day = bars(&[], scale(10, 144), &[], utc);
        // Three o'clock is two of 24 hours from the left.
        assert_eq!((day.marks[0].x.as_str(), day.marks[0].at.0), ("100.0", 1_795_316_400_000));
    }

    #[test]
    fn bars_stand_on_each_other_and_stay_in_the_picture() {
        let bar = |place, all, networks, locks| Failures { place, all, networks, locks };
        let several =
            [bar(0, 10, [4, 2, 1], 0), bar(143, 5, [5, 0, 0], 2), bar(144, 9, [0, 0, 0], 0)];
        let drawn = bars(&several, scale(10, 144), &[(0, 200)], utc);
        assert_eq!(drawn.most, 10);
        let [first, second, third, others] = &drawn.series;
        assert_eq!((first.len(), second.len(), third.len(), others.len()), (2, 1, 1, 1));
        assert_eq!(drawn.locks.len(), 1);
        let stands = |part: &Part| (part.y.clone(), part.height.clone());
        let of = |y: &str, height: &str| (y.to_owned(), height.to_owned());
        assert_eq!(stands(&first[0]), of("92.0", "48.0"), "four of ten, from 140 up");
        assert_eq!(stands(&second[0]), of("68.0", "24.0"));
        assert_eq!(stands(&third[0]), of("56.0", "12.0"));
        assert_eq!(stands(&others[0]), of("20.0", "36.0"));
        let last: f64 = first[1].x.parse().unwrap();
        assert!(last + 4.0 <= LEFT + WIDTH + 0.1);
        let span: f64 = drawn.spans[0].width.parse().unwrap();
        assert!(span <= WIDTH);
    }

    #[test]
    fn nothing_is_an_empty_picture() {
        let drawn = bars(&[], scale(10, 144), &[], utc);
        assert_eq!((drawn.most, drawn.series.concat().len()), (1, 0));
    }
}

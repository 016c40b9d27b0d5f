//! Pairs of bars, one pair for each day: now and the draft, on one scale from zero.

use super::at;

const HEIGHT: f64 = 120.0;
const TOP: f64 = 12.0;
const LEFT: f64 = 40.0;
const WIDTH: f64 = 432.0;
/// Days that have room for their names.
const NAMED: usize = 8;

/// What a day has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub name: String,
    pub now: i64,
    pub draft: i64,
}

/// One bar's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

/// The whole drawing; its table is made of the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    pub bars: Vec<(Bar, Bar)>,
    /// Days under the line, with their places; of many days every second, third and so on.
    pub labels: Vec<(String, String)>,
    /// The highest number, at the top of the scale.
    pub most: i64,
    pub base: String,
    pub top: String,
    pub right: String,
}

fn number(value: i64) -> f64 {
    f64::from(u32::try_from(value.max(0)).unwrap_or(u32::MAX))
}

/// Bars of `days`, in their order.
#[must_use]
pub fn days(days: &[Day]) -> Days {
    let most = days.iter().map(|day| day.now.max(day.draft)).max().unwrap_or(0).max(1);
    let count = number(i64::try_from(days.len()).unwrap_or(i64::MAX)).max(1.0);
    let room = WIDTH / count;
    let width = (room * 0.36).min(28.0);
    let bar = |value: i64, x: f64| {
        let height = HEIGHT * number(value) / number(most);
        Bar { x: at(x), y: at(TOP + HEIGHT - height), width: at(width), height: at(height) }
    };
    let mut left = LEFT + (room - 2.0 * width - 2.0) / 2.0;
    let mut bars = Vec::with_capacity(days.len());
    let mut labels = Vec::new();
    let each = days.len().div_ceil(NAMED).max(1);
    for (place, day) in days.iter().enumerate() {
        if place.is_multiple_of(each) {
            // The year stands in the table.
            let name = day.name.rsplit_once(' ').map_or(day.name.as_str(), |(name, _)| name);
            labels.push((at(left + width + 1.0), name.to_owned()));
        }
        bars.push((bar(day.now, left), bar(day.draft, left + width + 2.0)));
        left += room;
    }
    Days { bars, labels, most, base: at(TOP + HEIGHT), top: at(TOP), right: at(LEFT + WIDTH) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_numbers_and_stay_in_the_picture() {
        let day = |now, draft| Day { name: String::new(), now, draft };
        let drawn = days(&[day(4, 2), day(0, 1)]);
        assert_eq!(drawn.most, 4);
        let (now, draft) = &drawn.bars[0];
        assert_eq!((now.height.as_str(), draft.height.as_str()), ("120.0", "60.0"));
        assert_eq!(drawn.bars[1].0.height, "0.0");
        let end: f64 = drawn.bars[1].1.x.parse().unwrap();
        assert!(end + 28.0 <= LEFT + WIDTH);
        assert_eq!(drawn.labels.len(), 2);
        let month: Vec<Day> = (0..30)
            .map(|number| Day { name: format!("{number} Nov 2026"), ..day(number, 1) })
            .collect();
        let named: Vec<String> = days(&month).labels.into_iter().map(|(_, name)| name).collect();
        assert_eq!((named[1].as_str(), named.len()), ("4 Nov", 8));
        let last = &days(&month).bars[29].1;
        assert!(
            last.x.parse::<f64>().unwrap() + last.width.parse::<f64>().unwrap() <= LEFT + WIDTH
        );
    }
}

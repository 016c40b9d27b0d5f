//! How often something happened in each hour of a week: a row for each day, Monday first, a column for each
//! hour. What happened more often is darker, and its number stands in it.

use super::at;

const LEFT: f64 = 44.0;
const TOP: f64 = 20.0;
const WIDTH: f64 = 28.0;
const HEIGHT: f64 = 22.0;
/// Between two cells.
const GAP: f64 = 2.0;
/// The lightest and the darkest: words are readable on both.
const LIGHT: f64 = 0.12;
const DARK: f64 = 0.45;
/// Hours between two that are named.
const NAMED: usize = 3;

/// An hour of the week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hour {
    /// 0 is Monday.
    pub day: u8,
    pub hour: u8,
    pub count: i64,
}

/// Where an hour with a number is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub x: String,
    pub y: String,
    /// As an opacity.
    pub depth: String,
    /// The number, or thousands of it: more have no room.
    pub words: String,
    /// The middle, and the line on which words stand.
    pub middle: String,
    pub line: String,
}

/// The whole drawing; its table is made of the same hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatMap {
    /// Hours in which it happened, in the order of the week.
    pub cells: Vec<(Hour, Cell)>,
    /// The first of those with the most.
    pub most: Hour,
    /// Days with the lines on which their names stand, and hours with their middles.
    pub days: Vec<(u8, String)>,
    pub hours: Vec<(String, String)>,
}

/// Draws what happened at each of these days (0 is Monday) and hours.
#[must_use]
pub fn heat_map(happened: impl Iterator<Item = (u8, u8)>) -> HeatMap {
    let mut week = [[0_i64; 24]; 7];
    for (day, hour) in happened {
        let row = week.get_mut(usize::from(day));
        if let Some(count) = row.and_then(|row| row.get_mut(usize::from(hour))) {
            *count = count.saturating_add(1);
        }
    }
    let days = week.iter().zip(0_u8..);
    let hours = days.flat_map(|(row, day)| {
        row.iter().zip(0_u8..).map(move |(count, hour)| Hour { day, hour, count: *count })
    });
    let hours: Vec<Hour> = hours.filter(|hour| hour.count > 0).collect();
    // Of equals the first: `max_by_key` takes the last.
    let most = hours.iter().rev().max_by_key(|hour| hour.count).copied().unwrap_or_default();
    let x = |hour: u8| LEFT + f64::from(hour) * WIDTH;
    let y = |day: u8| TOP + f64::from(day) * HEIGHT;
    let middle = |hour: u8| at(x(hour) + (WIDTH - GAP) / 2.0);
    let line = |day: u8| at(y(day) + HEIGHT / 2.0 + 3.0);
    let number = |count: i64| f64::from(u32::try_from(count.max(0)).unwrap_or(u32::MAX));
    let cell = |hour: Hour| {
        let depth = LIGHT + (DARK - LIGHT) * number(hour.count) / number(most.count).max(1.0);
        let cell = Cell {
            x: at(x(hour.hour)),
            y: at(y(hour.day)),
            depth: format!("{depth:.2}"),
            words: short(hour.count),
            middle: middle(hour.hour),
            line: line(hour.day),
        };
        (hour, cell)
    };
    HeatMap {
        cells: hours.into_iter().map(cell).collect(),
        most,
        days: (0..7).map(|day| (day, line(day))).collect(),
        hours: (0..24).step_by(NAMED).map(|hour| (format!("{hour:02}"), middle(hour))).collect(),
    }
}

fn short(count: i64) -> String {
    if count < 1_000 { count.to_string() } else { format!("{}k", count.div_euclid(1_000)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hour_has_its_place_and_the_busiest_is_the_darkest() {
        let happened = [(0, 8), (0, 8), (0, 8), (6, 23), (3, 0), (3, 0), (9, 0)];
        let drawn = heat_map(happened.into_iter());
        let found: Vec<_> = drawn.cells.iter().map(|(it, _)| (it.day, it.hour, it.count)).collect();
        assert_eq!(found, [(0, 8, 3), (3, 0, 2), (6, 23, 1)]);
        assert_eq!((drawn.most.day, drawn.most.hour, drawn.most.count), (0, 8, 3));
        let (monday, sunday) = (&drawn.cells[0].1, &drawn.cells[2].1);
        assert_eq!(
            (monday.x.as_str(), monday.y.as_str(), monday.depth.as_str()),
            ("268.0", "20.0", "0.45")
        );
        assert_eq!((sunday.x.as_str(), sunday.y.as_str()), ("688.0", "152.0"));
        assert_eq!((drawn.days.len(), drawn.hours.len()), (7, 8));
    }

    #[test]
    fn a_number_has_room_in_its_cell() {
        assert_eq!([0, 999, 1_000, 9_999].map(short), ["0", "999", "1k", "9k"]);
    }

    #[test]
    fn of_two_that_are_alike_the_earlier_is_named() {
        let drawn = heat_map([(4, 1), (1, 2)].into_iter());
        assert_eq!((drawn.most.day, drawn.most.hour), (1, 2));
        assert!(heat_map(std::iter::empty()).cells.is_empty());
    }
}

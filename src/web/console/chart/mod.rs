//! Drawings of the console: geometry as attributes of inline SVG, at the size in which it is shown, and
//! beside each a table that says the same. Knows no page and no colour.

pub mod attack_bars;
pub mod budget;
pub mod curve;
pub mod days;
pub mod heat_map;
pub mod strip;

/// A value's place on a scale that grows by factors: 0 at `from`, `room` at `to`, in pixels.
#[must_use]
pub fn on_log_scale(value: i64, (from, to): (i64, i64), room: f64) -> f64 {
    let log = |value: i64| f64::from(u32::try_from(value.max(1)).unwrap_or(u32::MAX)).ln();
    let width = log(to) - log(from);
    if width <= 0.0 {
        return room / 2.0;
    }
    ((log(value) - log(from)) / width).clamp(0.0, 1.0) * room
}

/// A coordinate as an attribute.
#[must_use]
pub fn at(pixels: f64) -> String {
    format!("{pixels:.1}")
}

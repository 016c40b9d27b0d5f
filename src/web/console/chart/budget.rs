//! The guess budget as one bar: what a patient attacker gets at one account in a day, of the live policy,
//! a draft and the presets.

use super::{at, on_log_scale};
use crate::lockout::preview::{Budget, budget};
use crate::lockout::{Policy, Preset};

const WIDTH: f64 = 448.0;
const LEFT: f64 = 16.0;
/// Guesses a day at both ends of the bar.
const ENDS: (i64, i64) = (7, 2_000);

/// What many people live well with, and what is warned about.
const GOOD: (i64, i64) = (20, 100);
const MANY: i64 = 1_000;

/// A policy's place on the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    pub x: String,
    pub budget: Budget,
    /// How far it goes with many sources, where each has these guesses.
    pub reach: Option<String>,
    /// Which side of its mark the words stand on, so that they stay in the picture.
    pub anchor: &'static str,
}

/// Presets whose marks stand so close that they share their words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub presets: Vec<Preset>,
    pub x: String,
    /// Of the words, in one of two rows: neighbours have different ones.
    pub y: &'static str,
}

/// The whole drawing, and the rows of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetBar {
    pub live: Spot,
    pub draft: Option<Spot>,
    pub presets: Vec<(Preset, Spot)>,
    /// Their words under the bar, from left to right.
    pub ticks: Vec<Tick>,
    /// From and width of the good part and of the hatched one.
    pub good: (String, String),
    pub many: (String, String),
}

fn x(guesses: i64) -> f64 {
    LEFT + on_log_scale(guesses, ENDS, WIDTH)
}

fn spot(policy: &Policy) -> Spot {
    let budget = budget(policy);
    let place = x(budget.day);
    // Half of the words: of single sources more is said.
    let room = if budget.over_all_sources.is_some() { 110.0 } else { 60.0 };
    let anchor = match place {
        near if near < LEFT + room => "start",
        far if far > LEFT + WIDTH - room => "end",
        _ => "middle",
    };
    let reach = budget.over_all_sources.map(|all| at(x(all)));
    Spot { x: at(place), budget, reach, anchor }
}

/// Pixels within which marks share their words.
const NEAR: f64 = 16.0;

fn ticks(presets: &[(Preset, Spot)]) -> Vec<Tick> {
    let mut sorted: Vec<(f64, Preset)> =
        presets.iter().map(|(preset, spot)| (x(spot.budget.day), *preset)).collect();
    sorted.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut ticks: Vec<Tick> = Vec::new();
    let mut begun = f64::MIN;
    for (place, preset) in sorted {
        match ticks.last_mut().filter(|_| place - begun < NEAR) {
            Some(tick) => tick.presets.push(preset),
            None => {
                begun = place;
                let y = if ticks.len().is_multiple_of(2) { "80" } else { "95" };
                ticks.push(Tick { presets: vec![preset], x: at(place), y });
            }
        }
    }
    ticks
}

/// The bar of `live`, and of `draft` where there is one.
#[must_use]
pub fn bar(live: &Policy, draft: Option<&Policy>) -> BudgetBar {
    let presets: Vec<(Preset, Spot)> =
        Preset::ALL.map(|preset| (preset, spot(&preset.policy()))).into();
    BudgetBar {
        ticks: ticks(&presets),
        live: spot(live),
        draft: draft.map(spot),
        presets,
        good: (at(x(GOOD.0)), at(x(GOOD.1) - x(GOOD.0))),
        many: (at(x(MANY)), at(LEFT + WIDTH - x(MANY))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_mark_and_words_beside_nobody_elses() {
        let drawn = bar(&Preset::Balanced.policy(), None);
        let named: Vec<Preset> = drawn.ticks.iter().flat_map(|tick| tick.presets.clone()).collect();
        assert_eq!(named.len(), Preset::ALL.len());
        let rows: Vec<&str> = drawn.ticks.iter().map(|tick| tick.y).collect();
        assert_eq!(rows, ["80", "95", "80"]);
        assert_eq!(drawn.ticks[0].presets, [Preset::Strict]);
        assert_eq!(drawn.ticks[1].presets, [Preset::Balanced, Preset::Authgear]);
    }
}

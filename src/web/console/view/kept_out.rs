//! The overview's card of locks that kept their owners out: how many in a week, and at which hours of which
//! days in four. Who is an owner, the time machine says. Counts nothing itself.

use super::frame::Frame;
use crate::model::{Millis, Span};
use crate::store::kept_out::{COUNTED, KeptOut, Share};
use crate::web::console::chart::heat_map::{HeatMap, Hour, heat_map};

/// The time that is drawn: each day of the week as often as the others.
pub const DRAWN: Span = Span(28 * Span::DAY.0);

#[derive(Debug, Clone)]
pub struct KeptOutCard {
    pub frame: Frame,
    pub share: Share,
    /// When each of the locks that are drawn began; in no order.
    pub times: Vec<Millis>,
    /// What became of those who were locked.
    pub funnel_path: String,
    pub policy_path: String,
}

/// A line of the table that says what the picture shows.
pub(super) struct HeatLine {
    pub(super) day: String,
    pub(super) hour: String,
    pub(super) count: i64,
}

impl KeptOutCard {
    #[must_use]
    pub fn new(frame: Frame, found: KeptOut, funnel_path: String, policy_path: String) -> Self {
        Self { frame, share: found.share, times: found.times, funnel_path, policy_path }
    }

    /// In whole percent of those who were locked.
    pub(super) fn percent(&self) -> String {
        let percent = self.share.kept_out.saturating_mul(100).checked_div(self.share.locked);
        self.frame.say("kept-out-percent").count("count", percent.unwrap_or(0)).to_string()
    }

    pub(super) fn open(&self) -> Option<String> {
        let open = self.share.open;
        (open > 0).then(|| self.frame.say("kept-out-open").count("count", open).to_string())
    }

    pub(super) fn cut(&self) -> Option<String> {
        let said = || self.frame.say("kept-out-counted").text("count", self.frame.number(COUNTED));
        self.share.is_cut().then(|| said().to_string())
    }

    pub(super) fn drawn(&self) -> HeatMap {
        let place = |at: &Millis| self.frame.zone.hour_of_week(*at);
        heat_map(self.times.iter().map(place))
    }

    pub(super) fn drawn_cut(&self) -> Option<String> {
        let cut = i64::try_from(self.times.len()).is_ok_and(|drawn| drawn >= COUNTED);
        let said = || self.frame.say("kept-out-drawn").text("count", self.frame.number(COUNTED));
        cut.then(|| said().to_string())
    }

    pub(super) fn day(&self, day: &u8) -> String {
        self.frame.say("kept-out-day").count("day", i64::from(*day)).to_string()
    }

    pub(super) fn summary(&self, drawn: &HeatMap) -> String {
        let count = i64::try_from(self.times.len()).unwrap_or(i64::MAX);
        let said = self.frame.say("kept-out-summary").count("count", count);
        let said = said.text("day", self.day(&drawn.most.day)).text("hour", hour(drawn.most.hour));
        said.count("most", drawn.most.count).to_string()
    }

    pub(super) fn lines(&self, drawn: &HeatMap) -> Vec<HeatLine> {
        let cells = drawn.cells.iter().map(|(cell, _)| cell);
        let line = |cell: &Hour| HeatLine {
            day: self.day(&cell.day),
            hour: hour(cell.hour),
            count: cell.count,
        };
        cells.map(line).collect()
    }
}

/// As a clock shows its beginning.
fn hour(hour: u8) -> String {
    format!("{hour:02}:00")
}

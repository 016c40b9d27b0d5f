//! What a watched policy would have done, by day.

use askama::Template;

use super::frame::Frame;
use super::policy_words::DiffRow;
use crate::model::{Millis, Span};
use crate::tenant::{DayEffect, Predicted, Watched};
use crate::text::{Moment, Zone};
use crate::web::page::Problem;

/// The policy that is watched.
#[derive(Debug, Clone)]
pub struct Shadowed {
    pub watched: Watched,
    /// From the live one.
    pub changes: Vec<DiffRow>,
    pub reason: String,
}

/// `GET,POST /console/{slug}/policy/shadow`
#[derive(Debug, Clone, Template)]
#[template(path = "console/shadow.html")]
pub struct ShadowPage {
    pub frame: Frame,
    pub on: Option<Shadowed>,
    pub live: i64,
    /// A draft that could be watched, as a form sends it.
    pub draft: Option<Vec<(String, String)>>,
    pub changes: Vec<DiffRow>,
    pub reason: String,
    pub reason_missing: bool,
    pub may_save: bool,
    /// The policy screen.
    pub path: String,
}

impl ShadowPage {
    fn title(&self) -> String {
        let heading = self.frame.line("shadow-title");
        if self.problems().is_empty() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let missing = || Problem { field: "reason", words: self.frame.line("shadow-reason-fault") };
        self.reason_missing.then(missing).into_iter().collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    /// Days are those of UTC, whatever the reader's zone.
    fn day(&self, day: &i64) -> String {
        let noon = Millis(day.saturating_mul(Span::DAY.0).saturating_add(Span::DAY.0 / 2));
        Moment::new(self.frame.lang, &Zone::utc(), noon, self.frame.now).date
    }

    fn figures(&self, effect: &DayEffect) -> [(String, String); 4] {
        let DayEffect { owners, locked, guesses, mails } = effect;
        [owners, locked, guesses, mails].map(|figure| self.both(figure))
    }

    fn both(&self, figure: &Predicted) -> (String, String) {
        let told = |[low, likely, high]: [i64; 3]| {
            if low == high {
                return likely.to_string();
            }
            let said = self.frame.say("versions-range").count("likely", likely);
            said.count("low", low).count("high", high).to_string()
        };
        (told(figure.now), told(figure.then))
    }
}

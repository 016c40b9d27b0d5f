//! A stricter policy for a while, before it is set. Knows no versions but their numbers.

use askama::Template;

use super::frame::Frame;
use super::policy_words::{self, DiffRow, OverlayOn};
use crate::lockout::Preset;
use crate::web::page::Problem;

/// The length is none, or too short or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LengthFault;

/// `GET,POST /console/{slug}/policy/overlay`
#[derive(Debug, Clone, Template)]
#[template(path = "console/overlay.html")]
pub struct OverlayPage {
    pub frame: Frame,
    pub live: i64,
    /// What stands there now, and would give way.
    pub on: Option<OverlayOn>,
    /// The one that was chosen, if it is one.
    pub preset: Option<Preset>,
    /// What was chosen, as a form sends it.
    pub draft: Vec<(String, String)>,
    /// What it changes while it lasts; empty where it is stricter in nothing.
    pub changes: Vec<DiffRow>,
    pub says: Vec<String>,
    /// As it was typed.
    pub length: String,
    pub reason: String,
    pub length_fault: Option<LengthFault>,
    pub reason_missing: bool,
    /// The policy screen.
    pub path: String,
}

impl OverlayPage {
    fn preset(&self, preset: &Preset) -> String {
        policy_words::preset(&self.frame, *preset)
    }

    fn title(&self) -> String {
        let heading = self.frame.line("overlay-title");
        if self.problems().is_empty() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        let length =
            |_| Problem { field: "length", words: self.frame.line("overlay-length-fault") };
        let reason = || Problem { field: "reason", words: self.frame.line("overlay-reason-fault") };
        let length = self.length_fault.map(length);
        length.into_iter().chain(self.reason_missing.then(reason)).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}

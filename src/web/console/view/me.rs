//! A staff member's own settings.

use askama::Template;

use super::frame::{Frame, Scheme, SingleKeys};
use crate::model::Span;
use crate::text::time::wait;
use crate::web::page::Problem;

/// `GET,POST /console/me`
#[derive(Debug, Clone, Template)]
#[template(path = "console/me.html")]
pub struct MePage {
    pub frame: Frame,
    pub scheme: Scheme,
    pub keys: SingleKeys,
    /// As typed.
    pub zone: String,
    pub zone_unknown: bool,
    /// Who does nothing for so long signs in again.
    pub idle: Span,
}

impl MePage {
    fn problems(&self) -> Vec<Problem> {
        let words = || self.frame.line("console-me-zone-fault");
        self.zone_unknown.then(|| Problem { field: "zone", words: words() }).into_iter().collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn word(&self, scheme: &Scheme) -> String {
        match scheme {
            Scheme::System => self.frame.line("console-scheme-system"),
            Scheme::Light => self.frame.line("console-scheme-light"),
            Scheme::Dark => self.frame.line("console-scheme-dark"),
        }
    }

    fn idle_words(&self) -> String {
        self.frame.say("console-me-idle").text("wait", wait(self.frame.lang, self.idle)).to_string()
    }
}

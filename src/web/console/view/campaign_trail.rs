//! The addresses and the accounts of a campaign, as its page lists them. Knows no log.

use super::attacks::Person;
use super::frame::Frame;
use crate::tenant::{TRAIL_ROWS, Tally};
use crate::text::Markup;

/// What of a campaign is in the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailLines {
    /// Addresses, as far as the reader may see them, those of the newest last try first.
    pub sources: Vec<(String, Tally)>,
    pub more_sources: i64,
    pub users: Vec<(Person, Tally)>,
    pub more_users: i64,
    /// Names that nobody has: how many, and what was tried at them.
    pub nobodies: Option<(usize, Tally)>,
    /// There is more on record than was looked at.
    pub cut: bool,
}

impl TrailLines {
    #[must_use]
    pub fn source(&self, source: &str) -> Markup {
        Markup::breakable(source)
    }

    #[must_use]
    pub fn nobodies(&self, frame: &Frame, count: &usize) -> String {
        frame.say("attacks-trail-nobodies").count("count", *count).to_string()
    }

    #[must_use]
    pub fn more(&self, frame: &Frame, count: &i64) -> Option<String> {
        (*count > 0).then(|| frame.say("attacks-trail-more").count("count", count).to_string())
    }

    /// What the numbers are of.
    #[must_use]
    pub fn honest(&self, frame: &Frame) -> String {
        match self.cut {
            true => frame.say("attacks-trail-cut").count("count", TRAIL_ROWS).to_string(),
            false => frame.line("attacks-trail-honest"),
        }
    }
}

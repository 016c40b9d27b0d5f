//! The page on which somebody chooses how they are spoken to.

use askama::Template;

use super::account::AccountNotice;
use super::frame::Frame;
use crate::web::page::Problem;

/// What we speak, each by its own name.
const LANGUAGES: [(&str, &str); 5] =
    [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ja", "日本語")];

/// Zones that are offered while typing: one or two for every offset that many people live by. Any
/// other name of the database is taken too.
const ZONES: [&str; 48] = [
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Lima",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Toronto",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Jerusalem",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Riyadh",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Reykjavik",
    "Australia/Adelaide",
    "Australia/Perth",
    "Australia/Sydney",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Vienna",
    "Pacific/Auckland",
    "UTC",
];

/// `GET /t/{slug}/account/language` (200), and the same with a zone that nobody knows (422).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/language.html")]
pub struct LanguagePage {
    pub frame: Frame,
    pub notice: Option<AccountNotice>,
    /// The tag of one that we speak.
    pub language: &'static str,
    /// As it stands or as typed.
    pub zone: String,
    pub zone_is_odd: bool,
}

impl LanguagePage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("language-title"), &self.problems())
    }

    fn notice_words(&self) -> Option<String> {
        self.notice.map(|notice| notice.words(&self.frame))
    }

    fn problems(&self) -> Vec<Problem> {
        self.fault_words().map(|words| Problem { field: "zone", words }).into_iter().collect()
    }

    fn fault_words(&self) -> Option<String> {
        self.zone_is_odd.then(|| self.frame.line("language-fault-zone"))
    }

    fn languages(&self) -> [(&'static str, &'static str); 5] {
        LANGUAGES
    }

    fn zones(&self) -> [&'static str; 48] {
        ZONES
    }
}

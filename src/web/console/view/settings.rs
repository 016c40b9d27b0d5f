//! A tenant's settings. Knows no policy and no looks.

use askama::Template;

use super::frame::Frame;
use crate::store::tenants::SignUpMode;
use crate::web::page::Problem;

/// A line that does not belong on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// There are too many lines.
    TooMany,
    Line(String),
}

impl Misfit {
    /// Of what the list's reader tells: nothing where there are too many.
    #[must_use]
    pub fn of(line: &str) -> Self {
        if line.is_empty() { Self::TooMany } else { Self::Line(line.chars().take(80).collect()) }
    }
}

/// Something that cannot be set so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsFault {
    Redirects(Misfit),
    Origins(Misfit),
    Zone,
    /// Whoever demands it has not proved it.
    SecondFactor,
}

/// `GET,POST /console/{slug}/settings`
#[derive(Debug, Clone, Template)]
#[template(path = "console/settings.html")]
pub struct SettingsPage {
    pub frame: Frame,
    pub path: String,
    pub may_save: bool,
    pub revealing: bool,
    pub single_session: bool,
    pub sign_up: SignUpMode,
    /// One a line.
    pub redirect_urls: String,
    pub origins: String,
    pub zone: String,
    pub staff_second_factor: bool,
    pub faults: Vec<SettingsFault>,
    pub tenant_id: String,
    pub publishable_key: String,
    pub pages_url: String,
    pub live: bool,
}

impl SettingsPage {
    fn title(&self) -> String {
        let heading = self.frame.line("settings-title");
        if self.faults.is_empty() {
            return heading;
        }
        self.frame.say("console-title-error").text("page", heading).to_string()
    }

    fn problems(&self) -> Vec<Problem> {
        self.faults.iter().map(|fault| self.problem(fault)).collect()
    }

    fn problem(&self, fault: &SettingsFault) -> Problem {
        let frame = &self.frame;
        let (field, words) = match fault {
            SettingsFault::Redirects(Misfit::Line(line)) => (
                "redirect_urls",
                frame.say("settings-redirects-fault").text("line", line).to_string(),
            ),
            SettingsFault::Redirects(Misfit::TooMany) => {
                ("redirect_urls", frame.line("settings-redirects-many"))
            }
            SettingsFault::Origins(Misfit::Line(line)) => {
                ("origins", frame.say("settings-origins-fault").text("line", line).to_string())
            }
            SettingsFault::Origins(Misfit::TooMany) => {
                ("origins", frame.line("settings-origins-many"))
            }
            SettingsFault::Zone => ("zone", frame.line("settings-zone-fault")),
            SettingsFault::SecondFactor => {
                ("staff_second_factor", frame.line("settings-second-fault"))
            }
        };
        Problem { field, words }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn is_public(&self) -> bool {
        self.sign_up == SignUpMode::Public
    }
}

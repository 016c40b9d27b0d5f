//! The page of a link that makes somebody one of a team.

use askama::Template;

use super::frame::{Bare, role_word};
use crate::store::team::Role;
use crate::web::page::Problem;

/// Something to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WelcomeProblem {
    NoName,
    NoAddress,
    ShortPassword,
    /// Somebody has an account with this address.
    Taken,
    /// The signed-in one is an owner there, and would be less.
    IsOwner,
}

/// What was typed, as it is put back: never the password.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub name: String,
    pub identifier: String,
}

/// `GET,POST /console/welcome/{secret}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/welcome.html")]
pub struct WelcomePage {
    pub frame: Bare,
    /// `None`: all tenants.
    pub tenant: Option<String>,
    pub role: Role,
    pub action: String,
    /// The signed-in staff member who would join.
    pub joins_as: Option<String>,
    /// Of that one's forms.
    pub token: Option<String>,
    pub typed: Typed,
    pub problems: Vec<WelcomeProblem>,
}

impl WelcomePage {
    fn problems(&self) -> Vec<Problem> {
        let problem = |found: &WelcomeProblem| match found {
            WelcomeProblem::NoName => {
                Problem { field: "name", words: self.frame.line("console-welcome-no-name") }
            }
            WelcomeProblem::NoAddress => {
                Problem { field: "identifier", words: self.frame.line("fault-identifier-odd") }
            }
            WelcomeProblem::ShortPassword => {
                let words = self.frame.line("console-welcome-short-password");
                Problem { field: "password", words }
            }
            WelcomeProblem::Taken => {
                let words = self.frame.line("console-welcome-name-taken");
                Problem { field: "identifier", words }
            }
            WelcomeProblem::IsOwner => {
                Problem { field: "join", words: self.frame.line("team-is-owner") }
            }
        };
        self.problems.iter().map(problem).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn what(&self) -> String {
        let role = role_word(self.frame.lang, self.role);
        match &self.tenant {
            Some(tenant) => self
                .frame
                .say("console-welcome-tenant")
                .text("role", role)
                .text("tenant", tenant)
                .to_string(),
            None => self.frame.say("console-welcome-everywhere").text("role", role).to_string(),
        }
    }

    fn heading(&self) -> String {
        self.frame.line("console-welcome-title")
    }

    fn title(&self) -> String {
        if self.problems.is_empty() {
            return self.heading();
        }
        self.frame.say("console-title-error").text("page", self.heading()).to_string()
    }
}

/// A link that opens nothing: used, past its end, or never one of ours.
#[derive(Debug, Clone, Template)]
#[template(path = "console/over.html")]
pub struct OverPage {
    pub frame: Bare,
}

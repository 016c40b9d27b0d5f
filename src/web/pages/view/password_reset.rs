//! The page that takes a new password, and what can be wrong with one.

use askama::Template;

use super::frame::Frame;
use crate::tenant::MIN_PASSWORD_CHARS;
use crate::text::Markup;
use crate::web::page::Problem;

/// Why a new password is not taken (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewPasswordProblem {
    Missing,
    TooShort,
    TooLong,
    /// It is the present one.
    Same,
}

impl NewPasswordProblem {
    pub(super) fn at(self, frame: &Frame) -> Problem {
        let words = match self {
            Self::Missing => frame.line("new-password-fault-missing"),
            Self::TooShort => frame
                .say("new-password-fault-short")
                .count("count", u32::from(MIN_PASSWORD_CHARS))
                .to_string(),
            Self::TooLong => frame.line("new-password-fault-long"),
            Self::Same => frame.line("new-password-fault-same"),
        };
        Problem { field: "new-password", words }
    }
}

/// What is said under the label of a new password.
pub(super) fn least_words(frame: &Frame) -> String {
    frame.say("new-password-hint").count("count", u32::from(MIN_PASSWORD_CHARS)).to_string()
}

/// The last step of a reset (200, 422).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/new_password.html")]
pub struct NewPasswordPage {
    pub frame: Frame,
    /// As typed.
    pub identifier: String,
    pub problem: Option<NewPasswordProblem>,
}

impl NewPasswordPage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("link-reset"), &self.problems())
    }

    fn what(&self) -> Markup {
        let who = Markup::breakable(&self.identifier);
        self.frame.say("new-password-what").markup("who", who).html()
    }

    fn problems(&self) -> Vec<Problem> {
        self.problem.map(|problem| problem.at(&self.frame)).into_iter().collect()
    }

    fn fault_words(&self) -> Option<String> {
        self.problem.map(|problem| problem.at(&self.frame).words)
    }

    fn hint(&self) -> String {
        least_words(&self.frame)
    }

    fn focus(&self) -> bool {
        self.problem.is_none()
    }
}

//! The page that changes a password, and the one that asks for it before something else is changed.

use askama::Template;

use super::frame::Frame;
use super::password_reset::{NewPasswordProblem, least_words};
use super::sign_in_steps::tries_words;
use crate::text::Markup;
use crate::web::page::Problem;

/// Why the present password is not taken (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresentProblem {
    Missing,
    /// `tries_left` before the lock, if known; shown from 2 down.
    Wrong {
        tries_left: Option<u32>,
    },
}

impl PresentProblem {
    fn at(self, frame: &Frame) -> Problem {
        let words = match self {
            Self::Missing => frame.line("present-fault-missing"),
            Self::Wrong { .. } => frame.line("present-fault-wrong"),
        };
        Problem { field: "password", words }
    }

    fn cost(self, frame: &Frame) -> Option<String> {
        let Self::Wrong { tries_left } = self else { return None };
        tries_words(frame, tries_left)
    }
}

/// `GET /t/{slug}/account/password` (200), and the same with what is to be mended (422).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account_password.html")]
pub struct AccountPasswordPage {
    pub frame: Frame,
    pub identifier: String,
    /// Else a first one is set.
    pub has_one: bool,
    pub present: Option<PresentProblem>,
    pub new: Option<NewPasswordProblem>,
}

impl AccountPasswordPage {
    fn heading(&self) -> String {
        match self.has_one {
            true => self.frame.line("account-password"),
            false => self.frame.line("account-password-first"),
        }
    }

    fn title(&self) -> String {
        self.frame.title_with(&self.heading(), &self.problems())
    }

    fn problems(&self) -> Vec<Problem> {
        let present = self.present.map(|problem| problem.at(&self.frame));
        present.into_iter().chain(self.new.map(|problem| problem.at(&self.frame))).collect()
    }

    fn cost(&self) -> Option<String> {
        self.present.and_then(|problem| problem.cost(&self.frame))
    }

    fn present_fault(&self) -> Option<String> {
        self.present.map(|problem| problem.at(&self.frame).words)
    }

    fn new_fault(&self) -> Option<String> {
        self.new.map(|problem| problem.at(&self.frame).words)
    }

    fn hint(&self) -> String {
        least_words(&self.frame)
    }

    fn focus_present(&self) -> bool {
        self.problems().is_empty() && self.has_one
    }

    fn focus_new(&self) -> bool {
        self.problems().is_empty() && !self.has_one
    }
}

/// Who is there, asked before a second factor is changed (200, 422). Posted to the page that asked.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/confirm.html")]
pub struct ConfirmPage {
    pub frame: Frame,
    pub identifier: String,
    /// Below the tenant's pages.
    pub path: &'static str,
    /// Without one the way is to sign in again.
    pub with_password: bool,
    pub problem: Option<PresentProblem>,
}

impl ConfirmPage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("present-title"), &self.problems())
    }

    fn what(&self) -> Markup {
        let said = match self.with_password {
            true => self.frame.say("present-what"),
            false => self.frame.say("present-again"),
        };
        said.markup("who", Markup::breakable(&self.identifier)).html()
    }

    fn problems(&self) -> Vec<Problem> {
        self.problem.map(|problem| problem.at(&self.frame)).into_iter().collect()
    }

    fn cost(&self) -> Option<String> {
        self.problem.and_then(|problem| problem.cost(&self.frame))
    }

    fn fault_words(&self) -> Option<String> {
        self.problem.map(|problem| problem.at(&self.frame).words)
    }

    fn focus(&self) -> bool {
        self.problem.is_none()
    }
}

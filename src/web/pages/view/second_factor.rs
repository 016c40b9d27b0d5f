//! What the second step of a sign-in shows: one field for the code of an app or for a recovery code.

use askama::Template;

use super::frame::Frame;
use super::sign_in_steps::CodeProblem;
use crate::text::Markup;
use crate::web::page::Problem;

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    App,
    RecoveryCode,
}

/// `GET /t/{slug}/sign-in/second-factor` (200), and the same after a code that was not right (422).
/// The way to the other kind is always there, whether or not the user has it.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/second_factor.html")]
pub struct SecondFactorPage {
    pub frame: Frame,
    /// As typed.
    pub identifier: String,
    pub wanted: SecondFactor,
    pub problem: Option<CodeProblem>,
}

impl SecondFactorPage {
    fn heading(&self) -> String {
        match self.wanted {
            SecondFactor::App => self.frame.line("second-title"),
            SecondFactor::RecoveryCode => self.frame.line("second-recovery-title"),
        }
    }

    fn title(&self) -> String {
        self.frame.title_with(&self.heading(), &self.problems())
    }

    fn what(&self) -> Markup {
        let said = match self.wanted {
            SecondFactor::App => self.frame.say("second-what"),
            SecondFactor::RecoveryCode => self.frame.say("second-recovery-what"),
        };
        said.markup("who", Markup::breakable(&self.identifier)).html()
    }

    fn problems(&self) -> Vec<Problem> {
        self.problem.map(|problem| problem.at(&self.frame)).into_iter().collect()
    }

    fn fault_words(&self) -> Option<String> {
        self.problem.map(|problem| problem.at(&self.frame).words)
    }

    fn cost(&self) -> Option<String> {
        self.problem.and_then(|problem| problem.cost(&self.frame))
    }

    fn is_app(&self) -> bool {
        self.wanted == SecondFactor::App
    }

    fn focus(&self) -> bool {
        self.problem.is_none()
    }
}

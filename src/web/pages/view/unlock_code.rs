//! Typing the short code of an unlock mail, where its link cannot be followed.

use askama::Template;

use super::frame::Frame;
use crate::web::page::Problem;

/// Why the form came back (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockCodeProblem {
    IdentifierMissing,
    IdentifierOdd,
    CodeMissing,
    /// Not right, or good for nothing any more: which of them is not told.
    Wrong,
}

/// `GET /t/{slug}/unlock/code`: two fields, posted to the same path.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/unlock_code.html")]
pub struct UnlockCodePage {
    pub frame: Frame,
    /// As typed.
    pub identifier: String,
    pub problems: Vec<UnlockCodeProblem>,
}

impl UnlockCodePage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("unlock-code-title"), &self.listed())
    }

    fn listed(&self) -> Vec<Problem> {
        self.problems.iter().map(|problem| problem.at(&self.frame)).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.listed(), field)
    }

    fn cost(&self) -> Option<String> {
        let tried = self.problems.contains(&UnlockCodeProblem::Wrong);
        tried.then(|| self.frame.line("unlock-code-cost"))
    }

    fn focus_identifier(&self) -> bool {
        self.problems.is_empty() && self.identifier.is_empty()
    }

    fn focus_code(&self) -> bool {
        self.problems.is_empty() && !self.identifier.is_empty()
    }
}

impl UnlockCodeProblem {
    fn at(self, frame: &Frame) -> Problem {
        let (field, words) = match self {
            Self::IdentifierMissing => ("identifier", frame.line("fault-identifier-missing")),
            Self::IdentifierOdd => ("identifier", frame.line("fault-identifier-odd")),
            Self::CodeMissing => ("code", frame.line("unlock-code-fault-missing")),
            Self::Wrong => ("code", frame.line("unlock-code-fault-wrong")),
        };
        Problem { field, words }
    }
}

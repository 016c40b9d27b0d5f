//! Codes by mail: whom to mail one, and the page that takes it. The same for an address that nobody
//! has.

use askama::Template;

use super::frame::Frame;
use super::sign_in_steps::CodeProblem;
use crate::model::Millis;
use crate::text::Markup;
use crate::web::page::Problem;

/// What a code is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFor {
    SignIn,
    /// A new password.
    Reset,
}

impl CodeFor {
    /// Below the tenant's pages; forms are posted to where they are shown.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in/code",
            Self::Reset => "/sign-in/forgot",
        }
    }
}

/// Why nothing was mailed (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRequestProblem {
    IdentifierMissing,
    IdentifierOdd,
    /// It can be an identifier, but nothing can be mailed to it.
    NoAddress,
}

/// Whether another code can be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextCode {
    Possible,
    /// Not before.
    At(Millis),
}

/// One field for the address.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/code_request.html")]
pub struct CodeRequestPage {
    pub frame: Frame,
    pub wanted: CodeFor,
    pub identifier: String,
    pub problem: Option<CodeRequestProblem>,
}

impl CodeRequestPage {
    fn heading(&self) -> String {
        match self.wanted {
            CodeFor::SignIn => self.frame.line("code-ask-title"),
            CodeFor::Reset => self.frame.line("link-reset"),
        }
    }

    fn title(&self) -> String {
        self.frame.title_with(&self.heading(), &self.problems())
    }

    fn what(&self) -> String {
        match self.wanted {
            CodeFor::SignIn => self.frame.line("code-ask-what"),
            CodeFor::Reset => self.frame.line("reset-what"),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        self.fault_words().map(|words| Problem { field: "identifier", words }).into_iter().collect()
    }

    fn fault_words(&self) -> Option<String> {
        self.problem.map(|problem| match problem {
            CodeRequestProblem::IdentifierMissing => self.frame.line("fault-identifier-missing"),
            CodeRequestProblem::IdentifierOdd => self.frame.line("fault-identifier-odd"),
            CodeRequestProblem::NoAddress => self.frame.line("code-fault-no-address"),
        })
    }
}

/// One field for the code, and a way to have another one mailed.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/mailed_code.html")]
pub struct MailedCodePage {
    pub frame: Frame,
    pub wanted: CodeFor,
    /// As typed.
    pub identifier: String,
    pub expires_at: Option<Millis>,
    pub next: NextCode,
    pub problem: Option<CodeProblem>,
}

impl MailedCodePage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("code-title"), &self.problems())
    }

    fn what(&self) -> Markup {
        let who = Markup::breakable(&self.identifier);
        self.frame.say("code-what").markup("who", who).html()
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

    fn hint(&self) -> Markup {
        match &self.expires_at {
            Some(at) => {
                let time = self.frame.moment(at).element();
                self.frame.say("code-hint-until").markup("time", time).html()
            }
            None => Markup::escape(&self.frame.line("code-hint")),
        }
    }

    fn focus(&self) -> bool {
        self.problem.is_none()
    }
}

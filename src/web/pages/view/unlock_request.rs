//! Asking for an unlock mail, and the answer, which is the same for every address.

use askama::Template;

use super::frame::Frame;
use crate::model::Millis;
use crate::text::Markup;
use crate::web::page::Problem;

/// Why the form came back (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockRequestProblem {
    IdentifierMissing,
    IdentifierOdd,
}

/// `GET /t/{slug}/unlock`: one field, posted to the same path.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/unlock_request.html")]
pub struct UnlockRequestPage {
    pub frame: Frame,
    pub identifier: String,
    pub problem: Option<UnlockRequestProblem>,
}

impl UnlockRequestPage {
    fn title(&self) -> String {
        self.frame.title_with(&self.frame.line("request-title"), &self.problems())
    }

    fn problems(&self) -> Vec<Problem> {
        self.fault_words().map(|words| Problem { field: "identifier", words }).into_iter().collect()
    }

    fn fault_words(&self) -> Option<String> {
        self.problem.map(|problem| match problem {
            UnlockRequestProblem::IdentifierMissing => self.frame.line("fault-identifier-missing"),
            UnlockRequestProblem::IdentifierOdd => self.frame.line("fault-identifier-odd"),
        })
    }
}

/// Whom the mail was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// As the visitor typed it.
    Identifier(String),
    /// By a dead link's button: the address is not told.
    ReceiverOfLink,
}

/// Answer to `POST /t/{slug}/unlock` (202), whatever is known of the address.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/unlock_requested.html")]
pub struct UnlockRequestedPage {
    pub frame: Frame,
    pub written: Written,
    pub asked_at: Millis,
    /// When the next mail is possible.
    pub next_at: Millis,
}

impl UnlockRequestedPage {
    fn at_line(&self) -> Markup {
        self.frame.say("requested-at").markup("time", self.frame.time(&self.asked_at)).html()
    }

    fn what(&self) -> Markup {
        match &self.written {
            Written::Identifier(who) => {
                self.frame.say("requested-what").markup("who", Markup::breakable(who)).html()
            }
            Written::ReceiverOfLink => Markup::escape(&self.frame.line("requested-what-known")),
        }
    }
}

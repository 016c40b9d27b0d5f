//! The sign-in form, empty or with what is to be mended, and the page for a user who is banned. The
//! identifier is kept, the password never.

use askama::Template;

use super::frame::Frame;
use super::sign_in_steps::tries_words;
use crate::model::Millis;
use crate::text::Markup;
use crate::web::page::Problem;

/// Why the form came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInProblem {
    /// Wrong, without saying which of both (422). `tries_left` before the lock, if known; shown
    /// from 2 down.
    WrongDetails {
        tries_left: Option<u32>,
    },
    IdentifierMissing,
    /// It can be no identifier (`model::IdentifierFault`).
    IdentifierOdd,
    PasswordMissing,
    BothMissing,
    /// Overloaded or storage down: nothing was checked or counted (503).
    NotAvailable,
}

/// What just happened, told once above the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInNotice {
    SignedOut,
    /// The session ended by itself.
    SessionEnded {
        at: Millis,
    },
    /// The steps passed so far count no more.
    StartAgain,
}

/// `GET /t/{slug}/sign-in` (200), and the same after a POST that did not get through (422, 503).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/sign_in.html")]
pub struct SignInPage {
    pub frame: Frame,
    /// As typed; empty at first.
    pub identifier: String,
    /// Already accepted by the tenant's list; travels as a hidden field.
    pub redirect_url: Option<String>,
    pub problem: Option<SignInProblem>,
    pub notice: Option<SignInNotice>,
}

/// A right sign-in of a user whom staff banned (403).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/banned.html")]
pub struct BannedPage {
    pub frame: Frame,
    /// As typed.
    pub identifier: String,
}

impl BannedPage {
    fn why(&self) -> Markup {
        self.frame
            .say("banned-why")
            .text("tenant", &self.frame.face.name)
            .markup("who", Markup::breakable(&self.identifier))
            .html()
    }
}

impl SignInPage {
    /// The empty form.
    #[must_use]
    pub fn empty(frame: Frame, redirect_url: Option<String>) -> Self {
        Self { frame, identifier: String::new(), redirect_url, problem: None, notice: None }
    }

    /// The form after a try that failed.
    #[must_use]
    pub fn again(
        frame: Frame,
        identifier: String,
        redirect_url: Option<String>,
        problem: SignInProblem,
    ) -> Self {
        Self { frame, identifier, redirect_url, problem: Some(problem), notice: None }
    }

    fn title(&self) -> String {
        let heading = self.frame.line("sign-in-title");
        if self.problem.is_some() {
            self.frame.error_title_of(heading)
        } else {
            self.frame.title_of(heading)
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let problem = |field: &'static str, words: String| Problem { field, words };
        let missing = || problem("identifier", self.frame.line("fault-identifier-missing"));
        let no_password = || problem("password", self.frame.line("fault-password-missing"));
        match &self.problem {
            None | Some(SignInProblem::NotAvailable) => Vec::new(),
            Some(SignInProblem::WrongDetails { .. }) => {
                vec![problem("password", self.frame.line("fault-wrong-details"))]
            }
            Some(SignInProblem::IdentifierMissing) => vec![missing()],
            Some(SignInProblem::IdentifierOdd) => {
                vec![problem("identifier", self.frame.line("fault-identifier-odd"))]
            }
            Some(SignInProblem::PasswordMissing) => vec![no_password()],
            Some(SignInProblem::BothMissing) => vec![missing(), no_password()],
        }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }

    fn cost(&self) -> Option<String> {
        let Some(SignInProblem::WrongDetails { tries_left: Some(left) }) = &self.problem else {
            return None;
        };
        tries_words(&self.frame, Some(*left))
    }

    fn notice_words(&self) -> Option<String> {
        self.notice.as_ref().map(|notice| match notice {
            SignInNotice::SignedOut => self.frame.line("sign-in-signed-out"),
            SignInNotice::StartAgain => self.frame.line("sign-in-start-again"),
            SignInNotice::SessionEnded { at } => {
                let clock = self.frame.moment(at).absolute;
                self.frame.say("sign-in-signed-out-since").text("time", clock).to_string()
            }
        })
    }

    fn busy(&self) -> bool {
        matches!(self.problem, Some(SignInProblem::NotAvailable))
    }

    // One element of a page takes the focus: the summary, else the first field still to be filled.
    fn focus_identifier(&self) -> bool {
        self.problem.is_none() && self.identifier.is_empty()
    }

    fn focus_password(&self) -> bool {
        self.problem.is_none() && !self.identifier.is_empty()
    }
}

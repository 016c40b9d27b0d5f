//! The page of one contact request.

use askama::Template;

use super::frame::Frame;
use super::support::{SupportProblem, worded};
use crate::model::{Millis, Until};
use crate::support::redact::REMOVED;
use crate::text::Markup;
use crate::web::page::Problem;

/// How a request stands, in what its person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    Received,
    /// Somebody looks after it.
    Open,
    /// An answer was written.
    Answered,
    Closed,
    /// Closed by itself, because its person signed in.
    SignedIn,
}

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    You,
    Support,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnMessage {
    pub by: Said,
    pub at: Millis,
    pub body: String,
}

/// `GET /t/{slug}/support/{secret}`, and the same with a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/support_status.html")]
pub struct SupportStatusPage {
    pub frame: Frame,
    pub reference: String,
    pub state: RequestState,
    pub subject: String,
    /// The end of the lock that was told when it was filed, while it lies ahead.
    pub lock: Option<Until>,
    /// Oldest first; the first is what was filed.
    pub messages: Vec<OwnMessage>,
    /// Its own path: where the form leads.
    pub path: String,
    pub can_add: bool,
    pub draft: String,
    pub problem: Option<SupportProblem>,
}

impl SupportStatusPage {
    fn heading(&self) -> String {
        match self.state {
            RequestState::Received => self.frame.line("request-received"),
            RequestState::Open => self.frame.line("request-open"),
            RequestState::Answered => self.frame.line("request-answered"),
            RequestState::Closed => self.frame.line("request-closed"),
            RequestState::SignedIn => self.frame.line("request-signed-in"),
        }
    }

    fn title(&self) -> String {
        self.frame.title_with(&self.heading(), &self.listed())
    }

    const fn kind(&self) -> &'static str {
        match self.state {
            RequestState::Received | RequestState::Open | RequestState::Closed => "neutral",
            RequestState::Answered | RequestState::SignedIn => "ok",
        }
    }

    const fn icon(&self) -> &'static str {
        match self.state {
            RequestState::Received | RequestState::Open => "clock",
            RequestState::Answered => "envelope",
            RequestState::Closed | RequestState::SignedIn => "done",
        }
    }

    fn why(&self) -> Markup {
        let id = match self.state {
            RequestState::Received => self.frame.say("request-received-what"),
            RequestState::Open => self.frame.say("request-open-what"),
            RequestState::Answered => self.frame.say("request-answered-what"),
            RequestState::Closed => self.frame.say("request-closed-what"),
            RequestState::SignedIn => self.frame.say("request-signed-in-what"),
        };
        id.text("tenant", &self.frame.face.name).text("reference", &self.reference).html()
    }

    fn who(&self, message: &OwnMessage) -> String {
        match message.by {
            Said::You => self.frame.line("request-you"),
            Said::Support => {
                self.frame.say("request-them").text("tenant", &self.frame.face.name).to_string()
            }
        }
    }

    const fn side(message: &OwnMessage) -> &'static str {
        match message.by {
            Said::You => "quote mine",
            Said::Support => "quote",
        }
    }

    fn body(message: &OwnMessage) -> Markup {
        Markup::with_marked(&message.body, REMOVED)
    }

    fn lock_line(&self) -> Option<Markup> {
        Some(match self.lock.as_ref()? {
            Until::At(end) => self
                .frame
                .say("request-lock-ends")
                .markup("time", self.frame.time_until(end))
                .html(),
            Until::Unlocked => Markup::escape(&self.frame.line("request-lock-endless")),
        })
    }

    fn listed(&self) -> Vec<Problem> {
        self.problem.iter().map(|problem| worded(&self.frame, *problem)).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.listed(), field)
    }
}

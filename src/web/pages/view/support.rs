//! The support contact form and the page that acknowledges a message.

use askama::Template;

use super::frame::Frame;
use crate::model::{Millis, Until};
use crate::support::redact::REMOVED;
use crate::text::Markup;
use crate::web::page::Problem;

/// Name of the field that people never see and never fill: a message that comes with it is a robot's.
pub const TRAP_FIELD: &str = "website";

/// What is to be mended (422), at most one per field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SupportProblem {
    NameMissing,
    NameTooLong,
    /// Line breaks or control characters.
    NameOdd,
    IdentifierMissing,
    IdentifierOdd,
    SubjectMissing,
    MessageMissing,
    /// `limit` in characters.
    MessageTooLong {
        limit: u32,
    },
    /// Control characters.
    MessageOdd,
}

/// The lock that the visitor came from, so that nobody is asked for what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLock {
    /// As the visitor typed it.
    pub identifier: String,
    pub until: Until,
    /// The same for the form to bring back.
    pub sealed: String,
}

/// `GET /t/{slug}/support`, and the same with faults. Fields: `context` or `identifier`, `name`,
/// `subject`, `message` and the trap `website`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/support.html")]
pub struct SupportFormPage {
    pub frame: Frame,
    pub name: String,
    pub identifier: String,
    /// One of the offered choices, in the words of the page.
    pub subject: String,
    pub message: String,
    pub problems: Vec<SupportProblem>,
    /// Then `identifier` is not asked.
    pub known: Option<KnownLock>,
}

impl SupportFormPage {
    /// The empty form.
    #[must_use]
    pub fn empty(frame: Frame) -> Self {
        Self {
            frame,
            name: String::new(),
            identifier: String::new(),
            subject: String::new(),
            message: String::new(),
            problems: Vec::new(),
            known: None,
        }
    }

    fn heading(&self) -> String {
        self.frame.say("support-title").text("tenant", &self.frame.face.name).to_string()
    }

    fn title(&self) -> String {
        self.frame.title_with(&self.heading(), &self.listed())
    }

    fn subjects(&self) -> [String; 5] {
        [
            self.frame.line("support-subject-no-mail"),
            self.frame.line("support-subject-link"),
            self.frame.line("support-subject-not-me"),
            self.frame.line("support-subject-password"),
            self.frame.line("support-subject-other"),
        ]
    }

    fn listed(&self) -> Vec<Problem> {
        self.problems.iter().map(|problem| worded(&self.frame, *problem)).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.listed(), field)
    }

    fn known_words(&self) -> Option<Markup> {
        let known = self.known.as_ref()?;
        let who = Markup::breakable(&known.identifier);
        Some(match &known.until {
            Until::At(at) => self
                .frame
                .say("support-known")
                .markup("who", &who)
                .markup("time", self.frame.time_until(at))
                .html(),
            Until::Unlocked => self.frame.say("support-known-endless").markup("who", &who).html(),
        })
    }
}

/// A problem with its field and its words.
pub(super) fn worded(frame: &Frame, problem: SupportProblem) -> Problem {
    let (field, words) = match problem {
        SupportProblem::NameMissing => ("name", frame.line("support-fault-name")),
        SupportProblem::NameTooLong => ("name", frame.line("support-fault-name-long")),
        SupportProblem::NameOdd => ("name", frame.line("support-fault-name-odd")),
        SupportProblem::IdentifierMissing => ("identifier", frame.line("fault-identifier-missing")),
        SupportProblem::IdentifierOdd => ("identifier", frame.line("fault-identifier-odd")),
        SupportProblem::SubjectMissing => ("subject", frame.line("support-fault-subject")),
        SupportProblem::MessageMissing => ("message", frame.line("support-fault-message")),
        SupportProblem::MessageOdd => ("message", frame.line("support-fault-message-odd")),
        SupportProblem::MessageTooLong { limit } => {
            ("message", frame.say("support-fault-message-long").count("count", limit).to_string())
        }
    };
    Problem { field, words }
}

/// Whether the acknowledgement is also mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailCopy {
    OnItsWay,
    /// The identifier is no address.
    None,
}

/// A message was stored (200 after the POST or its redirect).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/support_sent.html")]
pub struct SupportSentPage {
    /// `frame.reference` may repeat the reference in the footer.
    pub frame: Frame,
    pub reference: String,
    pub received_at: Millis,
    pub subject: String,
    /// As it is kept.
    pub message: String,
    /// The request's own page.
    pub status_path: String,
    pub mail_copy: MailCopy,
}

impl SupportSentPage {
    fn at_line(&self) -> Markup {
        self.frame.say("support-sent-at").markup("time", self.frame.time(&self.received_at)).html()
    }

    fn kept(&self) -> Markup {
        Markup::with_marked(&self.message, REMOVED)
    }

    fn what(&self) -> Markup {
        self.frame
            .say("support-sent-what")
            .text("tenant", &self.frame.face.name)
            .text("reference", &self.reference)
            .html()
    }
}

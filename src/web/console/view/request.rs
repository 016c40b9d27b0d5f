//! One request: the conversation, the answer, and beside it the lock of its person.

use askama::Template;

use super::frame::Frame;
use super::lock_panel::{FirstDeed, LockPanel};
use crate::model::Millis;
use crate::support::redact::REMOVED;
use crate::text::Markup;

/// What one entry of the conversation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TalkKind {
    Theirs,
    Reply,
    Note,
    Event(EventWord),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventWord {
    Closed,
    ClosedBySignIn,
    Spam,
    Reopened,
    Assigned {
        to: String,
    },
    Unassigned,
    UnlockMail,
    UnlockMailHeld,
    UnlockAsked {
        reason: String,
    },
    Unlocked,
    /// A machine answered a mail: an absence note, most often.
    AutoReply,
    Other,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    pub kind: TalkKind,
    pub who: String,
    pub at: Millis,
    pub body: String,
    /// Until when it can be taken back, and by which id.
    pub undo: Option<(String, Millis)>,
    /// It was.
    pub undone: bool,
}

/// By which way a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameBy {
    Form,
    NotMe,
    Mail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    New,
    Open,
    Waiting,
    Closed,
    ClosedBySignIn,
    Spam,
}

/// What is to be mended before anything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestProblem {
    /// The request was changed since the form was opened.
    Stale,
    BodyMissing,
    BodyTooLong,
    ReasonMissing,
    /// It went out before it was taken back.
    TooLate,
    /// Who was chosen works here no more.
    NotOfTeam,
}

/// A saved answer to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub id: String,
    pub title: String,
}

/// Somebody to whom a request may be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    pub id: String,
    pub name: String,
    /// It is the reader.
    pub own: bool,
}

/// Whether the reader may do anything here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hands {
    Free,
    /// An auditor looks on.
    Tied,
}

/// `GET /console/{slug}/inbox/{reference}`, and the same with a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "console/request.html")]
pub struct RequestPage {
    pub frame: Frame,
    pub path: String,
    pub inbox_path: String,
    pub canned_path: String,
    pub reference: String,
    pub subject: String,
    pub who: String,
    /// As typed.
    pub identifier: String,
    pub filed_at: Millis,
    pub came_by: CameBy,
    pub standing: Standing,
    pub version: i64,
    pub assignee: Option<String>,
    pub is_mine: bool,
    /// To whom it may be given, by name.
    pub colleagues: Vec<Colleague>,
    pub hands: Hands,
    /// Oldest first.
    pub talk: Vec<Talk>,
    pub panel: LockPanel,
    /// The page that explains the account's lock, where there is an account.
    pub story_path: Option<String>,
    pub draft: String,
    pub saved: Vec<Saved>,
    pub problem: Option<RequestProblem>,
}

impl RequestPage {
    fn title(&self) -> String {
        match self.problem {
            Some(_) => {
                self.frame.say("console-title-error").text("page", &self.subject).to_string()
            }
            None => self.subject.clone(),
        }
    }

    fn came(&self) -> Markup {
        let said = match self.came_by {
            CameBy::Form => self.frame.say("request-by-form"),
            CameBy::NotMe => self.frame.say("request-by-not-me"),
            CameBy::Mail => self.frame.say("request-by-mail"),
        };
        said.text("reference", &self.reference)
            .markup("time", self.frame.time(&self.filed_at))
            .markup("who", Markup::breakable(&self.identifier))
            .html()
    }

    fn standing(&self) -> String {
        match self.standing {
            Standing::New => self.frame.line("inbox-new"),
            Standing::Open => self.frame.line("request-standing-open"),
            Standing::Waiting => self.frame.line("inbox-answered"),
            Standing::Closed => self.frame.line("request-standing-closed"),
            Standing::ClosedBySignIn => self.frame.line("request-standing-signed-in"),
            Standing::Spam => self.frame.line("inbox-tab-spam"),
        }
    }

    const fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Closed | Standing::ClosedBySignIn | Standing::Spam)
    }

    fn with_line(&self) -> String {
        match &self.assignee {
            Some(name) => self.frame.say("inbox-with").text("name", name).to_string(),
            None => self.frame.line("request-nobody-has-it"),
        }
    }

    fn problem_words(&self) -> Option<String> {
        Some(match self.problem? {
            RequestProblem::Stale => self.frame.line("request-stale"),
            RequestProblem::BodyMissing => self.frame.line("request-body-missing"),
            RequestProblem::BodyTooLong => self.frame.line("request-body-too-long"),
            RequestProblem::ReasonMissing => self.frame.line("request-reason-missing"),
            RequestProblem::TooLate => self.frame.line("request-too-late"),
            RequestProblem::NotOfTeam => self.frame.line("request-not-of-team"),
        })
    }

    /// Where the problem is mended.
    const fn problem_field(&self) -> Option<&'static str> {
        match self.problem {
            Some(RequestProblem::BodyMissing | RequestProblem::BodyTooLong) => Some("body"),
            Some(RequestProblem::ReasonMissing) => Some("reason"),
            Some(RequestProblem::Stale) => Some("said"),
            // Whoever is alone now has nothing to choose from.
            Some(RequestProblem::NotOfTeam) if self.colleagues.len() > 1 => Some("assignee"),
            Some(RequestProblem::TooLate | RequestProblem::NotOfTeam) | None => None,
        }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        self.problem_words().filter(|_| self.problem_field() == Some(field))
    }

    const fn class(talk: &Talk) -> &'static str {
        match talk.kind {
            TalkKind::Theirs => "said theirs",
            TalkKind::Reply => "said ours",
            TalkKind::Note => "said note",
            TalkKind::Event(_) => "happened",
        }
    }

    fn by(&self, talk: &Talk) -> String {
        match &talk.kind {
            TalkKind::Theirs | TalkKind::Reply => talk.who.clone(),
            TalkKind::Note => self.frame.say("request-note-by").text("name", &talk.who).to_string(),
            TalkKind::Event(word) => self.event(word, &talk.who),
        }
    }

    fn event(&self, word: &EventWord, who: &str) -> String {
        let said = match word {
            EventWord::Closed => self.frame.say("request-event-closed"),
            EventWord::ClosedBySignIn => self.frame.say("request-event-signed-in"),
            EventWord::Spam => self.frame.say("request-event-spam"),
            EventWord::Reopened => self.frame.say("request-event-reopened"),
            EventWord::Assigned { to } => self.frame.say("request-event-assigned").text("to", to),
            EventWord::Unassigned => self.frame.say("request-event-unassigned"),
            EventWord::UnlockMail => self.frame.say("request-event-unlock-mail"),
            EventWord::UnlockMailHeld => self.frame.say("request-event-unlock-mail-held"),
            EventWord::UnlockAsked { reason } => {
                self.frame.say("request-event-unlock-asked").text("reason", reason)
            }
            EventWord::Unlocked => self.frame.say("request-event-unlocked"),
            EventWord::AutoReply => self.frame.say("request-event-auto-reply"),
            EventWord::Other => self.frame.say("request-event-other"),
        };
        said.text("name", who).to_string()
    }

    fn body(talk: &Talk) -> Markup {
        Markup::with_marked(&talk.body, REMOVED)
    }

    fn undo_words(&self, until: &Millis) -> Markup {
        self.frame.say("request-undo-until").markup("time", self.frame.second(until)).html()
    }
}

//! An interface explained to the developer of a client: every operation with what it takes and
//! answers, every resource with its members. All of it is there without script, and nothing of it
//! comes from elsewhere.

use askama::Template;

use super::frame::ConsoleFrame;

/// `GET /docs/frontend` and `/docs/backend`.
#[derive(Debug, Clone, Template)]
#[template(path = "docs/interface.html")]
pub struct ApiDocsPage {
    pub frame: ConsoleFrame,
    pub title: &'static str,
    /// Paragraphs.
    pub about: Vec<Vec<Piece>>,
    /// Where the interface is reached.
    pub server: String,
    /// The document for programs.
    pub document_path: String,
    /// Both interfaces, this one among them.
    pub interfaces: Vec<Interface>,
    pub groups: Vec<Group>,
    /// What every operation can answer besides its own.
    pub everywhere: Vec<ErrorLine>,
    pub resources: Vec<Resource>,
}

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    Code(String),
}

impl Piece {
    /// Paragraphs of text in which backticks stand around code.
    #[must_use]
    pub fn paragraphs(text: &str) -> Vec<Vec<Self>> {
        let paragraph = |text: &str| {
            let pieces = text.split('`').enumerate().map(|(at, piece)| match at % 2 {
                0 => Self::Words(piece.to_owned()),
                _ => Self::Code(piece.to_owned()),
            });
            pieces.collect()
        };
        text.split("\n\n").filter(|part| !part.is_empty()).map(paragraph).collect()
    }
}

/// A way to the documentation of an interface.
#[derive(Debug, Clone)]
pub struct Interface {
    pub title: &'static str,
    pub path: String,
    pub here: Here,
}

/// Whether a link leads to the page that it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    Yes,
    No,
}

/// Operations that are about the same thing.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub anchor: String,
    pub operations: Vec<OperationShown>,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct OperationShown {
    pub id: &'static str,
    pub method: &'static str,
    pub path: String,
    pub summary: String,
    pub about: Vec<Vec<Piece>>,
    /// Clerk has no such operation.
    pub is_ours: bool,
    /// What it checks of the caller's.
    pub checks: Vec<Check>,
    pub parameters: Vec<Parameter>,
    pub answers: Vec<Answer>,
    pub errors: Vec<ErrorLine>,
}

/// A secret or proof that an operation checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Of the user who is named, by the authenticator's name.
    Secret(&'static str),
    /// Of the user of the caller's session.
    OwnSecret(&'static str),
    Proof,
    SessionToken,
    Mailbox,
}

impl Check {
    fn words(self, frame: &ConsoleFrame) -> String {
        match self {
            Self::Secret(what) => frame.say("docs-checks-secret").text("what", what).to_string(),
            Self::OwnSecret(what) => frame.say("docs-checks-own").text("what", what).to_string(),
            Self::Proof => frame.line("docs-checks-proof"),
            Self::SessionToken => frame.line("docs-checks-session"),
            Self::Mailbox => frame.line("docs-checks-mailbox"),
        }
    }
}

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    Body,
}

impl Place {
    fn words(self, frame: &ConsoleFrame) -> String {
        match self {
            Self::Path => frame.line("docs-in-path"),
            Self::Query => frame.line("docs-in-query"),
            Self::Body => frame.line("docs-in-body"),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub kind: String,
    pub must: bool,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub reason: &'static str,
    pub shape: String,
    /// The resources that `shape` names.
    pub names: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLine {
    pub status: u16,
    pub code: &'static str,
    pub text: String,
}

/// A resource and its members.
#[derive(Debug, Clone)]
pub struct Resource {
    pub name: &'static str,
    pub about: &'static str,
    pub members: Vec<MemberLine>,
}

/// A member; one of a member is `outer.inner`.
#[derive(Debug, Clone)]
pub struct MemberLine {
    pub name: String,
    pub kind: String,
    pub always: bool,
    pub names: Vec<&'static str>,
}

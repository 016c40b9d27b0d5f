//! What became of each of several requests.

use askama::Template;

use super::frame::Frame;

/// What is done to several requests at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkDeed {
    UnlockMail,
    Answer,
    Close,
    Spam,
    Take,
    /// To somebody who is chosen.
    Assign,
}

impl BulkDeed {
    const ALL: [Self; 6] =
        [Self::UnlockMail, Self::Answer, Self::Close, Self::Spam, Self::Take, Self::Assign];

    /// As a form names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnlockMail => "unlock_mail",
            Self::Answer => "answer",
            Self::Close => "close",
            Self::Spam => "spam",
            Self::Take => "take",
            Self::Assign => "assign",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == text)
    }
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Done,
    /// By the caps against mail bombing.
    HeldBack,
    /// It was changed since the list was made.
    Stale,
    /// Of no account: there is nobody to send an unlock mail to.
    NoAccount,
    /// The chosen answer is not there any more.
    NoAnswer,
    /// Who was chosen works here no more.
    NotOfTeam,
    /// No such request.
    Gone,
    NotNow,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkLine {
    pub path: Option<String>,
    pub who: String,
    pub reference: String,
    pub did: Done,
}

/// The answer to a form over several requests.
#[derive(Debug, Clone, Template)]
#[template(path = "console/bulk.html")]
pub struct BulkPage {
    pub frame: Frame,
    pub inbox_path: String,
    pub deed: BulkDeed,
    pub lines: Vec<BulkLine>,
}

impl BulkPage {
    fn title(&self) -> String {
        let frame = &self.frame;
        match self.deed {
            BulkDeed::UnlockMail => frame.line("bulk-unlock-mail"),
            BulkDeed::Answer => frame.line("bulk-answer"),
            BulkDeed::Close => frame.line("bulk-close"),
            BulkDeed::Spam => frame.line("bulk-spam"),
            BulkDeed::Take => frame.line("bulk-take"),
            BulkDeed::Assign => frame.line("bulk-assign"),
        }
    }

    fn sum(&self) -> String {
        if self.lines.is_empty() {
            return self.frame.line("bulk-nothing");
        }
        let done = self.lines.iter().filter(|line| line.did == Done::Done).count();
        self.frame.say("bulk-sum").count("done", done).count("all", self.lines.len()).to_string()
    }

    fn words(&self, line: &BulkLine) -> String {
        let frame = &self.frame;
        match (line.did, self.deed) {
            (Done::Done, BulkDeed::UnlockMail) => frame.line("bulk-did-unlock-mail"),
            (Done::Done, BulkDeed::Answer) => frame.line("bulk-did-answer"),
            (Done::Done, BulkDeed::Close) => frame.line("bulk-did-close"),
            (Done::Done, BulkDeed::Spam) => frame.line("bulk-did-spam"),
            (Done::Done, BulkDeed::Take) => frame.line("bulk-did-take"),
            (Done::Done, BulkDeed::Assign) => frame.line("bulk-did-assign"),
            (Done::HeldBack, _) => frame.line("bulk-held-back"),
            (Done::Stale, _) => frame.line("bulk-stale"),
            (Done::NoAccount, _) => frame.line("bulk-no-account"),
            (Done::NoAnswer, _) => frame.line("bulk-no-answer"),
            (Done::NotOfTeam, _) => frame.line("request-not-of-team"),
            (Done::Gone, _) => frame.line("bulk-gone"),
            (Done::NotNow, _) => frame.line("bulk-not-now"),
        }
    }

    fn kind(line: &BulkLine) -> &'static str {
        match line.did {
            Done::Done => "ok",
            Done::HeldBack
            | Done::Stale
            | Done::NoAccount
            | Done::NoAnswer
            | Done::NotOfTeam
            | Done::Gone
            | Done::NotNow => "hold",
        }
    }

    fn icon(line: &BulkLine) -> &'static str {
        match Self::kind(line) {
            "ok" => "done",
            _ => "warning",
        }
    }
}

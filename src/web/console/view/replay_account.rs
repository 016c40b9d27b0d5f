//! One account of a replay: each recorded line, what it was and what it would have been under a draft,
//! and the locks of both. Knows no log.

use askama::Template;

use super::frame::Frame;
use super::lock_panel::TryLine;
use crate::lockout::time_machine::Became;
use crate::lockout::{LockView, UncountedReason, span_text};
use crate::model::{Authenticator, Millis, Until};
use crate::store::attempts::AttemptDecision;
use crate::tenant::LockSpan;
use crate::text::{Markup, Said};

/// `GET /console/{slug}/policy/replay/{user}`
#[derive(Debug, Clone, Template)]
#[template(path = "console/replay_account.html")]
pub struct ReplayAccountPage {
    pub frame: Frame,
    pub name: String,
    pub days: i64,
    /// Where the replay begins.
    pub from: Millis,
    /// Oldest first.
    pub steps: Vec<AccountStep>,
    /// There are older lines.
    pub older: bool,
    /// Not all that counts was read.
    pub cut: bool,
    pub locks_now: Vec<LockSpan>,
    pub locks_draft: Vec<LockSpan>,
    /// The draft as a form sends it.
    pub draft: Vec<(String, String)>,
    pub replay_path: String,
    /// The lock story.
    pub story_path: String,
}

/// A line of the table.
#[derive(Debug, Clone)]
pub struct AccountStep {
    pub at: Millis,
    pub recorded: Recorded,
    pub draft: Option<Became>,
}

/// What was recorded.
#[derive(Debug, Clone)]
pub enum Recorded {
    Try {
        line: TryLine,
        /// `None` for what no policy can select.
        with: Option<Authenticator>,
    },
    /// Within a minute, looked at by nobody.
    Refused {
        tries: i64,
        from: String,
    },
    Deed(AccountDeed),
}

/// What somebody did to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountDeed {
    Locked,
    Unlocked,
    UnlockedByMail,
    Reset,
}

/// What kept a try out, or did not: what the two columns can differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Refused,
    Locked,
    Looked,
    Other,
}

impl ReplayAccountPage {
    fn title(&self) -> String {
        self.frame.say("replay-account-title").text("name", &self.name).to_string()
    }

    fn shown(&self) -> String {
        self.frame.say("replay-account-shown").count("count", self.steps.len()).to_string()
    }

    fn back(&self) -> String {
        self.frame.say("replay-title").count("days", self.days).to_string()
    }

    /// When the line of this place happened; its day where that is not the one before's and today.
    fn when(&self, place: &usize) -> Markup {
        let at = |place: usize| self.steps.get(place).map(|step| step.at);
        let before = place.checked_sub(1).and_then(at);
        at(*place).map_or_else(Markup::default, |at| self.frame.second_after(&at, &before))
    }

    fn with(&self, step: &AccountStep) -> String {
        let Recorded::Try { with, .. } = &step.recorded else { return String::new() };
        match with {
            Some(Authenticator::Password) => self.frame.line("story-password"),
            Some(Authenticator::OobOtp) => self.frame.line("story-code"),
            Some(Authenticator::Totp) => self.frame.line("story-app"),
            Some(Authenticator::RecoveryCode) => self.frame.line("story-recovery-code"),
            None => self.frame.line("story-other-secret"),
        }
    }

    fn source(&self, step: &AccountStep) -> Markup {
        match &step.recorded {
            Recorded::Try { line, .. } => Markup::breakable(&line.source),
            Recorded::Refused { from, .. } => Markup::breakable(from),
            Recorded::Deed(_) => Markup::escape(""),
        }
    }

    fn now(&self, step: &AccountStep) -> String {
        match &step.recorded {
            Recorded::Try { line, .. } => line.words(&self.frame),
            Recorded::Refused { tries, .. } => {
                self.frame.say("story-refused").count("count", tries).to_string()
            }
            Recorded::Deed(AccountDeed::Locked) => self.frame.line("replay-deed-locked"),
            Recorded::Deed(AccountDeed::Unlocked) => self.frame.line("replay-deed-unlocked"),
            Recorded::Deed(AccountDeed::UnlockedByMail) => self.frame.line("replay-deed-by-mail"),
            Recorded::Deed(AccountDeed::Reset) => self.frame.line("replay-deed-reset"),
        }
    }

    fn then(&self, step: &AccountStep) -> Markup {
        let frame = &self.frame;
        let Some(draft) = &step.draft else {
            return Markup::escape(&frame.line("replay-became-nothing"));
        };
        let words = match draft {
            Became::Refused(lock) => return self.until(frame.say("replay-became-refused"), lock),
            Became::Locked(lock) => return self.until(frame.say("replay-became-locked"), lock),
            Became::Checked { tries, lock } => {
                let said = frame.say("replay-became-checked").count("count", *tries).to_string();
                return match lock {
                    Some(lock) => {
                        let then = self.until(frame.say("replay-became-then-locked"), lock);
                        frame
                            .say("replay-became-both")
                            .text("first", said)
                            .markup("then", then)
                            .html()
                    }
                    None => Markup::escape(&said),
                };
            }
            Became::Counted { remaining } => {
                frame.say("replay-became-counted").count("count", *remaining).to_string()
            }
            Became::Uncounted(UncountedReason::LockoutOff) => frame.line("try-lockout-off"),
            Became::Uncounted(UncountedReason::AuthenticatorNotSelected) => {
                frame.line("try-authenticator")
            }
            Became::Uncounted(UncountedReason::Repeated) => frame.line("try-repeated"),
            Became::Passed => frame.line("try-passed"),
            Became::Completed => frame.line("try-completed"),
            Became::ByStaff => frame.line("replay-deed-locked"),
            Became::Lifted => frame.line("replay-became-lifted"),
            Became::Nothing => frame.line("replay-became-nothing"),
        };
        Markup::escape(&words)
    }

    fn until(&self, said: Said, lock: &LockView) -> Markup {
        let end = match lock.until {
            Until::At(end) => self.frame.dated_second(&end),
            Until::Unlocked => Markup::escape(&self.frame.line("replay-end-unlocked")),
        };
        said.markup("end", end).html()
    }

    /// Whether the draft would have kept out what was looked at, or the other way round.
    fn class(&self, step: &AccountStep) -> &'static str {
        let (now, then) = (fate_now(step), fate_then(step));
        if now == then || now == Fate::Other || then == Fate::Other { "" } else { "hold" }
    }

    fn differs(&self, step: &AccountStep) -> bool {
        !self.class(step).is_empty()
    }

    fn span(&self, lock: &LockSpan) -> Markup {
        let frame = &self.frame;
        let begun = frame.dated_second(&lock.since);
        let said = match (lock.lifted, lock.until) {
            (Some(at), _) => frame.say("replay-lock-lifted").markup("end", frame.dated_second(&at)),
            (None, Until::At(end)) => frame
                .say("replay-lock")
                .markup("end", frame.dated_second(&end))
                .text("length", span_text(end.since(lock.since))),
            (None, Until::Unlocked) => frame.say("replay-lock-endless"),
        };
        said.markup("begin", begun).html()
    }

    fn source_only(&self, lock: &LockSpan) -> Option<String> {
        lock.source_only.then(|| self.frame.line("replay-lock-source"))
    }
}

fn fate_now(step: &AccountStep) -> Fate {
    match &step.recorded {
        Recorded::Try { line, .. } => match line.decision {
            AttemptDecision::Refused => Fate::Refused,
            AttemptDecision::Locked => Fate::Locked,
            AttemptDecision::Counted
            | AttemptDecision::UncountedLockoutOff
            | AttemptDecision::UncountedAuthenticator
            | AttemptDecision::UncountedRepeated
            | AttemptDecision::Passed
            | AttemptDecision::Verified
            | AttemptDecision::Completed => Fate::Looked,
            AttemptDecision::UncountedResetCode | AttemptDecision::Banned => Fate::Other,
        },
        Recorded::Refused { .. } => Fate::Refused,
        Recorded::Deed(_) => Fate::Other,
    }
}

const fn fate_then(step: &AccountStep) -> Fate {
    match step.draft {
        Some(Became::Refused(_)) => Fate::Refused,
        Some(Became::Locked(_)) => Fate::Locked,
        Some(
            Became::Counted { .. }
            | Became::Uncounted(_)
            | Became::Passed
            | Became::Completed
            | Became::Checked { .. },
        ) => Fate::Looked,
        Some(Became::ByStaff | Became::Lifted | Became::Nothing) | None => Fate::Other,
    }
}

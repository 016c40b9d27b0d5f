//! Locking and unlocking one account by hand: the question, what happens, and the reason.

use askama::Template;

use super::frame::Frame;
use crate::lockout::{LockLength, length_text};
use crate::web::page::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockDeed {
    Lock,
    Unlock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockDeedProblem {
    Reason,
    Duration,
}

/// How long a lock is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// As typed.
    pub duration: String,
    pub reason: String,
}

/// `GET /console/{slug}/locks/{user}/lock` and `…/unlock`, and the same with faults.
#[derive(Debug, Clone, Template)]
#[template(path = "console/lock_deed.html")]
pub struct LockDeedPage {
    pub frame: Frame,
    pub deed: LockDeed,
    pub name: String,
    pub path: String,
    /// The page that explains the account's lock.
    pub back: String,
    /// The policy's length of a lock by hand.
    pub usual: LockLength,
    pub asked: Asked,
    pub problems: Vec<LockDeedProblem>,
}

impl LockDeedPage {
    fn question(&self) -> String {
        match self.deed {
            LockDeed::Lock => self.frame.say("lock-question").text("name", &self.name).to_string(),
            LockDeed::Unlock => {
                self.frame.say("unlock-question").text("name", &self.name).to_string()
            }
        }
    }

    fn head(&self) -> String {
        match self.problems.is_empty() {
            true => self.question(),
            false => {
                self.frame.say("console-title-error").text("page", self.question()).to_string()
            }
        }
    }

    fn effect(&self) -> String {
        match self.deed {
            LockDeed::Lock => self.frame.line("lock-effect"),
            LockDeed::Unlock => self.frame.line("unlock-effect"),
        }
    }

    fn usual(&self) -> String {
        let length = length_text(self.usual);
        let length = if length == "until_unlocked" {
            self.frame.line("console-until-unlocked")
        } else {
            length
        };
        self.frame.say("lock-duration-hint").text("length", length).to_string()
    }

    fn yes(&self) -> String {
        match self.deed {
            LockDeed::Lock => self.frame.line("lock-yes"),
            LockDeed::Unlock => self.frame.line("panel-unlock-yes"),
        }
    }

    fn no(&self) -> String {
        match self.deed {
            LockDeed::Lock => self.frame.line("lock-no"),
            LockDeed::Unlock => self.frame.line("unlock-no"),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let words = |problem: &LockDeedProblem| match problem {
            LockDeedProblem::Reason => {
                Problem { field: "reason", words: self.frame.line("request-reason-missing") }
            }
            LockDeedProblem::Duration => {
                Problem { field: "duration", words: self.frame.line("lock-duration-fault") }
            }
        };
        self.problems.iter().map(words).collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}

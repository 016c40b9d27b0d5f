//! Unlocking many, and locking them again: what will be done, to whom, and what came of it.

use askama::Template;

use super::frame::Frame;
use crate::store::counted::Counted;
use crate::tenant::{Skip, SparedCount};
use crate::web::page::Problem;

/// What is done to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ManyDeed {
    #[default]
    Unlock,
    /// The way back: a lock by staff, for as long as the policy says.
    LockAgain,
}

impl ManyDeed {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::LockAgain => "lock",
        }
    }
}

/// To whom.
#[derive(Debug, Clone)]
pub enum Whom {
    /// Ids and names.
    Chosen(Vec<(String, String)>),
    /// Whoever a filter shows; `None` in a search.
    Matching(Option<Counted>),
    /// Those whom the policy in force would not have locked.
    Spared(SparedCount),
}

/// What was wrong with the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManyProblem {
    NoReason,
}

/// `GET /console/{slug}/locks/many`, and the same with a fault.
#[derive(Debug, Clone, Template)]
#[template(path = "console/locks_many.html")]
pub struct ManyPage {
    pub frame: Frame,
    pub path: String,
    /// The list.
    pub back: String,
    pub deed: ManyDeed,
    pub whom: Whom,
    /// The filter and what else the form carries on.
    pub fields: Vec<(&'static str, String)>,
    pub reason: String,
    pub problem: Option<ManyProblem>,
}

impl ManyPage {
    fn question(&self) -> String {
        match (&self.whom, self.deed) {
            (Whom::Chosen(chosen), ManyDeed::Unlock) => {
                self.frame.say("many-unlock-chosen").count("count", chosen.len()).to_string()
            }
            (Whom::Chosen(chosen), ManyDeed::LockAgain) => {
                self.frame.say("many-lock-chosen").count("count", chosen.len()).to_string()
            }
            (Whom::Matching(Some(count)), _) => {
                let count = self.frame.counted(count);
                self.frame.say("many-unlock-counted").text("count", count).to_string()
            }
            (Whom::Matching(None), _) => self.frame.line("many-unlock-all"),
            (Whom::Spared(SparedCount { accounts, more: false }), _) => {
                self.frame.say("many-unlock-spared").count("count", *accounts).to_string()
            }
            (Whom::Spared(SparedCount { accounts, more: true }), _) => {
                self.frame.say("many-unlock-spared-more").count("count", *accounts).to_string()
            }
        }
    }

    fn head(&self) -> String {
        match self.problem {
            Some(_) => {
                self.frame.say("console-title-error").text("page", self.question()).to_string()
            }
            None => self.question(),
        }
    }

    fn effect(&self) -> String {
        match (&self.whom, self.deed) {
            (Whom::Chosen(_), ManyDeed::Unlock) => self.frame.line("many-effect"),
            (Whom::Chosen(_), ManyDeed::LockAgain) => self.frame.line("many-effect-lock"),
            (Whom::Matching(_), _) => self.frame.line("many-effect-all"),
            (Whom::Spared(_), _) => self.frame.line("many-effect-spared"),
        }
    }

    fn yes(&self) -> String {
        match self.deed {
            ManyDeed::Unlock => self.frame.line("many-yes"),
            ManyDeed::LockAgain => self.frame.line("many-yes-lock"),
        }
    }

    fn no(&self) -> String {
        match self.deed {
            ManyDeed::Unlock => self.frame.line("many-no"),
            ManyDeed::LockAgain => self.frame.line("many-no-lock"),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let problem = self.problem.map(|problem| match problem {
            ManyProblem::NoReason => {
                Problem { field: "reason", words: self.frame.line("request-reason-missing") }
            }
        });
        problem.into_iter().collect()
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems(), field)
    }
}

/// An account that was left alone.
#[derive(Debug, Clone)]
pub struct Left {
    pub name: String,
    pub path: String,
    pub why: Skip,
}

/// Between one step and the next.
#[derive(Debug, Clone, Template)]
#[template(path = "console/locks_step.html")]
pub struct StepPage {
    pub frame: Frame,
    pub path: String,
    pub back: String,
    /// So far.
    pub done: i64,
    /// Of this step, the first of them.
    pub left: Vec<Left>,
    pub fields: Vec<(&'static str, String)>,
}

impl StepPage {
    fn so_far(&self) -> String {
        self.frame.say("many-so-far").count("count", self.done).to_string()
    }

    fn why(&self, left: &Left) -> String {
        skip_words(&self.frame, left.why)
    }
}

/// Why an account was left alone.
#[must_use]
pub fn skip_words(frame: &Frame, why: Skip) -> String {
    match why {
        Skip::ByStaff => frame.line("many-skip-staff"),
        Skip::Another => frame.line("many-skip-another"),
        Skip::NotLocked => frame.line("many-skip-not-locked"),
        Skip::Gone => frame.line("many-skip-gone"),
    }
}

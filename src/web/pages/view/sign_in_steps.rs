//! What is wrong with a code that was typed: the words in summary and field, and what the failure
//! cost. The code itself never comes back.

use super::frame::Frame;
use crate::web::page::Problem;

/// Most tries at which the number left is shown: earlier it would only worry.
const TRIES_WORTH_SAYING: u32 = 2;

/// Why a form that takes a code came back (422).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    Missing,
    /// `tries_left` before the lock, if known; shown from 2 down.
    Wrong {
        tries_left: Option<u32>,
    },
    Expired,
    /// Its own tries are spent.
    Spent,
}

impl CodeProblem {
    pub(super) fn at(self, frame: &Frame) -> Problem {
        let words = match self {
            Self::Missing => frame.line("code-fault-missing"),
            Self::Wrong { .. } => frame.line("code-fault-wrong"),
            Self::Expired => frame.line("code-fault-expired"),
            Self::Spent => frame.line("code-fault-spent"),
        };
        Problem { field: "code", words }
    }

    pub(super) fn cost(self, frame: &Frame) -> Option<String> {
        let Self::Wrong { tries_left } = self else { return None };
        tries_words(frame, tries_left)
    }
}

/// How many tries are left, where that is worth saying.
pub(super) fn tries_words(frame: &Frame, tries_left: Option<u32>) -> Option<String> {
    let left = tries_left.filter(|left| *left <= TRIES_WORTH_SAYING)?;
    Some(frame.say("tries-left").count("count", left).to_string())
}

//! An account's locks, each with what became of it, in words. Knows no fact.

use super::frame::Frame;
use super::lock_story::Doer;
use crate::model::{Millis, Until};
use crate::tenant::LockReach;
use crate::text::Markup;

/// A lock from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockLine {
    pub at: Millis,
    pub who: Doer,
    pub reason: Option<String>,
    pub reach: LockReach,
    /// The end that it was made with.
    pub until: Until,
    pub end: LineEnd,
}

/// What became of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEnd {
    Stands,
    ByItself(Millis),
    ByMail(Millis),
    /// By a new password.
    ByReset(Millis),
    By {
        at: Millis,
        who: Doer,
    },
    Replaced {
        at: Millis,
        longer: bool,
    },
    NotKnown,
}

impl LockLine {
    /// Who locked it, and when.
    #[must_use]
    pub fn beginning(&self, frame: &Frame) -> Markup {
        let said = frame.say("story-lock-began").text("who", self.who.name(frame));
        said.markup("time", frame.dated_second(&self.at)).html()
    }

    /// Where it shuts out less than the account.
    #[must_use]
    pub fn reach(&self, frame: &Frame) -> Option<String> {
        match self.reach {
            LockReach::ByStaff | LockReach::Account => None,
            LockReach::Source(_) => Some(frame.line("locks-source-lock")),
            LockReach::Device(_) => Some(frame.line("story-lock-device")),
        }
    }

    /// How it ended, or that it stands.
    #[must_use]
    pub fn end(&self, frame: &Frame) -> Markup {
        let (said, at) = match &self.end {
            LineEnd::Stands => match self.until {
                Until::At(end) => (frame.say("story-end-stands"), end),
                Until::Unlocked => {
                    return Markup::escape(&frame.line("story-end-stands-endless"));
                }
            },
            LineEnd::NotKnown => return Markup::escape(&frame.line("story-end-unknown")),
            LineEnd::ByItself(at) => (frame.say("story-end-itself"), *at),
            LineEnd::ByMail(at) => (frame.say("story-end-mail"), *at),
            LineEnd::ByReset(at) => (frame.say("story-end-reset"), *at),
            LineEnd::By { at, who } => {
                (frame.say("story-end-by").text("who", who.name(frame)), *at)
            }
            LineEnd::Replaced { at, longer: true } => (frame.say("story-end-longer"), *at),
            LineEnd::Replaced { at, longer: false } => (frame.say("story-end-moved"), *at),
        };
        said.markup("time", frame.dated_second(&at)).html()
    }

    /// Of the pill that says how it ended.
    #[must_use]
    pub const fn class(&self) -> &'static str {
        match self.end {
            LineEnd::Stands => "hold",
            LineEnd::ByMail(_) | LineEnd::ByReset(_) | LineEnd::By { .. } => "ok",
            LineEnd::ByItself(_) | LineEnd::Replaced { .. } | LineEnd::NotKnown => "",
        }
    }
}

//! What went wrong in the console, with a next step.

use askama::Template;

use super::frame::{Bare, role_word};
use crate::store::team::Role;

/// What went wrong, as far as its reader needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 404: no such page, no such tenant, or none that the reader works for.
    NotFound,
    /// 405.
    WrongMethod,
    /// 403: another role is needed.
    Role(Role),
    /// 403: the tenant asks its staff for a second factor.
    SecondFactor,
    /// 403: the form was sent from another site.
    OtherSite,
    /// 403: the form was made for another session.
    OldForm,
    /// 400.
    BadForm,
    /// 413.
    TooLarge,
    /// 503.
    Unavailable,
}

/// A fault as a page.
#[derive(Debug, Clone, Template)]
#[template(path = "console/fault.html")]
pub struct FaultPage {
    pub frame: Bare,
    pub fault: Fault,
}

impl FaultPage {
    fn heading(&self) -> String {
        let frame = &self.frame;
        match self.fault {
            Fault::NotFound => frame.line("console-fault-not-found-title"),
            Fault::WrongMethod => frame.line("console-fault-wrong-method-title"),
            Fault::Role(_) => frame.line("console-fault-role-title"),
            Fault::SecondFactor => frame.line("console-fault-second-title"),
            Fault::OtherSite => frame.line("console-fault-other-site-title"),
            Fault::OldForm => frame.line("console-fault-old-form-title"),
            Fault::BadForm => frame.line("console-fault-bad-form-title"),
            Fault::TooLarge => frame.line("console-fault-too-large-title"),
            Fault::Unavailable => frame.line("console-fault-unavailable-title"),
        }
    }

    fn needs_second_factor(&self) -> bool {
        self.fault == Fault::SecondFactor
    }

    fn sentence(&self) -> String {
        let frame = &self.frame;
        match self.fault {
            Fault::NotFound => frame.line("console-fault-not-found"),
            Fault::WrongMethod => frame.line("console-fault-wrong-method"),
            Fault::Role(role) => frame
                .say("console-fault-role")
                .text("role", role_word(frame.lang, role))
                .to_string(),
            Fault::SecondFactor => frame.line("console-fault-second"),
            Fault::OtherSite => frame.line("console-fault-other-site"),
            Fault::OldForm => frame.line("console-fault-old-form"),
            Fault::BadForm => frame.line("console-fault-bad-form"),
            Fault::TooLarge => frame.line("console-fault-too-large"),
            Fault::Unavailable => frame.line("console-fault-unavailable"),
        }
    }
}

//! The overview of a tenant.

use askama::Template;

use super::frame::Frame;
use crate::model::Until;
use crate::store::console::Counted;
use crate::text::Markup;

/// What holds a user back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockWord {
    Locked,
    Staff,
    LongRun,
}

/// A line of the list of locks.
#[derive(Debug, Clone)]
pub struct LockLine {
    pub name: String,
    pub word: LockWord,
    pub until: Until,
}

/// `GET /console/{slug}/overview`
#[derive(Debug, Clone, Template)]
#[template(path = "console/overview.html")]
pub struct OverviewPage {
    pub frame: Frame,
    pub users: Counted,
    pub locked: Counted,
    pub open_requests: Counted,
    /// The one that ends next first.
    pub locks: Vec<LockLine>,
    /// Where the tenant's users ask for help.
    pub support_path: String,
}

impl OverviewPage {
    fn word(&self, line: &LockLine) -> String {
        match line.word {
            LockWord::Locked => self.frame.line("console-lock-automatic"),
            LockWord::Staff => self.frame.line("console-lock-staff"),
            LockWord::LongRun => self.frame.line("console-lock-long-run"),
        }
    }

    fn name(&self, line: &LockLine) -> Markup {
        Markup::breakable(&line.name)
    }

    /// Whether the list leaves some out.
    fn has_more(&self) -> bool {
        match self.locked {
            Counted::Exactly(count) => usize::try_from(count) != Ok(self.locks.len()),
            Counted::MoreThan(_) => true,
        }
    }
}

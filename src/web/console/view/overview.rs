//! The overview of a tenant.

use askama::Template;

use super::attacks::CampaignLine;
use super::frame::Frame;
use super::kept_out::KeptOutCard;
use super::policy_words::OverlayOn;
use crate::model::Until;
use crate::store::counted::Counted;
use crate::text::Markup;

/// What a tenant does in its first ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstStep {
    /// Colour, logos or texts are the tenant's own.
    Brand,
    /// A test mail was taken.
    Mail,
    /// The addresses of its app are known.
    App,
    /// A policy was saved after the first.
    Policy,
    /// A lock was tried out.
    Lock,
    /// A server has come with a secret key.
    Key,
    /// There are users.
    Users,
}

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
    /// The page that explains it.
    pub path: String,
    pub name: String,
    pub word: LockWord,
    pub until: Until,
}

/// `GET /console/{slug}/overview`
#[derive(Debug, Clone, Template)]
#[template(path = "console/overview.html")]
pub struct OverviewPage {
    pub frame: Frame,
    /// Each with whether it is done; empty once all are.
    pub steps: Vec<(FirstStep, bool)>,
    pub test_lock_path: String,
    pub settings_path: String,
    pub branding_path: String,
    pub mail_path: String,
    pub keys_path: String,
    /// The largest campaign that goes on.
    pub running: Option<CampaignLine>,
    pub attacks_path: String,
    /// What stands over the live policy for a while.
    pub overlay: Option<OverlayOn>,
    pub policy_path: String,
    pub may_end: bool,
    pub users: Counted,
    pub locked: Counted,
    pub open_requests: Counted,
    /// The one that ends next first.
    pub locks: Vec<LockLine>,
    pub kept_out: KeptOutCard,
    pub locks_path: String,
    pub users_path: String,
    pub inbox_path: String,
    /// Where the tenant's users ask for help.
    pub support_path: String,
}

impl OverviewPage {
    fn step(&self, step: &FirstStep) -> String {
        match step {
            FirstStep::Brand => self.frame.line("first-brand"),
            FirstStep::Mail => self.frame.line("first-mail"),
            FirstStep::Key => self.frame.line("first-key"),
            FirstStep::App => self.frame.line("first-app"),
            FirstStep::Policy => self.frame.line("first-policy"),
            FirstStep::Lock => self.frame.line("first-lock"),
            FirstStep::Users => self.frame.line("first-users"),
        }
    }

    /// Where a step is done, and what the link says.
    fn leads(&self, step: &FirstStep) -> Option<(&str, String)> {
        match step {
            FirstStep::Brand => {
                Some((&self.branding_path, self.frame.line("console-entry-branding")))
            }
            FirstStep::Mail => Some((&self.mail_path, self.frame.line("console-entry-mail"))),
            FirstStep::Key => Some((&self.keys_path, self.frame.line("console-entry-keys"))),
            FirstStep::App => Some((&self.settings_path, self.frame.line("first-app-link"))),
            FirstStep::Policy => Some((&self.policy_path, self.frame.line("first-policy-link"))),
            FirstStep::Lock => {
                let may = self.may_end.then(|| self.frame.line("first-lock-link"));
                may.map(|words| (self.test_lock_path.as_str(), words))
            }
            FirstStep::Users => Some((&self.users_path, self.frame.line("console-entry-users"))),
        }
    }

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

//! "This wasn't me": the question behind an unlock link, and what was done.

use askama::Template;

use super::frame::Frame;

/// `GET /t/{slug}/unlock/{token}/not-me` (200). Changes nothing.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/not_me.html")]
pub struct NotMePage {
    pub frame: Frame,
    /// The page's own path, to which both buttons post.
    pub action: String,
    /// Masked (`Identifier::masked`): whoever holds the link learns no address.
    pub account: String,
    /// Back to the page that unlocks.
    pub unlock_path: String,
}

/// What was done for somebody who says that it was not them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMeOutcome {
    Told {
        reference: String,
    },
    /// The same episode was told of before, under this reference.
    ToldBefore {
        reference: String,
    },
    SignedOut,
}

/// `GET /t/{slug}/not-me/done` (200)
#[derive(Debug, Clone, Template)]
#[template(path = "pages/not_me_done.html")]
pub struct NotMeDonePage {
    pub frame: Frame,
    pub outcome: NotMeOutcome,
}

impl NotMeDonePage {
    fn heading(&self) -> String {
        match self.outcome {
            NotMeOutcome::Told { .. } => self.frame.line("not-me-told-title"),
            NotMeOutcome::ToldBefore { .. } => self.frame.line("not-me-before-title"),
            NotMeOutcome::SignedOut => self.frame.line("not-me-out-done-title"),
        }
    }

    fn what(&self) -> String {
        match &self.outcome {
            NotMeOutcome::Told { reference } => {
                self.frame.say("not-me-told").text("reference", reference).to_string()
            }
            NotMeOutcome::ToldBefore { reference } => {
                self.frame.say("not-me-before").text("reference", reference).to_string()
            }
            NotMeOutcome::SignedOut => self.frame.line("not-me-out-done"),
        }
    }
}

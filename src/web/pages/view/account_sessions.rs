//! Where one's account is signed in, as its owner sees it.

use askama::Template;

use super::account::AccountNotice;
use super::frame::Frame;
use crate::model::Millis;
use crate::text::Markup;

/// How a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedInBy {
    Password,
    MailedCode,
    /// A link, a server, or what is not known any more.
    Otherwise,
}

/// One live session.
#[derive(Debug, Clone)]
pub struct SessionItem {
    pub id: String,
    /// The one that the page is looked at from.
    pub here: bool,
    /// The address it was begun from, where that is still known.
    pub place: Option<String>,
    pub by: SignedInBy,
    pub began: Millis,
    pub used: Millis,
}

/// `GET /t/{slug}/account/sessions`
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account_sessions.html")]
pub struct SessionsPage {
    pub frame: Frame,
    pub notice: Option<AccountNotice>,
    pub sessions: Vec<SessionItem>,
}

impl SessionsPage {
    fn notice_words(&self) -> Option<String> {
        self.notice.map(|notice| notice.words(&self.frame))
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|item| !item.here)
    }

    fn heading(&self, item: &SessionItem) -> String {
        match (item.here, &item.place) {
            (true, _) => self.frame.line("sessions-here"),
            (false, Some(place)) => {
                self.frame.say("sessions-from").text("place", place).to_string()
            }
            (false, None) => self.frame.line("sessions-somewhere"),
        }
    }

    fn place_line(&self, item: &SessionItem) -> Option<String> {
        let place = item.place.as_ref().filter(|_| item.here)?;
        Some(self.frame.say("sessions-from").text("place", place).to_string())
    }

    fn began(&self, item: &SessionItem) -> Markup {
        let said = match item.by {
            SignedInBy::Password => self.frame.say("sessions-began-password"),
            SignedInBy::MailedCode => self.frame.say("sessions-began-code"),
            SignedInBy::Otherwise => self.frame.say("sessions-began"),
        };
        said.markup("time", self.frame.time(&item.began)).html()
    }

    fn used(&self, item: &SessionItem) -> Markup {
        self.frame.say("sessions-used").markup("time", self.frame.time(&item.used)).html()
    }
}

//! The account page: who you are, since when, and the way out.

use askama::Template;

use super::frame::Frame;
use crate::model::Millis;
use crate::text::Markup;

/// `GET /t/{slug}/account` with a live session (200).
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    pub frame: Frame,
    pub name: Option<String>,
    pub identifier: String,
    pub session_since: Millis,
    /// Where "Sign out" posts.
    pub sign_out_path: String,
}

impl AccountPage {
    fn since(&self) -> Markup {
        self.frame.say("account-since").markup("time", self.frame.time(&self.session_since)).html()
    }
}

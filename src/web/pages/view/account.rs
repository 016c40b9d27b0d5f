//! The account page: who is signed in, since when, what can be changed, and the way out. And what
//! was just done, as the account's pages say it once.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::frame::Frame;
use crate::model::Millis;
use crate::text::Markup;

/// What was just done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountNotice {
    PasswordChanged,
    AppOn,
    AppOff,
    DeviceSignedOut,
    OthersSignedOut,
    LanguageSaved,
    BrowserForgotten,
    OthersForgotten,
    AllForgotten,
}

impl AccountNotice {
    pub(super) fn words(self, frame: &Frame) -> String {
        match self {
            Self::PasswordChanged => frame.line("account-done-password"),
            Self::AppOn => frame.line("account-done-app-on"),
            Self::AppOff => frame.line("account-done-app-off"),
            Self::DeviceSignedOut => frame.line("account-done-device"),
            Self::OthersSignedOut => frame.line("account-done-others"),
            Self::LanguageSaved => frame.line("account-done-language"),
            Self::BrowserForgotten => frame.line("account-done-forgotten"),
            Self::OthersForgotten => frame.line("account-done-forgotten-others"),
            Self::AllForgotten => frame.line("account-done-forgotten-all"),
        }
    }
}

/// `GET /t/{slug}/account`
#[derive(Debug, Clone, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    pub frame: Frame,
    pub notice: Option<AccountNotice>,
    pub name: Option<String>,
    /// The primary identifier.
    pub identifier: String,
    pub session_since: Millis,
    pub has_password: bool,
    pub has_app: bool,
    /// Where the form that ends the session posts to.
    pub sign_out_path: String,
}

impl AccountPage {
    fn since(&self) -> Markup {
        self.frame.say("account-since").markup("time", self.frame.time(&self.session_since)).html()
    }

    fn notice_words(&self) -> Option<String> {
        self.notice.map(|notice| notice.words(&self.frame))
    }

    fn password_title(&self) -> String {
        match self.has_password {
            true => self.frame.line("account-password"),
            false => self.frame.line("account-password-first"),
        }
    }

    fn app_words(&self) -> String {
        match self.has_app {
            true => self.frame.line("account-app-on"),
            false => self.frame.line("account-app-off"),
        }
    }
}

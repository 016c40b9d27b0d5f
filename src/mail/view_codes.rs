//! What the mails around codes show: the code itself, and the word to somebody whose address was
//! given for another account.

use askama::Template;

use super::view::{MailFrame, MailParts, hello};
use crate::model::Millis;
use crate::text::time::wait;

/// What a code is for, where the mail says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeUse {
    SignIn,
    Reset,
    /// Proves an address.
    Address,
    Other,
}

/// A code that somebody asked for.
#[derive(Debug, Clone)]
pub struct CodeMail {
    pub frame: MailFrame,
    pub code: String,
    pub used_for: CodeUse,
    pub expires_at: Millis,
}

#[derive(Template)]
#[template(path = "mail/code/body.txt", escape = "none")]
struct CodeText<'a> {
    frame: &'a MailFrame,
    mail: &'a CodeMail,
}

#[derive(Template)]
#[template(path = "mail/code/body.html")]
struct CodeHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a CodeMail,
}

impl CodeMail {
    /// Renders the mail. The subject holds no code: lock screens show it.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.title(),
            text: CodeText { frame, mail: self }.render()?,
            html: CodeHtml { frame, mail: self }.render()?,
        })
    }

    fn title(&self) -> String {
        let said = match self.used_for {
            CodeUse::SignIn => self.frame.say("mail-code-sign-in"),
            CodeUse::Reset => self.frame.say("mail-code-reset"),
            CodeUse::Address => self.frame.say("mail-code-address"),
            CodeUse::Other => self.frame.say("mail-code-other"),
        };
        said.text("tenant", &self.frame.tenant).to_string()
    }

    fn valid(&self) -> String {
        let life = wait(self.frame.lang, self.expires_at.since(self.frame.written_at));
        self.frame.say("mail-code-valid").text("wait", life).to_string()
    }
}

/// Tells the owner of an address that somebody gave it for another account. Whoever gave it is told
/// nothing of this (strict silence).
#[derive(Debug, Clone)]
pub struct ClaimedMail {
    pub frame: MailFrame,
    pub name: Option<String>,
    /// The whole URL of the sign-in page.
    pub sign_in_link: String,
}

#[derive(Template)]
#[template(path = "mail/address_claimed/body.txt", escape = "none")]
struct ClaimedText<'a> {
    frame: &'a MailFrame,
    mail: &'a ClaimedMail,
}

#[derive(Template)]
#[template(path = "mail/address_claimed/body.html")]
struct ClaimedHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a ClaimedMail,
}

impl ClaimedMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.title(),
            text: ClaimedText { frame, mail: self }.render()?,
            html: ClaimedHtml { frame, mail: self }.render()?,
        })
    }

    fn title(&self) -> String {
        self.frame.say("mail-claimed-title").text("tenant", &self.frame.tenant).to_string()
    }

    fn hello(&self) -> String {
        hello(&self.frame, self.name.as_deref())
    }
}

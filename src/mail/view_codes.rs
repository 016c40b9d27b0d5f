//! What the mail with a code shows.

use askama::Template;

use super::view::{MailFrame, MailParts};
use crate::model::Millis;
use crate::text::time::wait;

/// What a code is for, where the mail says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeUse {
    SignIn,
    Reset,
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
        let id = match self.used_for {
            CodeUse::SignIn => "mail-code-sign-in",
            CodeUse::Reset => "mail-code-reset",
            CodeUse::Other => "mail-code-other",
        };
        self.frame.say(id).text("tenant", &self.frame.tenant).to_string()
    }

    fn valid(&self) -> String {
        let life = wait(self.frame.lang, self.expires_at.since(self.frame.written_at));
        self.frame.say("mail-code-valid").text("wait", life).to_string()
    }

    fn line(&self, id: &str) -> String {
        self.frame.line(id)
    }

    fn never_ask(&self) -> String {
        self.frame.say("mail-never-ask").text("tenant", &self.frame.tenant).to_string()
    }
}

//! What the mail with a sign-in link shows.

use askama::Template;

use super::view::{MailFrame, MailParts};
use crate::model::Millis;
use crate::text::time::wait;

/// A link that somebody asked for in order to sign in.
#[derive(Debug, Clone)]
pub struct LinkMail {
    pub frame: MailFrame,
    /// The whole URL, from configuration, never from a request.
    pub link: String,
    pub expires_at: Millis,
}

#[derive(Template)]
#[template(path = "mail/sign_in_link/body.txt", escape = "none")]
struct LinkText<'a> {
    frame: &'a MailFrame,
    mail: &'a LinkMail,
}

#[derive(Template)]
#[template(path = "mail/sign_in_link/body.html")]
struct LinkHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a LinkMail,
}

impl LinkMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.title(),
            text: LinkText { frame, mail: self }.render()?,
            html: LinkHtml { frame, mail: self }.render()?,
        })
    }

    fn title(&self) -> String {
        self.frame.say("mail-link-title").text("tenant", &self.frame.tenant).to_string()
    }

    fn valid(&self) -> String {
        let life = wait(self.frame.lang, self.expires_at.since(self.frame.written_at));
        self.frame.say("mail-link-valid").text("wait", life).to_string()
    }
}

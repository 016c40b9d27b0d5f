//! What the mail with staff's answer shows.

use askama::Template;

use super::view::{MailFrame, MailParts, hello};

/// An answer to a contact request.
#[derive(Debug, Clone)]
pub struct SupportReplyMail {
    pub frame: MailFrame,
    pub name: Option<String>,
    pub reference: String,
    /// Plain text.
    pub body: String,
    /// The whole URL of the request's own page.
    pub status_link: String,
}

#[derive(Template)]
#[template(path = "mail/support_reply/body.txt", escape = "none")]
struct ReplyText<'a> {
    frame: &'a MailFrame,
    mail: &'a SupportReplyMail,
}

#[derive(Template)]
#[template(path = "mail/support_reply/body.html")]
struct ReplyHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a SupportReplyMail,
}

impl SupportReplyMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: frame.say("mail-reply-subject").text("reference", &self.reference).to_string(),
            text: ReplyText { frame, mail: self }.render()?,
            html: ReplyHtml { frame, mail: self }.render()?,
        })
    }

    fn hello(&self) -> String {
        hello(&self.frame, self.name.as_deref())
    }

    fn title(&self) -> String {
        self.frame.say("mail-reply-title").text("tenant", &self.frame.tenant).to_string()
    }
}

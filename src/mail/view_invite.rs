//! What a mail that invites to a team shows.

use askama::Template;

use super::view::{MailFrame, MailParts};
use crate::model::Millis;
use crate::store::team::Role;

/// An invitation to work in a tenant's console.
#[derive(Debug, Clone)]
pub struct InviteMail {
    pub frame: MailFrame,
    /// Who invites.
    pub by: String,
    /// Whose console it is: the name of a tenant.
    pub to: String,
    pub role: Role,
    /// The whole URL, from configuration, never from a request.
    pub link: String,
    pub expires_at: Millis,
}

#[derive(Template)]
#[template(path = "mail/invite/body.txt", escape = "none")]
struct InviteText<'a> {
    frame: &'a MailFrame,
    mail: &'a InviteMail,
}

#[derive(Template)]
#[template(path = "mail/invite/body.html")]
struct InviteHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a InviteMail,
}

impl InviteMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: self.title(),
            text: InviteText { frame, mail: self }.render()?,
            html: InviteHtml { frame, mail: self }.render()?,
        })
    }

    fn title(&self) -> String {
        self.frame.say("mail-invite-title").text("tenant", &self.to).to_string()
    }

    fn lead(&self) -> String {
        let said = self.frame.say("mail-invite-lead").text("name", &self.by);
        said.text("tenant", &self.to).to_string()
    }

    fn role(&self) -> String {
        match self.role {
            Role::Owner => self.frame.line("mail-invite-owner"),
            Role::Admin => self.frame.line("mail-invite-admin"),
            Role::Support => self.frame.line("mail-invite-support"),
            Role::Auditor => self.frame.line("mail-invite-auditor"),
        }
    }

    fn valid(&self) -> String {
        let ends = self.frame.moment(self.expires_at);
        self.frame.timed(self.frame.say("mail-invite-valid"), ends).to_string()
    }

    fn why(&self) -> String {
        self.frame.say("mail-invite-why").text("name", &self.by).to_string()
    }
}

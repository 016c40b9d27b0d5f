//! What mails say: plain data in; subject, text part and HTML part out (askama,
//! `templates/mail`). The text part comes first and says everything. A view is a pure function of
//! its fields, so a mail that is sent again is the same mail. Knows nothing of SMTP or the outbox.

use askama::Template;

use crate::model::{BrandColours, Millis};
use crate::text::{Lang, Moment, Said, Zone};

/// A rendered mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailParts {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// What every mail carries.
#[derive(Debug, Clone)]
pub struct MailFrame {
    /// The receiver's own language and zone, never the request's.
    pub lang: &'static Lang,
    pub zone: Zone,
    /// When the outbox row was written: fixed per row, so that a resend is the same mail.
    pub written_at: Millis,
    pub tenant: String,
    pub colours: BrandColours,
    pub support_email: Option<String>,
    /// Postal or legal line of the tenant.
    pub postal: Option<String>,
    /// What a person can name to support, such as `LK-7F3A-22QM`.
    pub reference: Option<String>,
}

impl MailFrame {
    pub(super) fn line(&self, id: &str) -> String {
        self.lang.line(id)
    }

    pub(super) fn say(&self, id: &str) -> Said {
        self.lang.say(id)
    }

    pub(super) fn moment(&self, at: Millis) -> Moment {
        Moment::new(self.lang, &self.zone, at, self.written_at)
    }

    /// The end of a lock, never told too early.
    pub(super) fn ending(&self, at: Millis) -> Moment {
        Moment::ending(self.lang, &self.zone, at, self.written_at)
    }

    pub(super) fn initial(&self) -> String {
        self.tenant
            .chars()
            .find(|c| c.is_alphanumeric())
            .map(|c| c.to_uppercase().to_string())
            .unwrap_or_default()
    }

    /// A mail is read later, so every time in it carries its date, its zone and UTC.
    pub(super) fn timed(&self, said: Said, moment: Moment) -> Said {
        let aside = match moment.utc {
            Some(utc) => self.say("mail-utc").text("utc", utc).to_string(),
            None => String::new(),
        };
        said.text("time", moment.dated).text("utc", aside)
    }

    pub(super) fn never_ask(&self) -> String {
        self.say("mail-never-ask").text("tenant", &self.tenant).to_string()
    }
}

/// Acknowledges a message to support.
#[derive(Debug, Clone)]
pub struct SupportAckMail {
    /// `frame.reference` is left out of the footer when it is the same.
    pub frame: MailFrame,
    pub name: Option<String>,
    pub reference: String,
    pub received_at: Millis,
    /// The message as written; only where the address belongs to a known user, else the form would
    /// mail a stranger's words to anybody.
    pub copy: Option<String>,
    /// The whole URL of the page that sends an unlock mail.
    pub unlock_request_link: String,
    /// The whole URL of the request's own page.
    pub status_link: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/support_ack/body.txt", escape = "none")]
struct SupportAckText<'a> {
    frame: &'a MailFrame,
    mail: &'a SupportAckMail,
}

#[derive(Template)]
#[template(path = "mail/support_ack/body.html")]
struct SupportAckHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a SupportAckMail,
}

impl SupportAckMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: frame.say("mail-ack-subject").text("reference", &self.reference).to_string(),
            text: SupportAckText { frame, mail: self }.render()?,
            html: SupportAckHtml { frame, mail: self }.render()?,
        })
    }

    fn hello(&self) -> String {
        hello(&self.frame, self.name.as_deref())
    }

    fn title(&self) -> String {
        self.frame.line("mail-ack-title")
    }

    fn when(&self) -> String {
        let said = self.frame.say("mail-ack-when").text("tenant", &self.frame.tenant);
        self.frame.timed(said, self.frame.moment(self.received_at)).to_string()
    }
}

pub(super) fn hello(frame: &MailFrame, name: Option<&str>) -> String {
    match name {
        Some(name) => frame.say("mail-hello").text("name", name).to_string(),
        None => frame.line("mail-hello-nobody"),
    }
}

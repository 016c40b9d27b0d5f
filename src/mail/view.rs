//! What mails say: plain data in; subject, text part and HTML part out (askama,
//! `templates/mail`). The text part comes first and says everything. A view is a pure function of
//! its fields, so a mail that is sent again is the same mail. Knows nothing of SMTP or the outbox.

use askama::Template;

use crate::model::{BrandColours, Millis, Until};
use crate::text::time::wait;
use crate::text::{Lang, Markup, Moment, Said, Zone};

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

    fn moment(&self, at: Millis) -> Moment {
        Moment::new(self.lang, &self.zone, at, self.written_at)
    }

    /// The end of a lock, never told too early.
    fn ending(&self, at: Millis) -> Moment {
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
    fn timed(&self, said: Said, moment: Moment) -> Said {
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

/// The mail of a lock that opened an episode, or of a request for another.
#[derive(Debug, Clone)]
pub struct UnlockMail {
    pub frame: MailFrame,
    /// The person's name, if known.
    pub name: Option<String>,
    /// The identifier in full: the mail goes to its owner.
    pub account: String,
    pub locked_at: Millis,
    /// Failures that led to the lock.
    pub failures: u32,
    /// Where they came from, in words ("near Vienna, Austria"); none says that it is not known.
    pub origin: Option<String>,
    /// The whole unlock URL, from configuration, never from a request.
    pub link: String,
    pub link_expires_at: Millis,
    pub lock_ends: Until,
}

#[derive(Template)]
#[template(path = "mail/unlock/body.txt", escape = "none")]
struct UnlockText<'a> {
    frame: &'a MailFrame,
    mail: &'a UnlockMail,
}

#[derive(Template)]
#[template(path = "mail/unlock/body.html")]
struct UnlockHtml<'a> {
    frame: &'a MailFrame,
    mail: &'a UnlockMail,
}

impl UnlockMail {
    /// Renders the mail.
    ///
    /// # Errors
    /// Only if a template fails, which needs a formatter that fails.
    pub fn parts(&self) -> askama::Result<MailParts> {
        let frame = &self.frame;
        Ok(MailParts {
            subject: frame.say("mail-unlock-subject").text("tenant", &frame.tenant).to_string(),
            text: UnlockText { frame, mail: self }.render()?,
            html: UnlockHtml { frame, mail: self }.render()?,
        })
    }

    fn hello(&self) -> String {
        hello(&self.frame, self.name.as_deref())
    }

    fn title(&self) -> String {
        self.frame.say("mail-unlock-title").text("tenant", &self.frame.tenant).to_string()
    }

    fn when(&self) -> String {
        self.with_facts(self.frame.say("mail-unlock-when")).to_string()
    }

    fn when_html(&self) -> Markup {
        self.with_facts(self.frame.say("mail-unlock-when-html")).html()
    }

    fn with_facts(&self, said: Said) -> Said {
        let origin = match &self.origin {
            Some(words) => words.clone(),
            None => self.frame.line("mail-unlock-origin-unknown"),
        };
        let moment = self.frame.moment(self.locked_at);
        self.frame.timed(said, moment).count("count", self.failures).text("origin", origin)
    }

    fn account_line(&self) -> String {
        self.frame.say("mail-unlock-account").text("account", &self.account).to_string()
    }

    fn valid(&self) -> String {
        let life = wait(self.frame.lang, self.link_expires_at.since(self.frame.written_at));
        let said = self.frame.say("mail-unlock-valid").text("wait", life);
        // Cut, not rounded: until the minute that is told the link surely works.
        self.frame.timed(said, self.frame.moment(self.link_expires_at)).to_string()
    }

    fn ends(&self) -> String {
        match self.lock_ends {
            Until::At(at) => {
                let said = self.frame.say("mail-unlock-ends");
                self.frame.timed(said, self.frame.ending(at)).to_string()
            }
            Until::Unlocked => self.frame.line("mail-unlock-endless"),
        }
    }

    fn not_me(&self) -> String {
        self.frame.say("mail-unlock-not-me-text").text("tenant", &self.frame.tenant).to_string()
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

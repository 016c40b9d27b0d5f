//! A tenant's mail: by which server it leaves, what signs it, how deliveries went, which addresses are
//! none, and what the mails look like. Knows no rule of what may be set.

use askama::Template;

use super::frame::Frame;
use super::lock_panel::mail_word;
use crate::model::{MailTopic, Millis};
use crate::store::mail_fates::DeliveryState;
use crate::store::outbox::OutboxTopic;
use crate::text::Markup;
use crate::token::SmtpSecurity;
use crate::web::mail_frame::MailScheme;
use crate::web::page::Problem;

/// Fields of the server's form, as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerFields {
    pub host: String,
    pub port: String,
    pub security: String,
    pub username: String,
    pub from_email: String,
}

/// A record for the DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    pub name: String,
    /// The text in its pieces.
    pub strings: Vec<String>,
}

/// What signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysShown {
    pub domain: String,
    pub signs: bool,
    pub active: RecordLine,
    pub next: Option<RecordLine>,
}

/// How the last test mail went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckShown {
    pub at: Millis,
    pub error: Option<String>,
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    All,
    /// Not left yet.
    Waiting,
    /// Given up, or come back.
    Undelivered,
}

impl Listed {
    pub const ALL: [Self; 3] = [Self::All, Self::Waiting, Self::Undelivered];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Waiting => "waiting",
            Self::Undelivered => "undelivered",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|listed| listed.as_str() == text).unwrap_or(Self::All)
    }
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    pub topic: OutboxTopic,
    pub state: DeliveryState,
    pub written_at: Millis,
    pub opened_at: Option<Millis>,
    pub why: Option<String>,
}

/// An address to which mail cannot be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressLine {
    pub address: String,
    pub since: Millis,
    pub why: String,
}

/// A page of them, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressLines {
    pub lines: Vec<AddressLine>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Whether this is not its beginning.
    pub later: bool,
}

/// `GET /console/{slug}/mail`, and the same with faults.
#[derive(Debug, Clone, Template)]
#[template(path = "console/mail.html")]
pub struct MailPage {
    pub frame: Frame,
    pub path: String,
    pub may_save: bool,
    /// Whether the tenant has a server of its own.
    pub own: bool,
    pub fields: ServerFields,
    /// Whether a password is kept.
    pub password_set: bool,
    pub check: Option<CheckShown>,
    pub keys: Option<KeysShown>,
    pub listed: Listed,
    pub deliveries: Vec<DeliveryLine>,
    /// Where the list goes on.
    pub next: Option<String>,
    /// Whether this is not its beginning.
    pub later: bool,
    pub addresses: AddressLines,
    pub problems: Vec<Problem>,
    /// To whom a test mail goes.
    pub me: Option<String>,
}

impl MailPage {
    fn head(&self) -> String {
        let title = self.frame.line("console-entry-mail");
        match self.problems.is_empty() {
            true => title,
            false => self.frame.say("console-title-error").text("page", title).to_string(),
        }
    }

    fn fault_at(&self, field: &str) -> Option<String> {
        Problem::at(&self.problems, field)
    }

    fn security_word(&self, security: &SmtpSecurity) -> String {
        match security {
            SmtpSecurity::StartTls => self.frame.line("mail-starttls"),
            SmtpSecurity::Tls => self.frame.line("mail-tls"),
            SmtpSecurity::None => self.frame.line("mail-plain"),
        }
    }

    fn what(&self, line: &DeliveryLine) -> String {
        mail_word(&self.frame, line.topic)
    }

    fn state(&self, line: &DeliveryLine) -> String {
        match line.state {
            DeliveryState::Queued => self.frame.line("mail-is-queued"),
            DeliveryState::Deferred => self.frame.line("mail-is-deferred"),
            DeliveryState::Accepted => self.frame.line("mail-is-accepted"),
            DeliveryState::Bounced => self.frame.line("mail-is-bounced"),
            DeliveryState::Undeliverable => self.frame.line("mail-is-undeliverable"),
            DeliveryState::Dropped => self.frame.line("mail-is-dropped"),
            DeliveryState::Suppressed => self.frame.line("mail-is-held"),
        }
    }

    fn tone(line: &DeliveryLine) -> &'static str {
        match line.state {
            DeliveryState::Accepted => "ok",
            DeliveryState::Deferred | DeliveryState::Bounced | DeliveryState::Undeliverable => {
                "hold"
            }
            DeliveryState::Queued | DeliveryState::Dropped | DeliveryState::Suppressed => "note",
        }
    }

    fn icon(line: &DeliveryLine) -> &'static str {
        match line.state {
            DeliveryState::Accepted => "done",
            DeliveryState::Queued | DeliveryState::Deferred => "clock",
            DeliveryState::Bounced | DeliveryState::Undeliverable => "warning",
            DeliveryState::Dropped | DeliveryState::Suppressed => "info",
        }
    }

    fn tab_word(&self, listed: &Listed) -> String {
        match listed {
            Listed::All => self.frame.line("mail-tab-all"),
            Listed::Waiting => self.frame.line("mail-tab-waiting"),
            Listed::Undelivered => self.frame.line("mail-tab-undelivered"),
        }
    }

    fn tab_path(&self, listed: &Listed) -> String {
        format!("{}?view={}", self.path, listed.as_str())
    }

    fn next_path(&self) -> Option<String> {
        let next = self.next.as_ref()?;
        Some(format!("{}?view={}&before={next}", self.path, self.listed.as_str()))
    }

    fn addresses_path(&self) -> String {
        format!("{}#addresses", self.path)
    }

    fn more_addresses_path(&self) -> Option<String> {
        let next = self.addresses.next.as_ref()?;
        Some(format!("{}?addresses={next}#addresses", self.path))
    }

    fn address(line: &AddressLine) -> Markup {
        Markup::breakable(&line.address)
    }

    fn topics() -> [MailTopic; 7] {
        MailTopic::ALL
    }

    fn topic_word(&self, topic: &MailTopic) -> String {
        topic_word(&self.frame, *topic)
    }
}

fn topic_word(frame: &Frame, topic: MailTopic) -> String {
    match topic {
        MailTopic::Unlock => frame.line("mailed-unlock"),
        MailTopic::Unlocked => frame.line("mailed-unlocked"),
        MailTopic::Code => frame.line("mailed-code"),
        MailTopic::SignInLink => frame.line("mailed-link"),
        MailTopic::AddressClaimed => frame.line("mailed-claim"),
        MailTopic::SupportAck => frame.line("mailed-ack"),
        MailTopic::Reply => frame.line("mailed-reply"),
    }
}

/// How a mail is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Html(MailScheme),
    Plain,
}

impl Look {
    pub const ALL: [Self; 3] =
        [Self::Html(MailScheme::Light), Self::Html(MailScheme::Dark), Self::Plain];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html(scheme) => scheme.as_str(),
            Self::Plain => "plain",
        }
    }

    /// Anything unknown is light.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let found = Self::ALL.into_iter().find(|look| look.as_str() == text);
        found.unwrap_or(Self::Html(MailScheme::Light))
    }
}

/// `GET /console/{slug}/mail/preview`
#[derive(Debug, Clone, Template)]
#[template(path = "console/mail_preview.html")]
pub struct MailPreviewPage {
    pub frame: Frame,
    pub path: String,
    pub mail_path: String,
    pub topic: MailTopic,
    pub lang: &'static str,
    pub langs: Vec<&'static str>,
    pub look: Look,
    pub subject: String,
    pub text: String,
}

impl MailPreviewPage {
    fn topics() -> [MailTopic; 7] {
        MailTopic::ALL
    }

    fn topic_word(&self, topic: &MailTopic) -> String {
        topic_word(&self.frame, *topic)
    }

    fn look_word(&self, look: &Look) -> String {
        match look {
            Look::Html(MailScheme::Light) => self.frame.line("mail-look-light"),
            Look::Html(MailScheme::Dark) => self.frame.line("mail-look-dark"),
            Look::Plain => self.frame.line("mail-look-plain"),
        }
    }

    fn frame_path(&self) -> Option<String> {
        match self.look {
            Look::Html(scheme) => Some(format!(
                "{}/frame?topic={}&lang={}&look={}",
                self.path,
                self.topic.as_str(),
                self.lang,
                scheme.as_str()
            )),
            Look::Plain => None,
        }
    }
}

//! What the delivery of mail is told: which server, as whom, and where its links lead. Filled by
//! `app`; knows no setting's name.

use std::sync::Arc;

use lettre::message::Mailbox;
use rustls_pki_types::CertificateDer;
use url::Url;

use super::destination::Destinations;
use super::dkim::DkimSigner;

pub use crate::token::{SmtpSecurity, SmtpSettings};

/// How mail leaves the house.
#[derive(Debug, Clone)]
pub struct MailSettings {
    pub transport: Transport,
    /// The sender, such as `Lockkeeper <no-reply@example.com>`. The address is used as it is; the
    /// tenant's name takes the place of the name.
    pub from: String,
    /// What links begin with; never taken from a request.
    pub public_url: Url,
    /// Right-hand side of Message-IDs; `None`: the sender's domain.
    pub message_id_domain: Option<String>,
    /// Signs what goes to a server; `None`: nobody does, or the server itself.
    pub dkim: Option<Arc<DkimSigner>>,
    /// Where bounces and answers come in; `None`: nowhere that we know of.
    pub inbound: Option<Inbound>,
    /// Where tenants' own servers may stand.
    pub destinations: Destinations,
    pub roots: Roots,
}

/// `user+…@domain` takes what comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    pub user: String,
    pub domain: String,
}

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum Transport {
    Smtp(SmtpSettings),
    /// The built-in mailbox page.
    Mailbox,
}

/// Whose certificates are believed.
#[derive(Debug, Clone)]
pub enum Roots {
    /// Those that the machine believes.
    Machine,
    /// These alone.
    Only(Vec<CertificateDer<'static>>),
}

/// Why mail cannot be delivered with these settings.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    #[error("`{0}` is no sender; write for example Lockkeeper <no-reply@example.com>")]
    Sender(String),
    #[error("`{0}` is no domain for message ids")]
    Domain(String),
    #[error("TLS to the mail server cannot be set up: {0}")]
    Tls(lettre::transport::smtp::Error),
}

impl MailSettings {
    #[must_use]
    pub fn smtp(server: SmtpSettings, from: String, public_url: Url) -> Self {
        Self {
            transport: Transport::Smtp(server),
            from,
            public_url,
            message_id_domain: None,
            dkim: None,
            inbound: None,
            destinations: Destinations::default(),
            roots: Roots::Machine,
        }
    }

    #[must_use]
    pub fn mailbox(from: String, public_url: Url) -> Self {
        Self {
            transport: Transport::Mailbox,
            from,
            public_url,
            message_id_domain: None,
            dkim: None,
            inbound: None,
            destinations: Destinations::default(),
            roots: Roots::Machine,
        }
    }

    pub(super) fn sender(&self) -> Result<Mailbox, MailFault> {
        self.from.parse().map_err(|_| MailFault::Sender(self.from.clone()))
    }

    /// The domain of message ids, checked: it stands in a header as it is.
    pub(super) fn id_domain(&self, sender: &Mailbox) -> Result<String, MailFault> {
        let domain = self.message_id_domain.as_deref().unwrap_or_else(|| sender.email.domain());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        // An internationalised sender domain has no plain spelling here: ids only need to be unique.
        if self.message_id_domain.is_none() && !domain.chars().all(plain) {
            return Ok("lockkeeper.invalid".to_owned());
        }
        if domain.is_empty() || !domain.chars().all(plain) {
            return Err(MailFault::Domain(domain.to_owned()));
        }
        Ok(domain.to_owned())
    }
}

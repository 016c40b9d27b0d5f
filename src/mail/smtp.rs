//! The way to an SMTP server: pooled connections, a time limit, and whose fault a failure is. Knows
//! bytes and answers, nothing of rows or retries.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use parking_lot::RwLock;
use secrecy::ExposeSecret;

use super::destination::{DestinationFault, Destinations};
use super::letter::header_text;
use super::settings::{MailFault, Roots, SmtpSecurity, SmtpSettings};

/// Longest wait for a connection, and for the answer to a probe (`reliability-security.md` §4).
const CONNECT: Duration = Duration::from_secs(15);

/// Longest whole delivery. lettre limits the connecting only; a server may take its time to look
/// into a message, but not for ever.
const DELIVER: Duration = Duration::from_secs(60);

/// Codes that speak of the connection and not of a message: the service closes, or does not let us
/// in (RFC 5321, RFC 4954).
const NOT_OUR_MESSAGE: [u16; 6] = [421, 454, 530, 534, 535, 538];

/// What a status says of the recipient's address (RFC 3463 §3.2, RFC 7505): there is no such mailbox, no
/// such host, it cannot be an address, it has moved, it takes no mail, or it is switched off. Others
/// of class 5.1 speak of the sender's address.
const NO_MAILBOX: [(u16, u16); 6] = [(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)];

/// Subjects of a status that speak of one message: its addresses, the mailbox, and what is allowed,
/// where greylisting stands (RFC 3463 §3). The others speak of the server.
const OF_A_MESSAGE: [u16; 3] = [1, 2, 7];

/// What a message that was not taken speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This message, or whom it is for.
    Message,
    /// Others would fare no better.
    Server,
}

type Line = AsyncSmtpTransport<Tokio1Executor>;

/// How a delivery ended.
#[derive(Debug)]
pub(super) enum Sent {
    Accepted,
    /// Not now; this message again later.
    Deferred(String, Whose),
    /// It did not come to an end in time; the server is there.
    Late(String),
    /// Never.
    Refused(String),
    /// Never, because nobody has this address.
    NoMailbox(String),
    /// The server is away or does not let us in; no message would fare better.
    Away(String),
}

/// Where a server may be called.
#[derive(Debug, Clone)]
pub(super) enum Reachable {
    /// The operator's own: wherever it is.
    Anywhere,
    /// A tenant's: judged before each delivery.
    Judged(Destinations),
}

/// An open pool, and the address that it calls; `None`: by name.
struct Opened {
    address: Option<IpAddr>,
    line: Line,
}

/// One server.
pub(super) struct SmtpServer {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    connections: u32,
    reachable: Reachable,
    /// Which of several addresses is tried: the next one, once one was away.
    turn: AtomicUsize,
    opened: RwLock<Option<Opened>>,
}

impl SmtpServer {
    pub(super) fn new(
        settings: &SmtpSettings,
        connections: u32,
        reachable: Reachable,
        roots: &Roots,
    ) -> Result<Self, MailFault> {
        let parameters = || parameters(settings.host.clone(), roots).map_err(MailFault::Tls);
        let tls = match settings.security {
            SmtpSecurity::StartTls => Tls::Required(parameters()?),
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::None => Tls::None,
        };
        let credentials = settings.credentials.as_ref().map(|(user, password)| {
            Credentials::new(user.clone(), password.expose_secret().to_owned())
        });
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            tls,
            credentials,
            connections,
            reachable,
            turn: AtomicUsize::new(0),
            opened: RwLock::new(None),
        })
    }

    /// The open pool. Made at first use: it spawns, so it needs the runtime. That of a judged server
    /// calls an address that has just been judged, and asks for the certificate of the name.
    async fn line(&self) -> Result<Line, DestinationFault> {
        let addresses = match &self.reachable {
            Reachable::Anywhere => Vec::new(),
            Reachable::Judged(destinations) => destinations.addresses(&self.host).await?,
        };
        if let Some(opened) = &*self.opened.read()
            && opened.address.is_none_or(|address| addresses.contains(&address))
        {
            return Ok(opened.line.clone());
        }
        let turn = self.turn.load(Ordering::Relaxed).checked_rem(addresses.len());
        let address = turn.and_then(|turn| addresses.get(turn)).copied();
        let called = address.map_or_else(|| self.host.clone(), |address| address.to_string());
        let line = self.pool(called);
        *self.opened.write() = Some(Opened { address, line: line.clone() });
        Ok(line)
    }

    fn pool(&self, called: String) -> Line {
        let mut builder = Line::builder_dangerous(called)
            .port(self.port)
            .tls(self.tls.clone())
            .timeout(Some(CONNECT))
            .pool_config(PoolConfig::new().max_size(self.connections));
        if let Some(credentials) = &self.credentials {
            builder = builder.credentials(credentials.clone());
        }
        builder.build()
    }

    /// Delivers one message.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Sent {
        let line = match self.line().await {
            Ok(line) => line,
            Err(fault) => return Sent::Away(fault.to_string()),
        };
        // The network has its own time: a clock moved by hand must not end a delivery.
        let result = tokio::time::timeout(DELIVER, line.send_raw(envelope, message)).await;
        let error = match result {
            Ok(Ok(_accepted)) => return Sent::Accepted,
            Ok(Err(error)) => error,
            Err(_late) => {
                // The connection is left in the middle of a message. lettre would put it back and
                // take the late answer for that of the next message, so the pool goes with it.
                *self.opened.write() = None;
                return self.blame("no answer in time".to_owned(), Sent::Late).await;
            }
        };
        let recipient = envelope.to().first().map(AsRef::as_ref).unwrap_or_default();
        let (why, status) = (reason(&error, recipient), status(&error));
        if error.status().is_some_and(|code| NOT_OUR_MESSAGE.contains(&u16::from(code))) {
            return Sent::Away(why);
        }
        if error.is_transient() {
            let of_it = status.is_some_and(|(_, subject, _)| OF_A_MESSAGE.contains(&subject));
            return Sent::Deferred(why, if of_it { Whose::Message } else { Whose::Server });
        }
        if error.is_permanent() || error.is_client() {
            let nobody = status.is_some_and(is_no_mailbox);
            let end = if nobody { Sent::NoMailbox } else { Sent::Refused };
            return self.blame(why, end).await;
        }
        self.blame(why, |why| Sent::Deferred(why, Whose::Message)).await
    }

    /// Whether the message or the server is to blame: a server that still lets us in has judged the
    /// message. So a message on which it hangs up does not hold up the others.
    async fn blame(&self, why: String, of_the_message: fn(String) -> Sent) -> Sent {
        match self.probe().await {
            Ok(()) => of_the_message(why),
            Err(_away) => {
                if matches!(self.reachable, Reachable::Judged(_)) {
                    self.turn.fetch_add(1, Ordering::Relaxed);
                    *self.opened.write() = None;
                }
                Sent::Away(why)
            }
        }
    }

    /// Connects, greets and signs in, without a message.
    pub(super) async fn probe(&self) -> Result<(), String> {
        let line = self.line().await.map_err(|fault| fault.to_string())?;
        match tokio::time::timeout(CONNECT, line.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail server does not answer".to_owned()),
            Ok(Err(error)) => Err(reason(&error, "")),
            Err(_late) => {
                *self.opened.write() = None;
                Err("the mail server does not answer in time".to_owned())
            }
        }
    }

    /// Says good-bye on all idle connections.
    pub(super) async fn close(&self) {
        let opened = self.opened.write().take();
        if let Some(opened) = opened {
            opened.line.shutdown().await;
        }
    }
}

fn parameters(host: String, roots: &Roots) -> Result<TlsParameters, Error> {
    let builder = TlsParameters::builder(host);
    let builder = match roots {
        Roots::Machine => builder,
        Roots::Only(roots) => {
            let none = builder.certificate_store(CertificateStore::None);
            roots.iter().try_fold(none, |builder, root| {
                Ok(builder.add_root_certificate(Certificate::from_der(root.to_vec())?))
            })?
        }
    };
    builder.build()
}

/// Whether a status says that nobody has the address.
pub(super) fn is_no_mailbox((class, subject, detail): (u16, u16, u16)) -> bool {
    class == 5 && NO_MAILBOX.contains(&(subject, detail))
}

/// What staff are shown: one bounded line, without the address (servers like to repeat it).
fn reason(error: &Error, recipient: &str) -> String {
    let text = header_text(&error.to_string());
    if recipient.is_empty() { text } else { text.replace(recipient, "(address)") }
}

/// The status that a server's answer begins with, such as 5.1.1 (RFC 2034).
fn status(error: &Error) -> Option<(u16, u16, u16)> {
    let answer = std::error::Error::source(error)?.to_string();
    let mut parts = answer.split_ascii_whitespace().next()?.split('.').map(str::parse::<u16>);
    let mut part = || parts.next()?.ok();
    let status = (part()?, part()?, part()?);
    parts.next().is_none().then_some(status)
}

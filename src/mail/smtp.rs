//! The way to an SMTP server: pooled connections, a time limit, and whose fault a failure is. Knows
//! bytes and answers, nothing of rows or retries.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use parking_lot::RwLock;
use secrecy::ExposeSecret;

use super::letter::header_text;
use super::settings::{MailFault, SmtpSecurity, SmtpSettings};

/// Longest wait for a connection, and for the answer to a probe (`reliability-security.md` §4).
const CONNECT: Duration = Duration::from_secs(15);

/// Longest whole delivery. lettre limits the connecting only; a server may take its time to look
/// into a message, but not for ever.
const DELIVER: Duration = Duration::from_secs(60);

/// Codes that speak of the connection and not of a message: the service closes, or does not let us
/// in (RFC 5321, RFC 4954).
const NOT_OUR_MESSAGE: [u16; 6] = [421, 454, 530, 534, 535, 538];

type Line = AsyncSmtpTransport<Tokio1Executor>;

/// How a delivery ended.
#[derive(Debug)]
pub(super) enum Sent {
    Accepted,
    /// Not now; this message again later.
    Deferred(String),
    /// Never.
    Refused(String),
    /// The server is away or does not let us in; no message would fare better.
    Away(String),
}

/// One server.
pub(super) struct SmtpServer {
    builder: AsyncSmtpTransportBuilder,
    line: RwLock<Option<Line>>,
}

impl SmtpServer {
    pub(super) fn new(settings: &SmtpSettings, connections: u32) -> Result<Self, MailFault> {
        let parameters = || TlsParameters::new(settings.host.clone()).map_err(MailFault::Tls);
        let tls = match settings.security {
            SmtpSecurity::StartTls => Tls::Required(parameters()?),
            SmtpSecurity::Tls => Tls::Wrapper(parameters()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = Line::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .tls(tls)
            .timeout(Some(CONNECT))
            .pool_config(PoolConfig::new().max_size(connections));
        if let Some((user, password)) = &settings.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self { builder, line: RwLock::new(None) })
    }

    /// The open pool. Made at first use: it spawns, so it needs the runtime.
    fn line(&self) -> Line {
        if let Some(line) = &*self.line.read() {
            return line.clone();
        }
        self.line.write().get_or_insert_with(|| self.builder.clone().build()).clone()
    }

    /// Delivers one message.
    pub(super) async fn send(&self, envelope: &Envelope, message: &[u8]) -> Sent {
        // The network has its own time: a clock moved by hand must not end a delivery.
        let result = tokio::time::timeout(DELIVER, self.line().send_raw(envelope, message)).await;
        let error = match result {
            Ok(Ok(_accepted)) => return Sent::Accepted,
            Ok(Err(error)) => error,
            Err(_late) => {
                // The connection is left in the middle of a message. lettre would put it back and
                // take the late answer for that of the next message, so the pool goes with it.
                *self.line.write() = None;
                return self.blame("no answer in time".to_owned(), Sent::Deferred).await;
            }
        };
        let recipient = envelope.to().first().map(AsRef::as_ref).unwrap_or_default();
        let why = reason(&error, recipient);
        if error.status().is_some_and(|code| NOT_OUR_MESSAGE.contains(&u16::from(code))) {
            return Sent::Away(why);
        }
        if error.is_transient() {
            return Sent::Deferred(why);
        }
        if error.is_permanent() || error.is_client() {
            return self.blame(why, Sent::Refused).await;
        }
        self.blame(why, Sent::Deferred).await
    }

    /// Whether the message or the server is to blame: a server that still lets us in has judged the
    /// message. So a message on which it hangs up does not hold up the others.
    async fn blame(&self, why: String, of_the_message: fn(String) -> Sent) -> Sent {
        match self.probe().await {
            Ok(()) => of_the_message(why),
            Err(_away) => Sent::Away(why),
        }
    }

    /// Connects, greets and signs in, without a message.
    pub(super) async fn probe(&self) -> Result<(), String> {
        let line = self.line();
        match tokio::time::timeout(CONNECT, line.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("the mail server does not answer".to_owned()),
            Ok(Err(error)) => Err(reason(&error, "")),
            Err(_late) => {
                *self.line.write() = None;
                Err("the mail server does not answer in time".to_owned())
            }
        }
    }

    /// Says good-bye on all idle connections.
    pub(super) async fn close(&self) {
        let line = self.line.write().take();
        if let Some(line) = line {
            line.shutdown().await;
        }
    }
}

/// What staff are shown: one bounded line, without the address (servers like to repeat it).
fn reason(error: &Error, recipient: &str) -> String {
    let text = header_text(&error.to_string());
    if recipient.is_empty() { text } else { text.replace(recipient, "(address)") }
}

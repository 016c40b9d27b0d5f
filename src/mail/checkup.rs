//! Whether the operator's own mail server lets us in, and one mail by it to see whether it arrives: what
//! `doctor` asks. Knows no row: nothing is kept of what is sent here.

use lettre::Address;
use lettre::message::Mailbox;

use super::dkim::DkimSigner;
use super::letter::Letter;
use super::settings::{Roots, SmtpSettings};
use super::smtp::{Reachable, SmtpServer};
use super::test_send::words;
use super::view::MailFrame;
use super::view_test::{TestMail, TestRoute};
use crate::model::{BrandColours, Millis, OutboxId, TenantId};
use crate::text::{Catalogue, Zone};

/// Who it says it is from.
const NAME: &str = "Lockkeeper";

/// A mail that is sent at once.
pub struct TestLetter<'a> {
    /// As `mail_from` has it.
    pub from: &'a str,
    pub to: &'a str,
    pub signer: Option<&'a DkimSigner>,
    pub at: Millis,
}

/// Connects, greets and signs in. Ends within half a minute. Runs on a tokio runtime.
///
/// # Errors
/// What is in the way, in the server's words where it had any.
pub async fn lets_us_in(settings: &SmtpSettings) -> Result<(), String> {
    let server = server(settings)?;
    let probed = server.probe().await;
    server.close().await;
    probed
}

/// Sends a test mail. Ends within two minutes. Runs on a tokio runtime.
///
/// # Errors
/// Why it was not taken, as a sentence without the address.
pub async fn send_test(settings: &SmtpSettings, order: TestLetter<'_>) -> Result<(), String> {
    let frame = MailFrame {
        lang: Catalogue::get("en"),
        zone: Zone::utc(),
        written_at: order.at,
        tenant: NAME.to_owned(),
        colours: BrandColours::default(),
        support_email: None,
        postal: None,
        reference: None,
    };
    let parts = TestMail { frame, route: TestRoute::House }.parts();
    let from: Mailbox = order.from.parse().map_err(|_| "mail_from is no sender".to_owned())?;
    let to: Address = order.to.parse().map_err(|_| "that is no e-mail address".to_owned())?;
    let letter = Letter {
        // Nobody's; its name only makes the Message-ID.
        tenant: TenantId::from_stored("doctor".to_owned()),
        id: OutboxId::generate(order.at),
        id_domain: from.email.domain().to_owned(),
        from,
        to: Mailbox::new(None, to),
        reply_to: None,
        written_at: order.at,
        parts: parts.map_err(|fault| fault.to_string())?,
    };
    let (envelope, message) = letter.wire(order.signer).map_err(|fault| fault.to_string())?;
    let server = server(settings)?;
    let sent = server.send(&envelope, &message).await;
    server.close().await;
    words(sent).map(drop)
}

fn server(settings: &SmtpSettings) -> Result<SmtpServer, String> {
    SmtpServer::new(settings, 1, Reachable::Anywhere, &Roots::Machine)
        .map_err(|fault| fault.to_string())
}

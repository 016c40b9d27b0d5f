//! One message from typed parts to bytes (RFC 5322). Everything in it hangs on the outbox row, so a
//! message that is built again is the same, byte for byte: a mail server that has it already can
//! tell. No text of a stranger reaches a header. Knows no transport.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use serde_json::json;

use super::dkim::{DkimFault, DkimSigner};
use super::view::MailParts;
use crate::model::{Millis, OutboxId, TenantId};
use crate::store::mailbox::MailboxMessage;

/// Longest name or subject in a header, in characters.
const MOST_CHARS: usize = 200;

/// Last instant that the Date header is written for (the end of the year 9999), in seconds.
const LAST_SECOND: i64 = 253_402_300_799;

/// A message ready to be sent.
#[derive(Debug, Clone)]
pub struct Letter {
    pub tenant: TenantId,
    pub id: OutboxId,
    pub from: Mailbox,
    pub to: Mailbox,
    pub reply_to: Option<Mailbox>,
    /// Right-hand side of the Message-ID.
    pub id_domain: String,
    pub written_at: Millis,
    pub parts: MailParts,
}

/// The message could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum LetterFault {
    /// A part that lettre refuses.
    #[error("the message cannot be built: {0}")]
    Parts(#[from] lettre::error::Error),
    #[error("the message cannot be signed: {0}")]
    Signature(#[from] DkimFault),
}

/// RFC 3834: an answer by a machine is not wanted.
#[derive(Clone)]
struct AutoSubmitted;

/// The same for Exchange.
#[derive(Clone)]
struct SuppressAll;

macro_rules! fixed_header {
    ($type:ident, $name:literal, $value:literal) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self)
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value.to_owned())
            }
        }
    };
}
fixed_header!(AutoSubmitted, "Auto-Submitted", "auto-generated");
fixed_header!(SuppressAll, "X-Auto-Response-Suppress", "All");

/// Text for a header: on one line, without control characters, not too long.
#[must_use]
pub fn header_text(text: &str) -> String {
    let clean =
        |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    text.chars().map(clean).take(MOST_CHARS).collect::<String>().trim().to_owned()
}

impl Letter {
    /// `<lk.{outbox id}.{tenant}@{domain}>`: the same on each try.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("<lk.{}.{}@{}>", self.id.as_str(), self.tenant.as_str(), self.id_domain)
    }

    /// The message; its envelope is the one sender and the one recipient.
    ///
    /// # Errors
    /// [`LetterFault`].
    pub fn message(&self) -> Result<Message, LetterFault> {
        let seconds =
            u64::try_from(self.written_at.as_seconds().clamp(0, LAST_SECOND)).unwrap_or(0);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(header_text(&self.parts.subject))
            .message_id(Some(self.message_id()))
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .header(AutoSubmitted)
            .header(SuppressAll);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let body = MultiPart::alternative()
            .boundary(format!("lk_{}", self.id.as_str()))
            .singlepart(SinglePart::plain(self.parts.text.clone()))
            .singlepart(SinglePart::html(self.parts.html.clone()));
        Ok(builder.multipart(body)?)
    }

    /// The message as a server takes it.
    ///
    /// # Errors
    /// [`LetterFault`].
    pub fn wire(&self, signer: Option<&DkimSigner>) -> Result<(Envelope, Vec<u8>), LetterFault> {
        let message = self.message()?;
        let bytes = message.formatted();
        let bytes = match signer {
            Some(signer) => signer.sign(&bytes, self.written_at)?,
            None => bytes,
        };
        Ok((message.envelope().clone(), bytes))
    }

    /// The message as the built-in mailbox keeps it.
    ///
    /// # Errors
    /// [`LetterFault`].
    pub fn kept(&self, now: Millis) -> Result<MailboxMessage, LetterFault> {
        let message = self.message()?;
        let raw = String::from_utf8_lossy(&message.formatted()).into_owned();
        let subject = header_text(&self.parts.subject);
        let date = message.headers().get_raw("Date").unwrap_or_default();
        let mut headers = json!({
            "From": self.from.to_string(),
            "To": self.to.to_string(),
            "Subject": subject,
            "Message-ID": self.message_id(),
            "Date": date,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        });
        if let (Some(reply_to), Some(map)) = (&self.reply_to, headers.as_object_mut()) {
            map.insert("Reply-To".to_owned(), json!(reply_to.to_string()));
        }
        Ok(MailboxMessage {
            tenant_id: self.tenant.clone(),
            id: self.id.clone(),
            sender: self.from.to_string(),
            recipient: self.to.email.to_string(),
            subject,
            headers: headers.to_string(),
            text: self.parts.text.clone(),
            html: self.parts.html.clone(),
            raw,
            received_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(name: &str, subject: &str) -> Letter {
        Letter {
            tenant: TenantId::from_stored("ins_1".to_owned()),
            id: OutboxId::from_stored("obx_1".to_owned()),
            from: Mailbox::new(Some(header_text(name)), "no-reply@acme.test".parse().unwrap()),
            to: Mailbox::new(None, "ana@acme.test".parse().unwrap()),
            reply_to: None,
            id_domain: "acme.test".to_owned(),
            written_at: Millis(1_772_539_200_000),
            parts: MailParts {
                subject: subject.to_owned(),
                text: "Grüße\n.\nend".to_owned(),
                html: "<p>Grüße</p>".to_owned(),
            },
        }
    }

    proptest! {
        #[test]
        fn no_text_adds_a_header_or_a_recipient(name in any::<String>(), subject in any::<String>()) {
            let evil = format!("{name}\r\nBcc: eve@evil.test\r\n\r\n{subject}");
            for letter in [letter(&evil, &subject), letter(&name, &evil)] {
                let message = letter.message().unwrap();
                let raw = String::from_utf8_lossy(&message.formatted()).into_owned();
                let head = raw.split("\r\n\r\n").next().unwrap();
                prop_assert!(!head.contains("\nBcc:"));
                let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
                prop_assert_eq!(lines.count(), 9, "{}", head);
                prop_assert_eq!(message.envelope().to().len(), 1);
                prop_assert_eq!(letter.message().unwrap().formatted(), message.formatted());
            }
        }
    }
}

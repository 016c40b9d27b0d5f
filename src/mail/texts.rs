//! Text messages: what one says, and the two ways it is sent: kept in the built-in mailbox where mail
//! is, else handed to the tenant's servers as the event `sms.created`. Knows no provider.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Value, json};

use super::compose::{Desk, frame_in};
use super::compose_codes::CodePayload;
use super::letter::header_text;
use crate::model::{Clock, IdentificationId, Millis, UserId};
use crate::store::events::{About, Event, EventKind, PassedOn};
use crate::store::mailbox::MailboxMessage;
use crate::store::outbox::{Claim, OutboxRow};
use crate::store::{Reader, Store, StoreError};
use crate::token::{CodeLength, MasterKeys, ShortCodes};

/// Longest name of a tenant in a message, in characters: a message has 160 in all.
const MOST_CHARS: usize = 40;

/// A message ready to be sent. Not printable: it holds a code.
pub struct TextMessage {
    /// Of the row that it comes from; who sends it ends that row with the same write.
    pub claim: Claim,
    /// In E.164.
    pub to: String,
    pub user: UserId,
    pub number: IdentificationId,
    pub tenant: String,
    pub body: String,
    pub code: String,
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TextFault {
    #[error("no webhook endpoint of the tenant takes sms.created")]
    NobodyListens,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), TextFault>> + Send + 'a>>;

/// A way for text messages to leave the house. It ends the message's row as sent.
pub trait TextSender: Send + Sync {
    fn send<'a>(&'a self, message: &'a TextMessage) -> Sending<'a>;
}

/// Into the built-in mailbox.
pub struct MailboxTexts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
}

impl TextSender for MailboxTexts {
    fn send<'a>(&'a self, message: &'a TextMessage) -> Sending<'a> {
        Box::pin(async move {
            let kept = MailboxMessage {
                tenant_id: message.claim.tenant.clone(),
                id: message.claim.id.clone(),
                sender: message.tenant.clone(),
                recipient: message.to.clone(),
                subject: String::new(),
                headers: json!({}).to_string(),
                text: message.body.clone(),
                html: String::new(),
                raw: message.body.clone(),
                received_at: self.clock.now(),
            };
            Ok(self.store.keep_mail(kept).await?)
        })
    }
}

/// To the tenant's servers, which have a provider.
pub struct WebhookTexts {
    pub store: Store,
}

impl TextSender for WebhookTexts {
    fn send<'a>(&'a self, message: &'a TextMessage) -> Sending<'a> {
        Box::pin(async move {
            let event = Event {
                kind: EventKind::SmsCreated,
                about: About::User(message.user.clone()),
                facts: sms(message),
            };
            match self.store.pass_on_text(message.claim.clone(), event).await? {
                PassedOn::Yes => Ok(()),
                PassedOn::NobodyListens => Err(TextFault::NobodyListens),
            }
        })
    }
}

/// Clerk's resource. We have no number to send from, and never send it ourselves.
fn sms(message: &TextMessage) -> Value {
    json!({
        "object": "sms_message",
        "id": message.claim.id,
        "slug": "verification_code",
        "from_phone_number": "",
        "to_phone_number": message.to,
        "phone_number_id": message.number,
        "user_id": message.user,
        "message": message.body,
        "status": "queued",
        "data": { "otp_code": message.code, "app": { "name": message.tenant } },
        "delivered_by_clerk": false,
    })
}

/// What becomes of a row.
pub(super) enum Texted {
    Message(Box<TextMessage>),
    /// Nobody wants it any more.
    Unwanted(&'static str),
    /// It can never be sent.
    Impossible(&'static str),
}

impl Desk {
    pub(super) async fn text(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        now: Millis,
    ) -> Result<Texted, StoreError> {
        let Ok(payload) = serde_json::from_str::<CodePayload>(&row.payload) else {
            return Ok(Texted::Impossible("the row's payload cannot be read"));
        };
        if now >= Millis(payload.expires_at) {
            return Ok(Texted::Impossible("given up: it could not be delivered in time"));
        }
        let facts = match reader.mail_facts(row, now).await {
            Ok(facts) => facts,
            Err(StoreError::NotFound) => return Ok(Texted::Unwanted("the tenant is gone")),
            Err(error) => return Err(error),
        };
        let mut names = facts.user.iter().flat_map(|owner| &owner.identifications);
        let Some(name) = names.find(|name| Some(name.id.as_str()) == payload.to.as_deref()) else {
            return Ok(Texted::Unwanted("the number is no longer the user's"));
        };
        if !facts.tenant.live && name.canonical_key.is_for_tests() {
            return Ok(Texted::Unwanted("a test number"));
        }
        let frame = frame_in(row, &facts, payload.locale.as_deref());
        let code =
            ShortCodes::for_tenant(keys, &row.tenant_id).code(&payload.code, CodeLength::Six);
        let tenant: String = header_text(&frame.tenant).chars().take(MOST_CHARS).collect();
        let said = frame.say("text-code").text("code", &code).text("tenant", &tenant);
        Ok(Texted::Message(Box::new(TextMessage {
            claim: row.claim(),
            to: name.canonical_key.to_string(),
            user: name.user_id.clone(),
            number: name.id.clone(),
            tenant,
            body: said.to_string(),
            code,
        })))
    }
}

//! What becomes of an outbox row that carries staff's answer to a contact request. The words are the
//! message's own, read when the mail is written; one that was taken back is not sent.

use serde::Deserialize;

use super::compose::{Composed, Desk, frame_in};
use super::retry;
use super::view_support::SupportReplyMail;
use crate::model::{ContactRequestId, RequestMessageId};
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::OutboxRow;
use crate::store::{Reader, StoreError};
use crate::token::MasterKeys;

/// Payload of an answer, written with its message.
#[derive(Deserialize)]
struct ReplyPayload {
    request: ContactRequestId,
    message: RequestMessageId,
    address: String,
}

impl Desk {
    pub(super) async fn reply(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
    ) -> Result<Composed, StoreError> {
        let Ok(payload) = serde_json::from_str::<ReplyPayload>(&row.payload) else {
            return Ok(Composed::Impossible("the row's payload cannot be read".to_owned()));
        };
        let tenant = row.tenant_id.clone();
        let found = reader.conversation_of(tenant, payload.request).await?;
        let message = found
            .as_ref()
            .and_then(|found| found.messages.iter().find(|message| message.id == payload.message));
        let (Some(found), Some(message)) = (&found, message) else {
            return Ok(Composed::Unwanted("the request is gone"));
        };
        if message.undone_at.is_some() {
            return Ok(Composed::Unwanted("taken back"));
        }
        let Some(status_link) = self.request_page(keys, facts, &found.request) else {
            return Ok(Composed::Impossible("the link cannot be made".to_owned()));
        };
        let named = Some(&found.request.name).filter(|name| !name.trim().is_empty());
        let mail = SupportReplyMail {
            frame: frame_in(row, facts, found.request.locale.as_deref()),
            name: named.cloned(),
            reference: found.request.reference.clone(),
            body: message.body.clone(),
            status_link,
        };
        let deadline = retry::deadline(row.created_at, None);
        Ok(self.letter(row, facts, &payload.address, mail.parts(), deadline))
    }
}

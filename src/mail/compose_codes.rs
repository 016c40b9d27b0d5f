//! What becomes of an outbox row that carries a code, or the word to somebody whose address was given
//! for another account. The code follows from the row, so a mail that is sent again is the same mail.

use serde::Deserialize;

use super::compose::{Composed, Desk, frame_in, too_late};
use super::retry;
use super::view_codes::{ClaimedMail, CodeMail, CodeUse};
use crate::model::{IdentificationId, Millis};
use crate::store::mail_facts::MailFacts;
use crate::store::one_time_codes::CodePurpose;
use crate::store::outbox::OutboxRow;
use crate::store::{Reader, StoreError};
use crate::token::{CodeLength, MasterKeys, ShortCodes};

/// Payload of a code, written with its row.
#[derive(Deserialize)]
pub(super) struct CodePayload {
    /// Id of the identification that is written to, or of one that is nobody's yet.
    pub to: Option<String>,
    /// Id of the code's row.
    pub code: String,
    pub purpose: String,
    /// The language that was asked for.
    pub locale: Option<String>,
    pub expires_at: i64,
}

impl Desk {
    pub(super) async fn code(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
        now: Millis,
    ) -> Result<Composed, StoreError> {
        let Ok(payload) = serde_json::from_str::<CodePayload>(&row.payload) else {
            return Ok(Composed::Impossible("the row's payload cannot be read".to_owned()));
        };
        let expires_at = Millis(payload.expires_at);
        if now >= expires_at {
            return Ok(too_late());
        }
        let Some(address) = address(reader, row, facts, &payload).await? else {
            return Ok(Composed::Unwanted("the address is no longer theirs to prove"));
        };
        let codes = ShortCodes::for_tenant(keys, &row.tenant_id);
        let mail = CodeMail {
            frame: frame_in(row, facts, payload.locale.as_deref()),
            code: codes.code(&payload.code, CodeLength::Six),
            used_for: used_for(&payload.purpose),
            expires_at,
        };
        let deadline = retry::deadline(row.created_at, Some(expires_at));
        Ok(self.letter(row, facts, &address, mail.parts(), deadline))
    }

    pub(super) fn claimed(&self, row: &OutboxRow, facts: &MailFacts) -> Composed {
        let Ok(payload) = serde_json::from_str::<CodePayload>(&row.payload) else {
            return Composed::Impossible("the row's payload cannot be read".to_owned());
        };
        let Some(owner) = &facts.user else { return Composed::Unwanted("the user is gone") };
        let Some(address) = own(facts, payload.to.as_deref()) else {
            return Composed::Unwanted("the address is no longer the user's");
        };
        let mail = ClaimedMail {
            frame: frame_in(row, facts, None),
            name: owner.user.first_name.clone(),
            sign_in_link: self.page(facts, "sign-in"),
        };
        let deadline = retry::deadline(row.created_at, None);
        self.letter(row, facts, &address, mail.parts(), deadline)
    }
}

/// Where the code goes: an address of the user it is for, or one that is being proved.
async fn address(
    reader: &Reader,
    row: &OutboxRow,
    facts: &MailFacts,
    payload: &CodePayload,
) -> Result<Option<String>, StoreError> {
    if row.user_id.is_some() {
        return Ok(own(facts, payload.to.as_deref()));
    }
    let Some(id) = &payload.to else { return Ok(None) };
    let id = IdentificationId::from_stored(id.clone());
    let found = reader.pending_identification(row.tenant_id.clone(), id).await?;
    Ok(found.filter(|waiting| waiting.verified_at.is_none()).map(|waiting| waiting.value))
}

fn own(facts: &MailFacts, id: Option<&str>) -> Option<String> {
    let names = facts.user.iter().flat_map(|owner| &owner.identifications);
    names.into_iter().find(|name| Some(name.id.as_str()) == id).map(|name| name.value.clone())
}

fn used_for(purpose: &str) -> CodeUse {
    let of = |known: CodePurpose| known.as_str() == purpose;
    if of(CodePurpose::SignIn) || of(CodePurpose::SecondFactor) {
        CodeUse::SignIn
    } else if of(CodePurpose::Reset) {
        CodeUse::Reset
    } else if of(CodePurpose::Address) {
        CodeUse::Address
    } else {
        CodeUse::Other
    }
}

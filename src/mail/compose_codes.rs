//! What becomes of an outbox row that carries a code. The code follows from the row, so a mail that is
//! sent again is the same mail.

use serde::Deserialize;

use super::compose::{Composed, Desk, frame, too_late};
use super::retry;
use super::view_codes::{CodeMail, CodeUse};
use crate::model::Millis;
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::OutboxRow;
use crate::token::{CodeLength, MasterKeys, ShortCodes};

/// Payload of a code, written with its row.
#[derive(Deserialize)]
struct CodePayload {
    /// Id of the identification that is written to.
    to: Option<String>,
    /// Id of the code's row.
    code: String,
    purpose: String,
    expires_at: i64,
}

impl Desk {
    pub(super) fn code(
        &self,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
        now: Millis,
    ) -> Composed {
        let Ok(payload) = serde_json::from_str::<CodePayload>(&row.payload) else {
            return Composed::Impossible("the row's payload cannot be read".to_owned());
        };
        let Some(owner) = &facts.user else { return Composed::Unwanted("the user is gone") };
        let chosen =
            owner.identifications.iter().find(|i| Some(i.id.as_str()) == payload.to.as_deref());
        let Some(identification) = chosen else {
            return Composed::Impossible("the address is no longer the user's".to_owned());
        };
        let expires_at = Millis(payload.expires_at);
        if now >= expires_at {
            return too_late();
        }
        let codes = ShortCodes::for_tenant(keys, &row.tenant_id);
        let mail = CodeMail {
            frame: frame(row, facts),
            code: codes.code(&payload.code, CodeLength::Six),
            used_for: match payload.purpose.as_str() {
                "sign_in" => CodeUse::SignIn,
                "reset" => CodeUse::Reset,
                _ => CodeUse::Other,
            },
            expires_at,
        };
        let deadline = retry::deadline(row.created_at, Some(expires_at));
        self.letter(row, facts, &identification.value, mail.parts(), deadline)
    }
}

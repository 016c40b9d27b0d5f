//! What becomes of an outbox row that carries a sign-in link. The link follows from the row, so a mail
//! that is sent again is the same mail.

use serde::Deserialize;

use super::compose::{Composed, Desk, frame_in, too_late};
use super::retry;
use super::view_links::LinkMail;
use crate::model::{Millis, OneTimeCodeId, SignInId};
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::OutboxRow;
use crate::token::{MasterKeys, SignInLink, SignInLinks, issuer};

/// Payload of a link, written with the row of its code.
#[derive(Deserialize)]
struct LinkPayload {
    /// Id of the identification that is written to.
    to: Option<String>,
    /// Id of the code's row, which the link uses up.
    code: String,
    sign_in: String,
    /// Where the browser goes afterwards.
    redirect_url: String,
    /// The language that was asked for.
    locale: Option<String>,
    expires_at: i64,
}

impl Desk {
    pub(super) fn sign_in_link(
        &self,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
        now: Millis,
    ) -> Composed {
        let Ok(payload) = serde_json::from_str::<LinkPayload>(&row.payload) else {
            return Composed::Impossible("the row's payload cannot be read".to_owned());
        };
        let expires_at = Millis(payload.expires_at);
        if now >= expires_at {
            return too_late();
        }
        let names = facts.user.iter().flat_map(|owner| &owner.identifications);
        let chosen = names.into_iter().find(|name| Some(name.id.as_str()) == payload.to.as_deref());
        let Some(address) = chosen.map(|name| name.value.clone()) else {
            return Composed::Unwanted("the address is no longer the user's");
        };
        let link = SignInLink {
            sign_in: SignInId::from_stored(payload.sign_in),
            code: OneTimeCodeId::from_stored(payload.code),
            redirect_url: payload.redirect_url,
            issued_at: row.created_at,
            expires_at,
        };
        let Ok(token) = SignInLinks::for_tenant(keys, &row.tenant_id).seal(&link) else {
            return Composed::Impossible("the link cannot be signed".to_owned());
        };
        let mail = LinkMail {
            frame: frame_in(row, facts, payload.locale.as_deref()),
            link: self.verify_page(facts, &token),
            expires_at,
        };
        let deadline = retry::deadline(row.created_at, Some(expires_at));
        self.letter(row, facts, &address, mail.parts(), deadline)
    }

    /// On the host that has the browser's client cookie: the tenant's own where there is one.
    fn verify_page(&self, facts: &MailFacts, token: &str) -> String {
        match &facts.tenant.own_host {
            Some(own) => format!("{}/v1/verify?token={token}", issuer(&self.public_url, own)),
            None => self.page(facts, &format!("v1/verify?token={token}")),
        }
    }
}

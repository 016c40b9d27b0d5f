//! What becomes of an outbox row that invites somebody to a team. The link follows from the row, so a
//! mail that is sent again is the same mail; an invitation that opens nothing any more is not sent.

use super::compose::{Composed, Desk, frame_in};
use super::retry;
use super::view_invite::InviteMail;
use crate::model::Millis;
use crate::store::mail_facts::MailFacts;
use crate::store::outbox::OutboxRow;
use crate::store::team::InvitePayload;
use crate::store::{Reader, StoreError};
use crate::token::{InviteLinks, MasterKeys};

impl Desk {
    pub(super) async fn invite(
        &self,
        reader: &Reader,
        keys: &MasterKeys,
        row: &OutboxRow,
        facts: &MailFacts,
        now: Millis,
    ) -> Result<Composed, StoreError> {
        let Ok(payload) = serde_json::from_str::<InvitePayload>(&row.payload) else {
            return Ok(Composed::Impossible("the row's payload cannot be read".to_owned()));
        };
        let open = reader.open_invite(Some(row.tenant_id.clone()), payload.invite, now).await?;
        let Some((invite, address)) = open.and_then(|i| i.mailed_to.clone().map(|to| (i, to)))
        else {
            return Ok(Composed::Unwanted("the invitation is over"));
        };
        let links = InviteLinks::for_tenant(keys, &row.tenant_id);
        let Some(secret) = links.secret_of(&row.id, &invite.secret_hash) else {
            return Ok(Composed::Impossible("the key of its link is gone".to_owned()));
        };
        let base = self.public_url.as_str().trim_end_matches('/');
        let mail = InviteMail {
            frame: frame_in(row, facts, Some(&payload.locale)),
            by: payload.by,
            to: payload.tenant,
            role: invite.role,
            link: format!("{base}/console/welcome/{}", secret.expose()),
            expires_at: invite.expires_at,
        };
        let deadline = retry::deadline(row.created_at, Some(invite.expires_at));
        Ok(self.letter(row, facts, &address, mail.parts(), deadline))
    }
}

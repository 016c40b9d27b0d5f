//! Staff's acts that wait to be taken back: rows of the outbox, carried out once they are due by
//! whichever node claims them. An act that is carried out twice does the same once.

use serde::Deserialize;

use super::{TenantFault, Tenants};
use crate::model::{ContactRequestId, Millis, RequestMessageId, Span, TenantId};
use crate::store::StoreError;
use crate::store::outbox::{OutboxKind, OutboxRow, OutboxStatus};
use crate::store::request_messages::{MessageKind, MessageVia, NewMessage, RequestStep};
use crate::store::tenants::TenantName;

/// How long one node has to carry an act out before another may.
const LEASE: Span = Span::MINUTE;
/// Acts of one claim.
const AT_ONCE: usize = 16;
/// Pause after a failure, and longest sleep: other nodes write acts, too.
const POLL: Span = Span::SECOND.times(30);

/// Payload of an unlock, written by `desk_work`.
#[derive(Deserialize)]
struct UnlockPayload {
    request: ContactRequestId,
    actor: String,
    reason: String,
}

impl Tenants {
    /// Carries out acts as they come due, until the task is dropped.
    pub async fn keep_acting(&self) {
        let mut changed = self.inner.store.outbox_changed();
        loop {
            let now = self.inner.clock.now();
            let wake_at = match self.act().await {
                Ok(next) => next.map_or(now.after(POLL), |next| next.min(now.after(POLL))),
                Err(fault) => {
                    tracing::warn!(error = %fault, "acts of staff could not be carried out");
                    now.after(POLL)
                }
            };
            tokio::select! {
                // The store's sender lives as long as our store.
                Ok(()) = changed.changed() => {}
                () = self.inner.clock.wait_until(wake_at) => {}
            }
        }
    }

    /// Carries out what is due; says when the next is.
    async fn act(&self) -> Result<Option<Millis>, TenantFault> {
        let due = self.inner.reader.next_due(OutboxKind::Act).await?;
        if due.is_none_or(|due| due > self.inner.clock.now()) {
            return Ok(due);
        }
        // Any id will do; the same one everywhere, so that one committer does all claims.
        let any = TenantId::from_stored(String::new());
        let rows = self.inner.store.claim_due(&any, OutboxKind::Act, AT_ONCE, LEASE).await?;
        for row in rows {
            let status = match self.carry_out(&row).await {
                Ok(()) => OutboxStatus::Sent,
                // The user or the tenant is gone.
                Err(TenantFault::NotFound) => OutboxStatus::Dropped,
                // Claimed again when the lease is over.
                Err(fault) => return Err(fault),
            };
            match self.inner.store.finish_outbox(row.claim(), status, None).await {
                Ok(()) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.inner.reader.next_due(OutboxKind::Act).await?)
    }

    async fn carry_out(&self, row: &OutboxRow) -> Result<(), TenantFault> {
        let payload: UnlockPayload =
            serde_json::from_str(&row.payload).map_err(|_| TenantFault::NotFound)?;
        let found = self.find(TenantName::Id(row.tenant_id.clone())).await?;
        let (Some(profile), Some(user)) = (found, row.user_id.clone()) else {
            return Err(TenantFault::NotFound);
        };
        self.unlock_user(&profile, user, &payload.actor, Some(payload.reason)).await?;
        let now = self.inner.clock.now();
        let told = RequestStep {
            message: Some(NewMessage {
                id: RequestMessageId::generate(now),
                kind: MessageKind::Event,
                author: payload.actor,
                via: MessageVia::Console,
                body: "unlocked".to_owned(),
            }),
            ..RequestStep::of(row.tenant_id.clone(), payload.request, None)
        };
        self.inner.store.step_request(told).await?;
        Ok(())
    }
}

//! Deliveries: what each endpoint is to be told, when it is tried next, and how the tries went. Claimed
//! endpoint by endpoint in turns, so that one that is slow or has thousands waiting holds up no other
//! (promise P3). Sends nothing.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::{self, Deed};
use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::events::EventKind;
use super::outbox::{self, Claim, OutboxStatus};
use super::schema::webhook_deliveries;
use super::webhook_endpoints::{self, Health};
use super::{Reader, Store};
use crate::model::{Millis, OutboxId, Span, TenantId, WebhookEndpointId};

pub use super::webhook_claims::{Ahead, Busy, ClaimedDelivery, Turn};

/// Tries that a delivery remembers, the newest ones.
const TRIES_KEPT: usize = 20;
/// Most rows one question may ask for.
const PAGE: i64 = 500;

text_enum! {
    DeliveryStatus {
        /// To be tried once `due_at` has come.
        Due = "due",
        /// Claimed until `claimed_until`; due again after that.
        Sending = "sending",
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
        /// Not tried any more: the endpoint was switched off.
        Dropped = "dropped",
    }
}

impl DeliveryStatus {
    pub const ALL: [Self; 5] =
        [Self::Due, Self::Sending, Self::Delivered, Self::Failed, Self::Dropped];
}

/// One message for one endpoint.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(
    table_name = webhook_deliveries,
    primary_key(tenant_id, endpoint_id, message),
    treat_none_as_null = true
)]
pub struct WebhookDelivery {
    pub tenant_id: TenantId,
    pub endpoint_id: WebhookEndpointId,
    /// The outbox row that it came from: what receivers know it by, the same in every try.
    pub message: OutboxId,
    pub event: EventKind,
    /// The bytes of every try.
    pub body: String,
    pub status: DeliveryStatus,
    pub due_at: Millis,
    /// Tries begun since it was last asked for, the present one included.
    pub tries: i64,
    pub claimed_until: Option<Millis>,
    /// JSON array of [`Tried`], newest last.
    pub tried: String,
    pub created_at: Millis,
    pub finished_at: Option<Millis>,
}

/// Names the row only: the body is about a person.
impl std::fmt::Debug for WebhookDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookDelivery")
            .field("endpoint_id", &self.endpoint_id)
            .field("message", &self.message)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// One try, as its row remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    pub at: Millis,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Our own words for what went wrong.
    pub error: Option<String>,
    pub took_ms: i64,
}

/// What becomes of a delivery after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Delivered,
    Again(Millis),
    GivenUp,
}

impl WebhookDelivery {
    #[must_use]
    pub fn tries_made(&self) -> Vec<Tried> {
        serde_json::from_str(&self.tried).unwrap_or_default()
    }
}

/// Removes the rows of messages of before `before`, at most `rows`.
pub(super) fn purge(
    db: &mut Db,
    tenant: &TenantId,
    before: Millis,
    rows: i64,
) -> QueryResult<usize> {
    let old: Vec<(WebhookEndpointId, OutboxId)> = webhook_deliveries::table
        .filter(webhook_deliveries::tenant_id.eq(tenant))
        .filter(webhook_deliveries::message.lt(OutboxId::floor(before)))
        .order(webhook_deliveries::message.asc())
        .limit(rows)
        .select((webhook_deliveries::endpoint_id, webhook_deliveries::message))
        .load(db)?;
    for (endpoint, message) in &old {
        diesel::delete(webhook_deliveries::table.find((tenant, endpoint, message))).execute(db)?;
    }
    Ok(old.len())
}

pub(super) fn find(
    db: &mut Db,
    (tenant, endpoint, message): (&TenantId, &WebhookEndpointId, &OutboxId),
) -> QueryResult<Option<WebhookDelivery>> {
    let row = webhook_deliveries::table.find((tenant, endpoint, message));
    row.select(WebhookDelivery::as_select()).first(db).optional()
}

fn note_deed(
    db: &mut Db,
    (row, actor, action): (&WebhookDelivery, &str, &'static str),
    now: Millis,
) -> QueryResult<()> {
    let detail = json!({ "id": row.endpoint_id, "message": row.message });
    audit::note(db, &row.tenant_id, &Deed { actor: actor.to_owned(), action, detail }, now)
}

fn save(db: &mut Db, row: &WebhookDelivery) -> QueryResult<()> {
    let place = webhook_deliveries::table.find((&row.tenant_id, &row.endpoint_id, &row.message));
    diesel::update(place).set(row).execute(db)?;
    Ok(())
}

/// What was put off for an endpoint that is back is due at once.
fn hasten(db: &mut Db, row: &WebhookDelivery, now: Millis) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table)
        .filter(webhook_deliveries::status.eq(DeliveryStatus::Due))
        .filter(webhook_deliveries::tenant_id.eq(&row.tenant_id))
        .filter(webhook_deliveries::endpoint_id.eq(&row.endpoint_id))
        .filter(webhook_deliveries::due_at.gt(now))
        .set(webhook_deliveries::due_at.eq(now))
        .execute(db)?;
    Ok(())
}

impl Reader {
    /// One delivery.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_delivery(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        message: OutboxId,
    ) -> Result<Option<WebhookDelivery>, StoreError> {
        self.run(move |db| Ok(find(db, (&tenant, &endpoint, &message))?)).await
    }

    /// An endpoint's deliveries of before `before`, newest first; at most 500.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_deliveries_before(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        status: Option<DeliveryStatus>,
        (before, limit): (Option<OutboxId>, i64),
    ) -> Result<Vec<WebhookDelivery>, StoreError> {
        self.run(move |db| {
            let mut rows = webhook_deliveries::table
                .filter(webhook_deliveries::tenant_id.eq(&tenant))
                .filter(webhook_deliveries::endpoint_id.eq(&endpoint))
                .into_boxed();
            if let Some(status) = status {
                rows = rows.filter(webhook_deliveries::status.eq(status));
            }
            if let Some(before) = &before {
                rows = rows.filter(webhook_deliveries::message.lt(before));
            }
            Ok(rows
                .order(webhook_deliveries::message.desc())
                .limit(limit.clamp(0, PAGE))
                .select(WebhookDelivery::as_select())
                .load(db)?)
        })
        .await
    }

    /// A page of an endpoint's deliveries, newest first, and how many there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn webhook_deliveries(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        status: Option<DeliveryStatus>,
        (limit, offset): (i64, i64),
    ) -> Result<(Vec<WebhookDelivery>, i64), StoreError> {
        self.run(move |db| {
            let of = || {
                let all = webhook_deliveries::table
                    .filter(webhook_deliveries::tenant_id.eq(tenant.clone()))
                    .filter(webhook_deliveries::endpoint_id.eq(endpoint.clone()))
                    .into_boxed();
                match status {
                    Some(status) => all.filter(webhook_deliveries::status.eq(status)),
                    None => all,
                }
            };
            let page = of()
                .order(webhook_deliveries::message.desc())
                .limit(limit.clamp(0, PAGE))
                .offset(offset.max(0))
                .select(WebhookDelivery::as_select())
                .load(db)?;
            Ok((page, of().count().get_result(db)?))
        })
        .await
    }
}

impl Store {
    /// Takes an event apart into what each endpoint is told, in the transaction that ends its row:
    /// an event is told to all or, after a crash, once more from the start.
    ///
    /// # Errors
    /// `NotFound` when the claim is lost.
    pub async fn spread_event(
        &self,
        claim: Claim,
        deliveries: Vec<WebhookDelivery>,
    ) -> Result<(), StoreError> {
        let owner = claim.tenant.clone();
        self.write(&owner, move |db, now| {
            let row = (&claim.tenant, &claim.id, claim.tries);
            let status = match deliveries.is_empty() {
                true => OutboxStatus::Dropped,
                false => OutboxStatus::Sent,
            };
            // First: it is this that finds a lost claim.
            outbox::finish_claimed(db, row, status, now)?;
            for delivery in &deliveries {
                diesel::insert_into(webhook_deliveries::table).values(delivery).execute(db)?;
            }
            Ok(())
        })
        .await
    }

    /// Writes down how a try went, for the delivery and for its endpoint. That it was delivered counts
    /// also after the claim has ended, so that it is not sent again.
    ///
    /// # Errors
    /// `NotFound` when the row is gone or is claimed by another worker.
    pub async fn note_delivery(
        &self,
        delivery: WebhookDelivery,
        tried: Tried,
        next: Next,
        health: Health,
    ) -> Result<(), StoreError> {
        let owner = delivery.tenant_id.clone();
        self.write(&owner, move |db, now| {
            let place = (&delivery.tenant_id, &delivery.endpoint_id, &delivery.message);
            let mut row = find(db, place)?.ok_or(StoreError::NotFound)?;
            let ours = row.status == DeliveryStatus::Sending && row.tries == delivery.tries;
            let open = matches!(row.status, DeliveryStatus::Due | DeliveryStatus::Sending);
            if !(ours || open && next == Next::Delivered) {
                return Err(StoreError::NotFound);
            }
            let mut tries = row.tries_made();
            tries.push(tried.clone());
            let surplus = tries.len().saturating_sub(TRIES_KEPT);
            tries.drain(..surplus);
            row.tried = serde_json::to_string(&tries).unwrap_or_default();
            (row.status, row.due_at, row.finished_at) = match next {
                Next::Delivered => (DeliveryStatus::Delivered, row.due_at, Some(now)),
                Next::Again(due_at) => (DeliveryStatus::Due, due_at, None),
                Next::GivenUp => (DeliveryStatus::Failed, row.due_at, Some(now)),
            };
            row.claimed_until = None;
            save(db, &row)?;
            if webhook_endpoints::note(db, &row.tenant_id, &row.endpoint_id, health, now)? {
                hasten(db, &row, now)?;
            }
            Ok(())
        })
        .await
    }

    /// Makes a delivery due again, from the first step of the ladder; one that is under way or waiting
    /// is tried at once. Its message and bytes stay. The delivery as it now stands.
    ///
    /// # Errors
    /// `NotFound` for an unknown delivery; `Conflict { what: "webhook_endpoint" }` where its endpoint
    /// is switched off.
    pub async fn redeliver(
        &self,
        (tenant, endpoint, message): (TenantId, WebhookEndpointId, OutboxId),
        actor: String,
    ) -> Result<WebhookDelivery, StoreError> {
        let owner = tenant.clone();
        let done = self
            .write(&owner, move |db, now| {
                let receiver = webhook_endpoints::find(db, &tenant, &endpoint)?;
                let receiver = receiver.ok_or(StoreError::NotFound)?;
                let place = (&tenant, &endpoint, &message);
                let mut row = find(db, place)?.ok_or(StoreError::NotFound)?;
                if !receiver.enabled {
                    return Err(StoreError::Conflict { what: "webhook_endpoint" });
                }
                if row.status != DeliveryStatus::Sending {
                    row.status = DeliveryStatus::Due;
                    (row.due_at, row.tries, row.finished_at) = (now, 0, None);
                    save(db, &row)?;
                }
                note_deed(db, (&row, &actor, "webhook_endpoint.redelivered"), now)?;
                Ok(row)
            })
            .await?;
        self.tell_outbox_changed();
        Ok(done)
    }

    /// Has a body delivered to an endpoint that did not come from an event.
    ///
    /// # Errors
    /// `NotFound` for an unknown endpoint; `Conflict { what: "webhook_endpoint" }` where it is switched
    /// off.
    pub async fn deliver_alone(
        &self,
        tenant: TenantId,
        endpoint: WebhookEndpointId,
        (event, body): (EventKind, String),
        actor: String,
    ) -> Result<WebhookDelivery, StoreError> {
        let owner = tenant.clone();
        let done = self
            .write(&owner, move |db, now| {
                let receiver = webhook_endpoints::find(db, &tenant, &endpoint)?;
                if !receiver.ok_or(StoreError::NotFound)?.enabled {
                    return Err(StoreError::Conflict { what: "webhook_endpoint" });
                }
                let row = WebhookDelivery {
                    tenant_id: tenant.clone(),
                    endpoint_id: endpoint.clone(),
                    message: OutboxId::generate(now),
                    event,
                    body: body.clone(),
                    status: DeliveryStatus::Due,
                    due_at: now,
                    tries: 0,
                    claimed_until: None,
                    tried: "[]".to_owned(),
                    created_at: now,
                    finished_at: None,
                };
                diesel::insert_into(webhook_deliveries::table).values(&row).execute(db)?;
                note_deed(db, (&row, &actor, "webhook_endpoint.tested"), now)?;
                Ok(row)
            })
            .await?;
        self.tell_outbox_changed();
        Ok(done)
    }

    /// Claims up to `limit` due deliveries for `lease`, endpoint by endpoint in turns from `turn` on;
    /// each row goes to one worker. Those of `busy` are left alone. What belongs to an endpoint that
    /// is switched off is dropped, to one that is gone removed. `any` chooses the committer, always
    /// the same one.
    ///
    /// # Errors
    /// As any write.
    pub async fn claim_deliveries(
        &self,
        any: &TenantId,
        (turn, busy): (Turn, Busy),
        limit: usize,
        lease: Span,
    ) -> Result<(Vec<ClaimedDelivery>, Turn), StoreError> {
        self.write(any, move |db, now| {
            super::webhook_claims::claim(db, (&turn, &busy), limit, now, now.after(lease))
        })
        .await
    }
}

//! What a tenant's day held, and which days had their digest: once over all nodes, by a key that one
//! of them gets. Knows no words and nobody who is written to.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::alerts::{LISTED, Written, count};
use super::committer::Work;
use super::connection::Db;
use super::contact_requests::Queue;
use super::error::{StoreError, conflict_on};
use super::ledger::Ledger as _;
use super::outbox::{OutboxKind, OutboxRow, OutboxStatus};
use super::schema::{alerts, audit, contact_requests, digests, outbox};
use super::{Reader, Store};
use crate::model::{AuditId, ContactRequestId, Millis, OutboxId, TenantId};

/// Rows that a day's figure is made of, at most.
const OF_A_DAY: i64 = 10_000;
/// Days whose digests are remembered.
const DAYS: i64 = 7;

/// Payload of a digest: what the 24 h until `until` held.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DigestPayload {
    pub tenant: String,
    pub slug: String,
    pub until: i64,
    pub day: Day,
}

/// What a day held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    pub attacks: i64,
    pub locks: i64,
    /// Unlocked by their owners: a link, a code, a new password.
    pub by_owner: i64,
    pub by_staff: i64,
    /// Requests for help that came.
    pub requests: i64,
    /// Those that are open now; a thousand at most.
    pub open: i64,
    /// Mails that were given up.
    pub undelivered: i64,
}

impl Day {
    /// Whether there is anything to write about.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        *self == Self::default()
    }
}

impl Reader {
    /// Whether a day's digest was written.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn has_digest(&self, tenant: TenantId, day: i64) -> Result<bool, StoreError> {
        self.run(move |db| {
            let row = digests::table.find((&tenant, day)).select(digests::day);
            Ok(row.first::<i64>(db).optional()?.is_some())
        })
        .await
    }

    /// What the time from `from` to `until` held.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn day(
        &self,
        tenant: TenantId,
        from: Millis,
        until: Millis,
    ) -> Result<Day, StoreError> {
        self.run(move |db| {
            let facts: Vec<(String, String)> = audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .filter(audit::id.ge(AuditId::floor(from)))
                .filter(audit::id.lt(AuditId::floor(until)))
                .filter(audit::action.eq_any(["user.locked", "user.unlocked"]))
                .filter(audit::user_id.is_not_null())
                .limit(OF_A_DAY)
                .select((audit::action, audit::detail))
                .load(db)?;
            let mut day = Day {
                attacks: alerts_between(db, &tenant, from, until)?,
                requests: requests_between(db, &tenant, from, until)?,
                open: open_requests(db, &tenant)?,
                undelivered: undelivered_between(db, &tenant, from, until)?,
                ..Day::default()
            };
            for (action, detail) in facts {
                let figure = match (action.as_str(), unlocked_by(&detail).as_deref()) {
                    ("user.locked", _) => &mut day.locks,
                    (_, Some("staff")) => &mut day.by_staff,
                    (_, _) => &mut day.by_owner,
                };
                *figure = figure.saturating_add(1);
            }
            Ok(day)
        })
        .await
    }
}

fn unlocked_by(detail: &str) -> Option<String> {
    let detail: serde_json::Value = serde_json::from_str(detail).ok()?;
    Some(detail.get("by")?.as_str()?.to_owned())
}

/// Of the newest ones: a day has fewer.
fn alerts_between(db: &mut Db, tenant: &TenantId, from: Millis, to: Millis) -> QueryResult<i64> {
    let opened: Vec<Millis> = alerts::table
        .filter(alerts::tenant_id.eq(tenant))
        .order(alerts::number.desc())
        .limit(LISTED.saturating_mul(5))
        .select(alerts::opened_at)
        .load(db)?;
    Ok(count(opened.into_iter().filter(|at| *at >= from && *at < to).count()))
}

fn requests_between(db: &mut Db, tenant: &TenantId, from: Millis, to: Millis) -> QueryResult<i64> {
    let found: Vec<ContactRequestId> = contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::id.ge(ContactRequestId::floor(from)))
        .filter(contact_requests::id.lt(ContactRequestId::floor(to)))
        .limit(OF_A_DAY)
        .select(contact_requests::id)
        .load(db)?;
    Ok(count(found.len()))
}

fn open_requests(db: &mut Db, tenant: &TenantId) -> QueryResult<i64> {
    let found: Vec<ContactRequestId> = contact_requests::table
        .filter(contact_requests::tenant_id.eq(tenant))
        .filter(contact_requests::queue.eq(Queue::Open))
        .limit(super::counted::MOST)
        .select(contact_requests::id)
        .load(db)?;
    Ok(count(found.len()))
}

fn undelivered_between(
    db: &mut Db,
    tenant: &TenantId,
    from: Millis,
    to: Millis,
) -> QueryResult<i64> {
    let found: Vec<OutboxId> = outbox::table
        .filter(outbox::tenant_id.eq(tenant))
        .filter(outbox::id.ge(OutboxId::floor(from)))
        .filter(outbox::id.lt(OutboxId::floor(to)))
        .filter(outbox::kind.eq(OutboxKind::Mail))
        .filter(outbox::status.eq(OutboxStatus::Dead))
        .limit(OF_A_DAY)
        .select(outbox::id)
        .load(db)?;
    Ok(count(found.len()))
}

impl Store {
    /// Writes a day's digest, if nobody has; without mails, that there was nothing to write.
    ///
    /// # Errors
    /// As any write.
    pub async fn write_digest(
        &self,
        tenant: TenantId,
        day: i64,
        mails: Vec<OutboxRow>,
    ) -> Result<Written, StoreError> {
        let owner = tenant.clone();
        let job = move |work: &mut Work<'_>| {
            let row = digests::table.find((&tenant, day)).select(digests::day);
            if row.first::<i64>(work.db).optional()?.is_some() {
                return Ok(Written::Before);
            }
            let made = diesel::insert_into(digests::table)
                .values((digests::tenant_id.eq(&tenant), digests::day.eq(day)))
                .execute(work.db);
            made.map_err(conflict_on("digest"))?;
            diesel::delete(digests::table)
                .filter(digests::tenant_id.eq(&tenant))
                .filter(digests::day.lt(day.saturating_sub(DAYS)))
                .execute(work.db)?;
            for mail in &mails {
                work.enqueue(mail.clone())?;
            }
            Ok(Written::Now)
        };
        match self.work(&owner, Vec::new(), job).await {
            Err(StoreError::Conflict { .. }) => Ok(Written::Before),
            other => other,
        }
    }
}

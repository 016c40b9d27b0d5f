//! The chain over the audit rows as it is kept: each tenant's newest link, the rows that have none
//! yet, and the writing of links. Whoever seals read the rows before: they are taken over only where
//! the newest link is still the one that was gone on from. Makes no link and checks none.

use diesel::prelude::*;

use super::audit::AuditRow;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{audit, audit_heads};
use super::{Reader, Store};
use crate::model::{AuditId, Millis, TenantId};

/// Most rows that one question may ask for.
const PAGE: i64 = 1_000;

/// A tenant's newest link.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_heads)]
pub struct AuditHead {
    pub tenant_id: TenantId,
    /// Place of the last sealed row; the first is 1.
    pub seq: i64,
    pub hash: String,
    pub sealed_at: Millis,
}

/// A row's place and link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSeal {
    pub id: AuditId,
    pub seq: i64,
    pub hash: String,
}

/// What came of sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    Done,
    /// Another node went on from the same link; nothing was written.
    Overtaken,
}

fn head_of(db: &mut Db, tenant: &TenantId) -> QueryResult<Option<AuditHead>> {
    audit_heads::table.find(tenant).select(AuditHead::as_select()).first(db).optional()
}

impl Reader {
    /// The newest link of a tenant; `None` before the first row is sealed.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn audit_head(&self, tenant: TenantId) -> Result<Option<AuditHead>, StoreError> {
        self.run(move |db| Ok(head_of(db, &tenant)?)).await
    }

    /// The newest link and up to `limit` rows without one, the oldest ids first. Only what is
    /// committed is seen.
    ///
    /// # Errors
    /// As [`Reader::audit_head`].
    pub async fn unsealed_audit(
        &self,
        tenant: TenantId,
        limit: i64,
    ) -> Result<(Option<AuditHead>, Vec<AuditRow>), StoreError> {
        self.run(move |db| {
            // First the link: rows that are sealed in between are found out when they are written.
            let head = head_of(db, &tenant)?;
            let rows = audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .filter(audit::seq.is_null())
                .order(audit::id.asc())
                .limit(limit.clamp(0, PAGE))
                .select(AuditRow::as_select())
                .load(db)?;
            Ok((head, rows))
        })
        .await
    }

    /// Up to `limit` sealed rows after place `after`, in order; at most 1,000.
    ///
    /// # Errors
    /// As [`Reader::audit_head`].
    pub async fn sealed_audit(
        &self,
        tenant: TenantId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.run(move |db| {
            Ok(audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .filter(audit::seq.is_not_null())
                .filter(audit::seq.assume_not_null().gt(after))
                .order(audit::seq.asc())
                .limit(limit.clamp(0, PAGE))
                .select(AuditRow::as_select())
                .load(db)?)
        })
        .await
    }

    /// Up to `limit` tenants after `after` that have rows without a link, in order of their ids.
    ///
    /// # Errors
    /// As [`Reader::audit_head`].
    pub async fn unsealed_tenants(
        &self,
        after: Option<TenantId>,
        limit: usize,
    ) -> Result<Vec<TenantId>, StoreError> {
        self.run(move |db| {
            let mut found: Vec<TenantId> = Vec::new();
            let mut last = after.unwrap_or_else(|| TenantId::from_stored(String::new()));
            // From one tenant to the next along the index: a tenant's rows are not counted.
            while found.len() < limit {
                let next: Option<TenantId> = audit::table
                    .filter(audit::seq.is_null())
                    .filter(audit::tenant_id.gt(&last))
                    .order(audit::tenant_id.asc())
                    .select(audit::tenant_id)
                    .first(db)
                    .optional()?;
                let Some(next) = next else { break };
                last = next.clone();
                found.push(next);
            }
            Ok(found)
        })
        .await
    }
}

impl Store {
    /// Gives rows their links and makes the last of them the newest, all or nothing, if `before` is
    /// the newest still.
    ///
    /// # Errors
    /// `NotFound` where one of the rows is gone or sealed, which only somebody can have done who
    /// writes to the table past us. Else as any write.
    pub async fn seal_audit(
        &self,
        tenant: TenantId,
        before: Option<AuditHead>,
        seals: Vec<AuditSeal>,
    ) -> Result<Sealing, StoreError> {
        let Some(last) = seals.last().cloned() else { return Ok(Sealing::Done) };
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let head = AuditHead {
                tenant_id: tenant.clone(),
                seq: last.seq,
                hash: last.hash.clone(),
                sealed_at: now,
            };
            // This row is what two nodes meet at, therefore first.
            if !move_head(db, before.as_ref(), &head)? {
                return Ok(Sealing::Overtaken);
            }
            for seal in &seals {
                let row = audit::table.find((&tenant, &seal.id)).filter(audit::seq.is_null());
                let link = (audit::seq.eq(seal.seq), audit::hash.eq(&seal.hash));
                if diesel::update(row).set(link).execute(db)? != 1 {
                    return Err(StoreError::NotFound);
                }
            }
            Ok(Sealing::Done)
        })
        .await
    }
}

/// Whether it was still `before`.
fn move_head(db: &mut Db, before: Option<&AuditHead>, head: &AuditHead) -> QueryResult<bool> {
    let Some(before) = before else { return first_head(db, head) };
    let newest = audit_heads::table
        .find(&head.tenant_id)
        .filter(audit_heads::seq.eq(before.seq))
        .filter(audit_heads::hash.eq(&before.hash));
    let next = (
        audit_heads::seq.eq(head.seq),
        audit_heads::hash.eq(&head.hash),
        audit_heads::sealed_at.eq(head.sealed_at),
    );
    Ok(diesel::update(newest).set(next).execute(db)? == 1)
}

/// Written per database: an insert that may find its place taken does not pass through the enum.
fn first_head(db: &mut Db, head: &AuditHead) -> QueryResult<bool> {
    let written = match db {
        Db::Sqlite(sqlite) => diesel::insert_into(audit_heads::table)
            .values(head)
            .on_conflict_do_nothing()
            .execute(sqlite)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => diesel::insert_into(audit_heads::table)
            .values(head)
            .on_conflict_do_nothing()
            .execute(pg)?,
    };
    Ok(written == 1)
}

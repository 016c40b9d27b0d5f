//! The audit log: who did what to whom. Rows are written in the transaction of the thing they tell
//! about; `seq` and `hash` are filled by a sealer after the commit. Knows no meaning of an action.

use diesel::prelude::*;

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::schema::audit;
use super::stretch::Stretch;
use super::subjects::SubjectKey;
use crate::model::{AuditId, Millis, TenantId, UserId};

/// Most rows one question may ask for.
const PAGE: i64 = 500;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = audit, primary_key(tenant_id, id))]
pub struct AuditRow {
    pub tenant_id: TenantId,
    pub id: AuditId,
    pub at: Millis,
    /// `api`, `cli:root`, `link`, `attempt`, `staff:user_…`.
    pub actor: String,
    /// Dotted, such as `user.locked`.
    pub action: String,
    pub subject: Option<SubjectKey>,
    pub user_id: Option<UserId>,
    /// JSON object.
    pub detail: String,
    /// Place in the tenant's hash chain; `None` until sealed.
    pub seq: Option<i64>,
    /// Keyed digest over the previous row's hash and this row, behind its key's name; `None` until
    /// sealed.
    pub hash: Option<String>,
}

/// What somebody did, to be written beside it.
#[derive(Debug, Clone)]
pub struct Deed {
    /// As [`AuditRow::actor`].
    pub actor: String,
    /// Dotted, such as `policy.saved`.
    pub action: &'static str,
    /// A JSON object.
    pub detail: serde_json::Value,
}

/// Writes the row of a deed into the transaction of what it tells about.
pub(super) fn note(db: &mut Db, tenant: &TenantId, deed: &Deed, now: Millis) -> QueryResult<()> {
    let row = AuditRow {
        tenant_id: tenant.clone(),
        id: AuditId::generate(now),
        at: now,
        actor: deed.actor.clone(),
        action: deed.action.to_owned(),
        subject: None,
        user_id: None,
        detail: deed.detail.to_string(),
        seq: None,
        hash: None,
    };
    insert(db, &row)
}

pub(super) fn insert(db: &mut Db, row: &AuditRow) -> QueryResult<()> {
    diesel::insert_into(audit::table).values(row).execute(db)?;
    Ok(())
}

impl Reader {
    /// The newest facts of a tenant, newest first; at most 500.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn audit_rows(
        &self,
        tenant: TenantId,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.run(move |db| {
            // Ids are sorted by time, and lead the key that this reads.
            Ok(audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .order(audit::id.desc())
                .limit(limit.clamp(0, PAGE))
                .select(AuditRow::as_select())
                .load(db)?)
        })
        .await
    }

    /// What was noted about a user, newest first; at most 500.
    ///
    /// # Errors
    /// As [`Reader::audit_rows`].
    pub async fn facts_about(
        &self,
        tenant: TenantId,
        user: UserId,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.facts_within(tenant, user, Stretch::default(), limit).await
    }
}

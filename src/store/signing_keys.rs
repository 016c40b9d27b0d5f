//! The RSA keys of session tokens, sealed with the master key. Knows no cryptography.

use diesel::prelude::*;

use super::connection::Db;
use super::error::StoreError;
use super::schema::signing_keys;
use super::{Reader, Store};
use crate::model::{Millis, TenantId};

/// A sealed key.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = signing_keys, primary_key(tenant_id, kid))]
pub struct SigningKeyRow {
    pub tenant_id: TenantId,
    pub kid: String,
    /// Only `token` can open it.
    pub sealed: String,
    pub created_at: Millis,
    /// No new tokens are signed with it from then on.
    pub retired_at: Option<Millis>,
}

/// Says which key it is and never what it is.
impl std::fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyRow")
            .field("tenant_id", &self.tenant_id)
            .field("kid", &self.kid)
            .field("created_at", &self.created_at)
            .field("retired_at", &self.retired_at)
            .finish_non_exhaustive()
    }
}

fn list(db: &mut Db, tenant: &TenantId) -> QueryResult<Vec<SigningKeyRow>> {
    signing_keys::table
        .filter(signing_keys::tenant_id.eq(tenant))
        .order((signing_keys::created_at.desc(), signing_keys::kid.desc()))
        .select(SigningKeyRow::as_select())
        .load(db)
}

/// Makes two nodes that race for a tenant's first key (or change its team or file of users) take
/// turns, by locking the tenant's row. SQLite has one writer anyway.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite locks as a whole"))]
pub(super) fn take_turns(db: &mut Db, tenant: &TenantId) -> QueryResult<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            use super::schema::tenants;
            let _locked: Option<TenantId> = tenants::table
                .find(tenant)
                .select(tenants::id)
                .for_update()
                .first(pg)
                .optional()?;
            Ok(())
        }
    }
}

impl Reader {
    /// The tenant's keys, newest first, retired ones included.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn signing_keys(&self, tenant: TenantId) -> Result<Vec<SigningKeyRow>, StoreError> {
        self.run(move |db| Ok(list(db, &tenant)?)).await
    }
}

impl Store {
    /// Adds the tenant's first key. Where another node was faster, its key comes back instead.
    ///
    /// # Errors
    /// As any write.
    pub async fn add_first_signing_key(
        &self,
        row: SigningKeyRow,
    ) -> Result<SigningKeyRow, StoreError> {
        let tenant = row.tenant_id.clone();
        self.write(&tenant, move |db, _now| {
            take_turns(db, &row.tenant_id)?;
            let known = list(db, &row.tenant_id)?;
            if let Some(key) = known.into_iter().find(|key| key.retired_at.is_none()) {
                return Ok(key);
            }
            diesel::insert_into(signing_keys::table).values(&row).execute(db)?;
            Ok(row.clone())
        })
        .await
    }
}

//! Policies as append-only versions with author and reason. The live version's number stands on
//! the tenant's row, so that a settle reads it inside its transaction (protocol rule 11).

use diesel::prelude::*;
use serde_json::json;

use super::audit::{self, Deed};
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::notices::{self, Notice};
use super::schema::{policies, tenants};
use super::{Reader, Store};
use crate::lockout::{Policy, PolicyDocument};
use crate::model::{Millis, TenantId};

/// One saved version. `document` is the policy as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = policies)]
pub struct PolicyVersion {
    pub tenant_id: TenantId,
    /// 1, 2, 3 … in the order of saving.
    pub version: i64,
    pub document: String,
    pub author: String,
    pub reason: String,
    pub created_at: Millis,
}

impl PolicyVersion {
    /// The policy itself.
    ///
    /// # Errors
    /// `Corrupt` when the document was written by a version of the program that allowed more.
    pub fn policy(&self) -> Result<Policy, StoreError> {
        let document = PolicyDocument::from_json(&self.document).map_err(|faults| {
            StoreError::Corrupt(format!("policy version {}: {faults:?}", self.version))
        })?;
        document.parse().map_err(|faults| {
            StoreError::Corrupt(format!("policy version {}: {faults:?}", self.version))
        })
    }
}

pub(super) fn insert(db: &mut Db, version: &PolicyVersion) -> Result<(), StoreError> {
    diesel::insert_into(policies::table)
        .values(version)
        .execute(db)
        .map_err(conflict_on("version"))?;
    diesel::update(tenants::table.find(&version.tenant_id))
        .set(tenants::policy_version.eq(version.version))
        .execute(db)?;
    Ok(())
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    version: i64,
) -> QueryResult<Option<PolicyVersion>> {
    policies::table.find((tenant, version)).select(PolicyVersion::as_select()).first(db).optional()
}

pub(super) fn live_version(db: &mut Db, tenant: &TenantId) -> QueryResult<Option<i64>> {
    tenants::table.find(tenant).select(tenants::policy_version).first(db).optional()
}

/// The number after the newest one: what is live need not be the newest.
fn next_version(db: &mut Db, tenant: &TenantId) -> Result<i64, StoreError> {
    let newest: Option<i64> = policies::table
        .filter(policies::tenant_id.eq(tenant))
        .order(policies::version.desc())
        .select(policies::version)
        .first(db)
        .optional()?;
    Ok(newest.ok_or(StoreError::NotFound)?.saturating_add(1))
}

impl Reader {
    /// The live policy version of a tenant.
    ///
    /// # Errors
    /// [`StoreError`]; `NotFound` for an unknown tenant.
    pub async fn live_policy(&self, tenant: TenantId) -> Result<PolicyVersion, StoreError> {
        self.run(move |db| {
            let version = live_version(db, &tenant)?.ok_or(StoreError::NotFound)?;
            find(db, &tenant, version)?.ok_or(StoreError::NotFound)
        })
        .await
    }
}

impl Store {
    /// Saves the next version and makes it live; returns its number.
    ///
    /// # Errors
    /// `NotFound` for an unknown tenant.
    pub async fn save_policy(
        &self,
        tenant: TenantId,
        document: String,
        author: String,
        reason: String,
    ) -> Result<i64, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| save(db, &tenant, (&document, &author, &reason), now))
            .await
    }

    /// As [`Store::save_policy`], if `live` is the live version.
    ///
    /// # Errors
    /// `Conflict { what: "policy" }` where it is not any more.
    pub async fn save_policy_over(
        &self,
        tenant: TenantId,
        document: String,
        author: String,
        reason: String,
        live: i64,
    ) -> Result<i64, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            if live_version(db, &tenant)?.ok_or(StoreError::NotFound)? != live {
                return Err(StoreError::Conflict { what: "policy" });
            }
            let saved = save(db, &tenant, (&document, &author, &reason), now);
            // Two at the same moment, on two nodes: one of them finds the number taken.
            saved.map_err(|error| match error {
                StoreError::Conflict { .. } => StoreError::Conflict { what: "policy" },
                other => other,
            })
        })
        .await
    }
}

fn save(
    db: &mut Db,
    tenant: &TenantId,
    (document, author, reason): (&str, &str, &str),
    now: Millis,
) -> Result<i64, StoreError> {
    let version = next_version(db, tenant)?;
    let row = PolicyVersion {
        tenant_id: tenant.clone(),
        version,
        document: document.to_owned(),
        author: author.to_owned(),
        reason: reason.to_owned(),
        created_at: now,
    };
    insert(db, &row)?;
    let deed = Deed {
        actor: row.author,
        action: "policy.saved",
        detail: json!({ "version": version, "reason": row.reason }),
    };
    audit::note(db, tenant, &deed, now)?;
    notices::tell(db, &Notice::Tenant(tenant.clone()))?;
    Ok(version)
}

//! Recovery codes as keyed digests, each usable once (protocol rule 17). Knows no code in clear.

use std::collections::HashSet;

use diesel::prelude::*;

use super::connection::Db;
use super::error::StoreError;
use super::schema::recovery_codes;
use super::user_changes::{SecretChanges, UserUpdate};
use super::{Reader, Store};
use crate::model::{Millis, TenantId, UserId};

#[derive(Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = recovery_codes, primary_key(tenant_id, user_id, digest))]
struct RecoveryCodeRow {
    tenant_id: TenantId,
    user_id: UserId,
    digest: String,
    used_at: Option<Millis>,
    created_at: Millis,
}

/// Uses a code up.
pub(super) fn take(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    digest: &str,
    now: Millis,
) -> QueryResult<()> {
    diesel::update(recovery_codes::table.find((tenant, user, digest)))
        .set(recovery_codes::used_at.eq(Some(now)))
        .execute(db)?;
    Ok(())
}

/// Which of these users have a code left.
pub(super) fn owners(
    db: &mut Db,
    tenant: &TenantId,
    users: &[&UserId],
) -> QueryResult<HashSet<UserId>> {
    let found: Vec<UserId> = recovery_codes::table
        .filter(recovery_codes::tenant_id.eq(tenant))
        .filter(recovery_codes::user_id.eq_any(users.iter().copied()))
        .filter(recovery_codes::used_at.is_null())
        .select(recovery_codes::user_id)
        .distinct()
        .load(db)?;
    Ok(found.into_iter().collect())
}

pub(super) fn is_unused(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    digest: &str,
) -> QueryResult<bool> {
    let found: Option<String> = recovery_codes::table
        .find((tenant, user, digest))
        .filter(recovery_codes::used_at.is_null())
        .select(recovery_codes::digest)
        .first(db)
        .optional()?;
    Ok(found.is_some())
}

pub(super) fn remove(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    diesel::delete(recovery_codes::table)
        .filter(recovery_codes::tenant_id.eq(tenant))
        .filter(recovery_codes::user_id.eq(user))
        .execute(db)?;
    Ok(())
}

pub(super) fn insert(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    digests: &[String],
    now: Millis,
) -> QueryResult<()> {
    for digest in digests {
        let row = RecoveryCodeRow {
            tenant_id: tenant.clone(),
            user_id: user.clone(),
            digest: digest.clone(),
            used_at: None,
            created_at: now,
        };
        diesel::insert_into(recovery_codes::table).values(&row).execute(db)?;
    }
    Ok(())
}

impl Reader {
    /// Whether a code with this digest is the user's and unused. The digest is keyed, so the time
    /// of a comparison says nothing about a code.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn recovery_code_is_unused(
        &self,
        tenant: TenantId,
        user: UserId,
        digest: String,
    ) -> Result<bool, StoreError> {
        self.run(move |db| Ok(is_unused(db, &tenant, &user, &digest)?)).await
    }
}

impl Store {
    /// Replaces a user's recovery codes by a new set, or by none: passed factors are void (rule 18).
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn set_recovery_codes(
        &self,
        tenant: TenantId,
        user: UserId,
        digests: Vec<String>,
    ) -> Result<(), StoreError> {
        let secrets = SecretChanges { recovery_codes: Some(digests), ..SecretChanges::default() };
        let update = UserUpdate { secrets, ..UserUpdate::default() };
        self.change_user(tenant, user, update).await.map(drop)
    }
}

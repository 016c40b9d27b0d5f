//! Secrets of authenticator apps, sealed, one per user, with the last step that was accepted: a step
//! is taken once (protocol rule 17). Opens nothing and computes no code.

use std::collections::HashSet;

use diesel::prelude::*;

use super::connection::Db;
use super::error::StoreError;
use super::schema::totp_secrets;
use super::user_changes::{SecretChanges, UserUpdate};
use super::{Reader, Store};
use crate::model::{Millis, TenantId, UserId};

/// An app's secret. Only a confirmed one is kept, so having a row means having a second factor.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = totp_secrets, primary_key(tenant_id, user_id), treat_none_as_null = true)]
pub struct TotpRow {
    pub tenant_id: TenantId,
    pub user_id: UserId,
    /// `MasterKeys::seal`, for `Purpose::TotpAtRest`.
    pub sealed: String,
    /// The newest accepted step; those up to it are used up.
    pub last_step: i64,
    pub created_at: Millis,
}

/// Without the secret, sealed as it is.
impl std::fmt::Debug for TotpRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TotpRow")
            .field("user_id", &self.user_id)
            .field("last_step", &self.last_step)
            .finish_non_exhaustive()
    }
}

pub(super) fn find(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<Option<TotpRow>> {
    totp_secrets::table.find((tenant, user)).select(TotpRow::as_select()).first(db).optional()
}

/// Which of these users have an app.
pub(super) fn owners(
    db: &mut Db,
    tenant: &TenantId,
    users: &[&UserId],
) -> QueryResult<HashSet<UserId>> {
    let found: Vec<UserId> = totp_secrets::table
        .filter(totp_secrets::tenant_id.eq(tenant))
        .filter(totp_secrets::user_id.eq_any(users.iter().copied()))
        .select(totp_secrets::user_id)
        .load(db)?;
    Ok(found.into_iter().collect())
}

/// Uses up a step and all before it.
pub(super) fn take_step(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    step: i64,
) -> QueryResult<()> {
    diesel::update(totp_secrets::table.find((tenant, user)))
        .set(totp_secrets::last_step.eq(step))
        .execute(db)?;
    Ok(())
}

pub(super) fn remove(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<()> {
    diesel::delete(totp_secrets::table.find((tenant, user))).execute(db)?;
    Ok(())
}

/// Takes the sealed secret and the step by which it was confirmed.
pub(super) fn insert(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    (sealed, last_step): (&str, i64),
    now: Millis,
) -> QueryResult<()> {
    let row = TotpRow {
        tenant_id: tenant.clone(),
        user_id: user.clone(),
        sealed: sealed.to_owned(),
        last_step,
        created_at: now,
    };
    diesel::insert_into(totp_secrets::table).values(&row).execute(db)?;
    Ok(())
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn totp(
        &self,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<TotpRow>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &user)?)).await
    }
}

impl Store {
    /// Sets a user's confirmed authenticator app, or takes it away with its recovery codes: a change
    /// of credentials, so what was verified before is void and so is every passed factor (rule 18).
    /// `sealed` comes with the step by which it was confirmed.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn set_totp(
        &self,
        tenant: TenantId,
        user: UserId,
        sealed: Option<(String, i64)>,
    ) -> Result<(), StoreError> {
        let secrets = SecretChanges { totp: Some(sealed), ..SecretChanges::default() };
        let update = UserUpdate { secrets, ..UserUpdate::default() };
        self.change_user(tenant, user, update).await.map(drop)
    }
}

//! Accounts elsewhere that a user brought along when it was moved in: shown, never used. Knows
//! nothing of what the document says.

use diesel::prelude::*;

use super::connection::Db;
use super::schema::external_accounts;
use crate::model::{TenantId, UserId};

/// An account elsewhere; `document` is Clerk's external account as a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = external_accounts)]
pub struct ExternalAccount {
    pub tenant_id: TenantId,
    pub user_id: UserId,
    /// As it came.
    pub id: String,
    pub document: String,
}

/// Those of all these users, in order of their ids.
pub(super) fn of_users(
    db: &mut Db,
    tenant: &TenantId,
    users: &[&UserId],
) -> QueryResult<Vec<ExternalAccount>> {
    external_accounts::table
        .filter(external_accounts::tenant_id.eq(tenant))
        .filter(external_accounts::user_id.eq_any(users.iter().copied()))
        .order((external_accounts::user_id.asc(), external_accounts::id.asc()))
        .select(ExternalAccount::as_select())
        .load(db)
}

pub(super) fn insert(db: &mut Db, row: &ExternalAccount) -> QueryResult<()> {
    diesel::insert_into(external_accounts::table).values(row).execute(db)?;
    Ok(())
}

pub(super) fn remove_of_user(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<usize> {
    diesel::delete(external_accounts::table)
        .filter(external_accounts::tenant_id.eq(tenant))
        .filter(external_accounts::user_id.eq(user))
        .execute(db)
}

//! Addresses that were named and not proved: a user's further ones, and those of a sign-up. They
//! are nobody's to sign in with, and several people may hold the same one, so that an unproved
//! claim keeps no owner out. Knows no code and decides nothing.

use diesel::prelude::*;

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::schema::pending_identifications;
use crate::model::{
    CanonicalKey, IdentificationId, Identifier, Millis, OneTimeCodeId, SignUpId, TenantId, UserId,
};

/// Most of them that one user or one sign-up may hold.
pub const MOST: usize = 10;

/// An address that waits to be proved; of `user_id` and `sign_up_id` exactly one is set.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = pending_identifications, primary_key(tenant_id, id))]
pub struct PendingIdentification {
    pub tenant_id: TenantId,
    /// Kept when it is proved.
    pub id: IdentificationId,
    pub user_id: Option<UserId>,
    pub sign_up_id: Option<SignUpId>,
    /// `model::IdentifierKind` as text.
    pub kind: String,
    /// As written.
    pub value: String,
    pub canonical_key: CanonicalKey,
    /// The code that was last asked for: a try is held against it and no other.
    pub prepared_code: Option<OneTimeCodeId>,
    /// Proved, while the sign-up still lacks something else.
    pub verified_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

/// Names the row only: an address does not belong in a log.
impl std::fmt::Debug for PendingIdentification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingIdentification")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("sign_up_id", &self.sign_up_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Who named an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimant {
    User(UserId),
    SignUp(SignUpId),
}

impl PendingIdentification {
    /// An address named `now`, for which no code was asked yet.
    #[must_use]
    pub fn named(
        tenant: TenantId,
        id: IdentificationId,
        by: Claimant,
        name: &Identifier,
        now: Millis,
    ) -> Self {
        let (user_id, sign_up_id) = match by {
            Claimant::User(user) => (Some(user), None),
            Claimant::SignUp(sign_up) => (None, Some(sign_up)),
        };
        Self {
            tenant_id: tenant,
            id,
            user_id,
            sign_up_id,
            kind: name.kind.as_str().to_owned(),
            value: name.display.clone(),
            canonical_key: name.key.clone(),
            prepared_code: None,
            verified_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &IdentificationId,
) -> QueryResult<Option<PendingIdentification>> {
    pending_identifications::table
        .find((tenant, id))
        .select(PendingIdentification::as_select())
        .first(db)
        .optional()
}

/// Those of all these users, oldest first.
pub(super) fn of_users(
    db: &mut Db,
    tenant: &TenantId,
    users: &[&UserId],
) -> QueryResult<Vec<PendingIdentification>> {
    pending_identifications::table
        .filter(pending_identifications::tenant_id.eq(tenant))
        .filter(pending_identifications::user_id.eq_any(users.iter().copied()))
        .order((pending_identifications::created_at.asc(), pending_identifications::id.asc()))
        .select(PendingIdentification::as_select())
        .load(db)
}

/// Those of a sign-up, oldest first.
pub(super) fn of_sign_up(
    db: &mut Db,
    tenant: &TenantId,
    sign_up: &SignUpId,
) -> QueryResult<Vec<PendingIdentification>> {
    pending_identifications::table
        .filter(pending_identifications::tenant_id.eq(tenant))
        .filter(pending_identifications::sign_up_id.eq(sign_up))
        .order((pending_identifications::created_at.asc(), pending_identifications::id.asc()))
        .select(PendingIdentification::as_select())
        .load(db)
}

pub(super) fn insert(db: &mut Db, row: &PendingIdentification) -> QueryResult<()> {
    diesel::insert_into(pending_identifications::table).values(row).execute(db)?;
    Ok(())
}

/// Notes what was last sent to an address, and nothing else: another node may be proving it.
pub(super) fn prepare(
    db: &mut Db,
    tenant: &TenantId,
    id: &IdentificationId,
    code: &OneTimeCodeId,
    now: Millis,
) -> QueryResult<usize> {
    diesel::update(pending_identifications::table.find((tenant, id)))
        .set((
            pending_identifications::prepared_code.eq(code),
            pending_identifications::updated_at.eq(now),
        ))
        .execute(db)
}

/// Notes that an address was proved, and nothing else.
pub(super) fn prove(
    db: &mut Db,
    tenant: &TenantId,
    id: &IdentificationId,
    now: Millis,
) -> QueryResult<usize> {
    diesel::update(pending_identifications::table.find((tenant, id)))
        .set((
            pending_identifications::verified_at.eq(Some(now)),
            pending_identifications::updated_at.eq(now),
        ))
        .execute(db)
}

pub(super) fn remove(db: &mut Db, tenant: &TenantId, id: &IdentificationId) -> QueryResult<usize> {
    diesel::delete(pending_identifications::table.find((tenant, id))).execute(db)
}

pub(super) fn remove_of_user(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<usize> {
    diesel::delete(pending_identifications::table)
        .filter(pending_identifications::tenant_id.eq(tenant))
        .filter(pending_identifications::user_id.eq(user))
        .execute(db)
}

/// Those of sign-ups that are gone.
pub(super) fn remove_of_sign_ups(
    db: &mut Db,
    tenant: &TenantId,
    sign_ups: &[SignUpId],
) -> QueryResult<usize> {
    diesel::delete(pending_identifications::table)
        .filter(pending_identifications::tenant_id.eq(tenant))
        .filter(pending_identifications::sign_up_id.eq_any(sign_ups))
        .execute(db)
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn pending_identification(
        &self,
        tenant: TenantId,
        id: IdentificationId,
    ) -> Result<Option<PendingIdentification>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &id)?)).await
    }
}

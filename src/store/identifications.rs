//! The names that users sign in with: one owner per canonical key. Adding and removing one moves
//! count and lock as making and deleting a user does. Knows no code and no rule about who may.

use diesel::prelude::*;

use super::connection::Db;
use super::schema::identifications;
use crate::model::{CanonicalKey, IdentificationId, Identifier, Millis, TenantId, UserId};

/// A name that a user signs in with.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = identifications, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct Identification {
    pub tenant_id: TenantId,
    pub id: IdentificationId,
    pub user_id: UserId,
    /// `model::IdentifierKind` as text.
    pub kind: String,
    /// As written.
    pub value: String,
    /// As found and counted.
    pub canonical_key: CanonicalKey,
    pub verified: bool,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// A phone number that its owner has reserved for the second factor.
    pub second_factor: bool,
    /// The strategy that proved it; `None`: the tenant's own server vouches for it.
    pub verified_by: Option<String>,
}

impl Identification {
    /// A name that the tenant's own server vouches for, given `now`.
    #[must_use]
    pub fn vouched(
        tenant: TenantId,
        id: IdentificationId,
        user: UserId,
        name: &Identifier,
        now: Millis,
    ) -> Self {
        Self {
            tenant_id: tenant,
            id,
            user_id: user,
            kind: name.kind.as_str().to_owned(),
            value: name.display.clone(),
            canonical_key: name.key.clone(),
            verified: true,
            created_at: now,
            updated_at: now,
            second_factor: false,
            verified_by: None,
        }
    }
}

/// Names the row only: an address does not belong in a log.
impl std::fmt::Debug for Identification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identification")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

pub(super) fn find_identification(
    db: &mut Db,
    tenant: &TenantId,
    key: &CanonicalKey,
) -> QueryResult<Option<Identification>> {
    identifications::table
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::canonical_key.eq(key))
        .select(Identification::as_select())
        .first(db)
        .optional()
}

/// Oldest first.
pub(super) fn identifications_of(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Vec<Identification>> {
    identifications::table
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::user_id.eq(user))
        .order((identifications::created_at.asc(), identifications::id.asc()))
        .select(Identification::as_select())
        .load(db)
}

pub(super) fn keys_of(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Vec<CanonicalKey>> {
    let found = identifications_of(db, tenant, user)?;
    Ok(found.into_iter().map(|identification| identification.canonical_key).collect())
}

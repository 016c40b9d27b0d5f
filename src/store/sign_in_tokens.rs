//! Sign-in tokens: what became of each. The token itself is signed and says whose it is and when it
//! ends; one that was used is noted by the settle that lets its bearer in. Knows no signature.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{sign_in_tokens, users};
use super::{Reader, Store};
use crate::model::{Millis, SignInTokenId, TenantId, UserId};

text_enum! {
    /// Clerk's words for a sign-in token's life.
    SignInTokenStatus {
        Pending = "pending",
        /// Used.
        Accepted = "accepted",
        Revoked = "revoked",
    }
}

/// A sign-in token's row.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable,
)]
#[diesel(table_name = sign_in_tokens, primary_key(tenant_id, id))]
pub struct SignInToken {
    pub tenant_id: TenantId,
    pub id: SignInTokenId,
    pub user_id: UserId,
    pub status: SignInTokenStatus,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub expires_at: Millis,
}

impl SignInToken {
    /// Whether it still lets its bearer in.
    #[must_use]
    pub fn is_usable(&self, now: Millis) -> bool {
        self.status == SignInTokenStatus::Pending && now < self.expires_at
    }
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &SignInTokenId,
) -> QueryResult<Option<SignInToken>> {
    sign_in_tokens::table.find((tenant, id)).select(SignInToken::as_select()).first(db).optional()
}

/// Moves a token on from `pending`; whether it was there and pending.
pub(super) fn end(
    db: &mut Db,
    tenant: &TenantId,
    id: &SignInTokenId,
    status: SignInTokenStatus,
    now: Millis,
) -> QueryResult<bool> {
    let ended = diesel::update(sign_in_tokens::table.find((tenant, id)))
        .filter(sign_in_tokens::status.eq(SignInTokenStatus::Pending))
        .set((sign_in_tokens::status.eq(status), sign_in_tokens::updated_at.eq(now)))
        .execute(db)?;
    Ok(ended > 0)
}

pub(super) fn remove_of_user(db: &mut Db, tenant: &TenantId, user: &UserId) -> QueryResult<usize> {
    diesel::delete(sign_in_tokens::table)
        .filter(sign_in_tokens::tenant_id.eq(tenant))
        .filter(sign_in_tokens::user_id.eq(user))
        .execute(db)
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn sign_in_token(
        &self,
        tenant: TenantId,
        id: SignInTokenId,
    ) -> Result<Option<SignInToken>, StoreError> {
        self.run(move |db| Ok(find(db, &tenant, &id)?)).await
    }
}

impl Store {
    /// Notes a token that was just made.
    ///
    /// # Errors
    /// `NotFound` when its user is gone.
    pub async fn create_sign_in_token(&self, token: SignInToken) -> Result<(), StoreError> {
        let owner = token.tenant_id.clone();
        self.write(&owner, move |db, _now| {
            let known: i64 =
                users::table.find((&token.tenant_id, &token.user_id)).count().get_result(db)?;
            if known == 0 {
                return Err(StoreError::NotFound);
            }
            diesel::insert_into(sign_in_tokens::table).values(&token).execute(db)?;
            Ok(())
        })
        .await
    }

    /// Revokes a token that was not used; the row as it now stands, which may be another's end.
    ///
    /// # Errors
    /// `NotFound` for an unknown token.
    pub async fn revoke_sign_in_token(
        &self,
        tenant: TenantId,
        id: SignInTokenId,
    ) -> Result<SignInToken, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            end(db, &tenant, &id, SignInTokenStatus::Revoked, now)?;
            find(db, &tenant, &id)?.ok_or(StoreError::NotFound)
        })
        .await
    }
}

//! Sign-ups: what a person has said about the user they want to be. Addresses stand in
//! `pending_identifications`. Which requirement is met is decided elsewhere; the user is made by
//! `users::create`.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::pending_identifications::{self as pending, PendingIdentification};
use super::schema::sign_ups;
use super::sign_ins::{ClientUse, find_client, save_client};
use super::{Reader, Store};
use crate::model::{CanonicalKey, ClientId, Millis, SessionId, SignUpId, Span, TenantId, UserId};

/// A sign-up that is not finished by then is abandoned, as a sign-in.
pub const SIGN_UP_LIFETIME: Span = Span::DAY;

text_enum! {
    /// Clerk's words for where a sign-up stands.
    SignUpStatus {
        MissingRequirements = "missing_requirements",
        Complete = "complete",
        /// Replaced by a newer one.
        Abandoned = "abandoned",
    }
}

/// One run through the sign-up flow. `unsafe_metadata` is a JSON object.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = sign_ups, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct SignUp {
    pub tenant_id: TenantId,
    pub id: SignUpId,
    pub client_id: ClientId,
    pub status: SignUpStatus,
    /// As written.
    pub username: Option<String>,
    pub username_key: Option<CanonicalKey>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub password_hash: Option<String>,
    pub unsafe_metadata: String,
    pub locale: Option<String>,
    pub legal_accepted_at: Option<Millis>,
    pub created_user_id: Option<UserId>,
    pub created_session_id: Option<SessionId>,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub abandon_at: Millis,
}

/// Names the row only: names, metadata and hash do not belong in a log.
impl std::fmt::Debug for SignUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignUp")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl SignUp {
    /// A sign-up that begins `now` and knows nothing.
    #[must_use]
    pub fn fresh(tenant: TenantId, id: SignUpId, client: ClientId, now: Millis) -> Self {
        Self {
            tenant_id: tenant,
            id,
            client_id: client,
            status: SignUpStatus::MissingRequirements,
            username: None,
            username_key: None,
            first_name: None,
            last_name: None,
            password_hash: None,
            unsafe_metadata: "{}".to_owned(),
            locale: None,
            legal_accepted_at: None,
            created_user_id: None,
            created_session_id: None,
            created_at: now,
            updated_at: now,
            abandon_at: now.after(SIGN_UP_LIFETIME),
        }
    }
}

/// A sign-up with the addresses it named, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUpRecord {
    pub sign_up: SignUp,
    pub pending: Vec<PendingIdentification>,
}

pub(super) fn find(db: &mut Db, tenant: &TenantId, id: &SignUpId) -> QueryResult<Option<SignUp>> {
    sign_ups::table.find((tenant, id)).select(SignUp::as_select()).first(db).optional()
}

pub(super) fn record(
    db: &mut Db,
    tenant: &TenantId,
    id: &SignUpId,
) -> QueryResult<Option<SignUpRecord>> {
    let Some(sign_up) = find(db, tenant, id)? else { return Ok(None) };
    let pending = pending::of_sign_up(db, tenant, id)?;
    Ok(Some(SignUpRecord { sign_up, pending }))
}

/// Writes a row that is there.
pub(super) fn save(db: &mut Db, row: &SignUp) -> QueryResult<()> {
    diesel::update(sign_ups::table.find((&row.tenant_id, &row.id))).set(row).execute(db)?;
    Ok(())
}

/// A completed sign-up stays complete.
pub(super) fn abandon(
    db: &mut Db,
    tenant: &TenantId,
    id: &SignUpId,
    now: Millis,
) -> QueryResult<()> {
    diesel::update(sign_ups::table.find((tenant, id)))
        .filter(sign_ups::status.ne(SignUpStatus::Complete))
        .set((sign_ups::status.eq(SignUpStatus::Abandoned), sign_ups::updated_at.eq(now)))
        .execute(db)?;
    Ok(())
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn sign_up(
        &self,
        tenant: TenantId,
        id: SignUpId,
    ) -> Result<Option<SignUpRecord>, StoreError> {
        self.run(move |db| Ok(record(db, &tenant, &id)?)).await
    }
}

impl Store {
    /// Starts a sign-up as its client's unfinished one; the one before it is abandoned.
    ///
    /// # Errors
    /// `NotFound` when an existing client is gone.
    pub async fn open_sign_up(
        &self,
        client: ClientUse,
        new: SignUpRecord,
    ) -> Result<(), StoreError> {
        let tenant = new.sign_up.tenant_id.clone();
        self.write(&tenant, move |db, now| {
            let tenant = &new.sign_up.tenant_id;
            let mut row = match &client {
                ClientUse::New(client) => client.clone(),
                ClientUse::Existing(id) => {
                    find_client(db, tenant, id)?.ok_or(StoreError::NotFound)?
                }
            };
            let before = row.sign_up_id.replace(new.sign_up.id.clone());
            row.updated_at = now;
            save_client(db, &row)?;
            if let Some(before) = before.filter(|id| *id != new.sign_up.id) {
                abandon(db, tenant, &before, now)?;
            }
            diesel::insert_into(sign_ups::table).values(&new.sign_up).execute(db)?;
            for address in &new.pending {
                pending::insert(db, address)?;
            }
            Ok(())
        })
        .await
    }
}

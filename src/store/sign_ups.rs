//! Sign-ups: what a person has said about the user they want to be. Addresses stand in
//! `pending_identifications`. Which requirement is met is decided elsewhere; the user is made by
//! `users::create`.

use diesel::prelude::*;

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::one_time_codes::{self, OneTimeCode};
use super::pending_identifications::{self as pending, PendingIdentification};
use super::schema::sign_ups;
use super::sign_ins::{self, Client, ClientUse, SignIn};
use super::subjects::SubjectKey;
use super::users::{self, NewUser};
use super::{Reader, Store};
use crate::model::{
    CanonicalKey, ClientId, IdentificationId, IdentifierKind, Millis, OneTimeCodeId, SessionId,
    SignUpId, Span, TenantId, UserId,
};

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

/// What a sign-up needs before the user can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    EmailAddress,
    Password,
}

impl Requirement {
    pub const ALL: [Self; 2] = [Self::EmailAddress, Self::Password];

    /// The form field that meets it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::Password => "password",
        }
    }
}

impl SignUpRecord {
    /// The address that it named.
    #[must_use]
    pub fn email(&self) -> Option<&PendingIdentification> {
        let email = IdentifierKind::EmailAddress.as_str();
        self.pending.iter().find(|address| address.kind == email)
    }

    /// What was not said yet. A finished one lacks nothing.
    #[must_use]
    pub fn missing(&self) -> Vec<Requirement> {
        if self.sign_up.status == SignUpStatus::Complete {
            return Vec::new();
        }
        let lacks = |requirement: &Requirement| match requirement {
            Requirement::EmailAddress => self.email().is_none(),
            Requirement::Password => self.sign_up.password_hash.is_none(),
        };
        Requirement::ALL.into_iter().filter(lacks).collect()
    }

    /// Addresses that were named and not proved.
    #[must_use]
    pub fn unproved(&self) -> Vec<&PendingIdentification> {
        self.pending.iter().filter(|address| address.verified_at.is_none()).collect()
    }
}

/// A user to be made of a sign-up that lacks nothing.
#[derive(Debug, Clone)]
pub struct SignUpCompletion {
    pub id: SignUpId,
    pub new: NewUser,
    /// The sign-in that follows, and the code for it, which nobody is sent: whoever has proved the
    /// address of a sign-up signs in through the settle like everybody.
    pub sign_in: SignIn,
    pub code: OneTimeCode,
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

/// As [`find`], with the row locked where other nodes could be at it.
fn find_locked(db: &mut Db, tenant: &TenantId, id: &SignUpId) -> QueryResult<Option<SignUp>> {
    let row = sign_ups::table.find((tenant, id));
    match db {
        Db::Sqlite(sqlite) => row.select(SignUp::as_select()).first(sqlite).optional(),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => row.for_update().select(SignUp::as_select()).first(pg).optional(),
    }
}

/// One that can still be changed, and stays so until it is written.
fn unfinished(db: &mut Db, tenant: &TenantId, id: &SignUpId) -> Result<SignUp, StoreError> {
    let found = find_locked(db, tenant, id)?;
    found
        .filter(|sign_up| sign_up.status == SignUpStatus::MissingRequirements)
        .ok_or(StoreError::Conflict { what: "sign_up" })
}

/// Whether any row was written.
const fn there(written: usize) -> Result<(), StoreError> {
    if written > 0 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Writes a row that is there, and held.
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
            let id = &new.sign_up.id;
            match &client {
                ClientUse::New(client) => {
                    let sign_up_id = Some(id.clone());
                    let row = Client { sign_up_id, updated_at: now, ..client.clone() };
                    sign_ins::save_client(db, &row)?;
                }
                ClientUse::Existing(client) => {
                    sign_ins::replace_sign_up(db, tenant, client, Some(id), now)?;
                }
            }
            diesel::insert_into(sign_ups::table).values(&new.sign_up).execute(db)?;
            for address in &new.pending {
                pending::insert(db, address)?;
            }
            Ok(())
        })
        .await
    }

    /// Adds to what a sign-up knows: `change` says it of the row as it stands by then, perhaps more than
    /// once. An address takes the place of the one before it.
    ///
    /// # Errors
    /// `Conflict { what: "sign_up" }` when it is finished, replaced or gone.
    pub async fn change_sign_up(
        &self,
        tenant: TenantId,
        id: SignUpId,
        change: impl Fn(&mut SignUp) + Send + 'static,
        address: Option<PendingIdentification>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let mut sign_up = unfinished(db, &tenant, &id)?;
            change(&mut sign_up);
            sign_up.updated_at = now;
            save(db, &sign_up)?;
            if let Some(address) = &address {
                pending::remove_of_sign_ups(db, &tenant, std::slice::from_ref(&id))?;
                pending::insert(db, address)?;
            }
            Ok(())
        })
        .await
    }

    /// Notes what was last sent to an address of a sign-up.
    ///
    /// # Errors
    /// `NotFound` when it was replaced.
    pub async fn prepare_pending(
        &self,
        tenant: TenantId,
        id: IdentificationId,
        code: OneTimeCodeId,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| there(pending::prepare(db, &tenant, &id, &code, now)?))
            .await
    }

    /// Notes that an address of a sign-up was proved.
    ///
    /// # Errors
    /// As [`Store::prepare_pending`].
    pub async fn prove_pending(
        &self,
        tenant: TenantId,
        id: IdentificationId,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| there(pending::prove(db, &tenant, &id, now)?)).await
    }

    /// Makes the user of a sign-up, who takes over count and lock of its names, and a sign-in that
    /// waits for its code.
    ///
    /// # Errors
    /// `Conflict` of `identifier` when somebody has one of its names by now, of `sign_up` when it is
    /// finished, replaced or gone. Nothing was written then.
    pub async fn complete_sign_up(&self, completion: SignUpCompletion) -> Result<(), StoreError> {
        let new = &completion.new;
        let tenant = new.user.tenant_id.clone();
        let subject = SubjectKey::user(&new.user.id);
        let subjects = new.wanted_phantoms().into_iter().cloned().chain([subject]).collect();
        self.work(&tenant, subjects, move |work| {
            let SignUpCompletion { id, new, sign_in, code } = &completion;
            let tenant = &new.user.tenant_id;
            let mut sign_up = unfinished(work.db, tenant, id)?;
            users::create(work, new)?;
            let (db, now) = (&mut *work.db, work.now);
            pending::remove_of_sign_ups(db, tenant, std::slice::from_ref(id))?;
            sign_up.status = SignUpStatus::Complete;
            sign_up.created_user_id = Some(new.user.id.clone());
            // The user's row has it.
            sign_up.password_hash = None;
            sign_up.updated_at = now;
            save(db, &sign_up)?;
            one_time_codes::insert(db, code)?;
            sign_ins::save(db, sign_in)?;
            Ok(())
        })
        .await
    }

    /// Notes the session that a finished sign-up began.
    ///
    /// # Errors
    /// As any write.
    pub async fn note_sign_up_session(
        &self,
        tenant: TenantId,
        id: SignUpId,
        session: SessionId,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _now| {
            diesel::update(sign_ups::table.find((&tenant, &id)))
                .set(sign_ups::created_session_id.eq(&session))
                .execute(db)?;
            Ok(())
        })
        .await
    }
}

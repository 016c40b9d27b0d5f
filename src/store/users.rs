//! Users and their identifiers: one owner per canonical key. Making and deleting a user moves the
//! count and lock of its identifiers with it, so that neither can be seen from outside (promise
//! P4). Knows no hash function and no rule about passwords.

use std::collections::BTreeSet;

use diesel::prelude::*;
use serde_json::json;

use super::columns::text_enum;
use super::committer::Work;
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::events::{About, Event, EventKind};
pub use super::identifications::Identification;
pub(super) use super::identifications::{find_identification, identifications_of, keys_of};
use super::ledger::Ledger;
use super::schema::{identifications, users};
use super::sessions::{SessionFilter, SessionStatus};
use super::subjects::SubjectKey;
use super::user_changes::UserUpdate;
use super::user_metadata::MetadataChange;
use super::{
    Reader, Store, external_accounts, pending_identifications, recovery_codes, sign_in_tokens,
    team_deeds, totp,
};
use crate::lockout::SubjectState;
use crate::model::{
    CanonicalKey, IdentificationId, IdentifierKind, Millis, TenantId, Until, UserId,
};

/// A user as stored. The three metadata columns are JSON objects.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = users, primary_key(tenant_id, id), treat_none_as_null = true)]
pub struct User {
    pub tenant_id: TenantId,
    pub id: UserId,
    /// PHC string, or an imported hash with its scheme.
    pub password_hash: Option<String>,
    /// Rises with every change of a secret: what was verified against an older one is void.
    pub credential_version: i64,
    pub banned: bool,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub external_id: Option<String>,
    pub primary_identification_id: Option<IdentificationId>,
    pub public_metadata: String,
    pub private_metadata: String,
    pub unsafe_metadata: String,
    /// BCP 47; the user's own, never the request's.
    pub locale: Option<String>,
    /// IANA name; the user's own, never the request's.
    pub time_zone: Option<String>,
    pub last_sign_in_at: Option<Millis>,
    pub last_active_at: Option<Millis>,
    pub password_changed_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// The primary phone number; the primary e-mail address has `primary_identification_id`.
    pub primary_phone_id: Option<IdentificationId>,
    pub image_url: Option<String>,
    /// Marked by the tenant: the password signs nobody in until it is changed.
    pub password_compromised: bool,
    pub mfa_enabled_at: Option<Millis>,
    pub mfa_disabled_at: Option<Millis>,
    pub legal_accepted_at: Option<Millis>,
}

/// Names the row only: names, metadata and hash do not belong in a log.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("tenant_id", &self.tenant_id)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl User {
    /// A user without password, names or metadata, made `now`.
    #[must_use]
    pub fn blank(tenant: TenantId, id: UserId, now: Millis) -> Self {
        Self {
            tenant_id: tenant,
            id,
            password_hash: None,
            credential_version: 1,
            banned: false,
            first_name: None,
            last_name: None,
            external_id: None,
            primary_identification_id: None,
            public_metadata: "{}".to_owned(),
            private_metadata: "{}".to_owned(),
            unsafe_metadata: "{}".to_owned(),
            locale: None,
            time_zone: None,
            last_sign_in_at: None,
            last_active_at: None,
            password_changed_at: None,
            created_at: now,
            updated_at: now,
            primary_phone_id: None,
            image_url: None,
            password_compromised: false,
            mfa_enabled_at: None,
            mfa_disabled_at: None,
            legal_accepted_at: None,
        }
    }
}

/// A user with its identifications, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    pub user: User,
    pub identifications: Vec<Identification>,
}

impl UserRecord {
    /// Whether a user without this name has one that a password or a code goes with.
    #[must_use]
    pub fn signs_in_without(&self, id: &IdentificationId) -> bool {
        let codes = |kind: &str| kind != IdentifierKind::Username.as_str();
        let password = self.user.password_hash.is_some();
        let mut others = self.identifications.iter().filter(|row| row.id != *id && row.verified);
        others.any(|row| password || codes(&row.kind))
    }
}

/// A user to be made. `phantoms` names, for each identifier, the subject it was counted under
/// while nobody had it.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub user: User,
    pub identifications: Vec<Identification>,
    pub phantoms: Vec<(CanonicalKey, SubjectKey)>,
    pub factors: NewFactors,
}

/// The second factors that a user is made with.
#[derive(Clone, Default)]
pub struct NewFactors {
    /// An authenticator app, sealed, with the last step that counts as used.
    pub totp: Option<(String, i64)>,
    /// Digests.
    pub recovery_codes: Vec<String>,
}

/// Says only what there is.
impl std::fmt::Debug for NewFactors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewFactors")
            .field("totp", &self.totp.is_some())
            .field("recovery_codes", &self.recovery_codes.len())
            .finish()
    }
}

/// A change to a user: `None` leaves a field as it is; an inner `None` clears it.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    pub first_name: Option<Option<String>>,
    pub last_name: Option<Option<String>>,
    pub external_id: Option<Option<String>>,
    pub primary_identification_id: Option<Option<IdentificationId>>,
    pub primary_phone_id: Option<Option<IdentificationId>>,
    pub public_metadata: Option<MetadataChange>,
    pub private_metadata: Option<MetadataChange>,
    pub unsafe_metadata: Option<MetadataChange>,
    pub locale: Option<Option<String>>,
    pub time_zone: Option<Option<String>>,
}

text_enum! {
    /// Whether a user may sign in at all; apart from any lock.
    Standing {
        Banned = "banned",
        Allowed = "allowed",
    }
}

pub(super) fn find(db: &mut Db, tenant: &TenantId, id: &UserId) -> QueryResult<Option<User>> {
    users::table.find((tenant, id)).select(User::as_select()).first(db).optional()
}

/// Notes a completed sign-in on the user.
pub(super) fn signed_in(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
    now: Millis,
) -> QueryResult<()> {
    diesel::update(users::table.find((tenant, user)))
        .set((users::last_sign_in_at.eq(now), users::last_active_at.eq(now)))
        .execute(db)?;
    Ok(())
}

/// How much a subject's state holds back, to compare two of them: locks first, then counts.
fn strength(state: &SubjectState) -> (Option<Until>, Option<Until>, i64, i64) {
    let staff = state.staff_lock.map(|lock| lock.until);
    (staff, state.lock.map(|lock| lock.until), state.count, state.long_run)
}

/// Makes a user, who takes over the count and lock of the phantom that held back most. The rows of
/// the user's subject and of all phantoms are locked.
///
/// # Errors
/// `Conflict` of `external_id` or `identifier` when one is taken; undo what was written by then.
pub fn create<L: Ledger + ?Sized>(ledger: &mut L, new: &NewUser) -> Result<(), StoreError> {
    let tenant = &new.user.tenant_id;
    let subject = SubjectKey::user(&new.user.id);
    ledger.insert_user(new)?;
    let mut strongest = None;
    let phantoms = new.wanted_phantoms();
    for &phantom in &phantoms {
        if let Some(state) = ledger.subject(tenant, phantom)? {
            strongest = strongest.max(Some((strength(&state), phantom)));
        }
    }
    if let Some((_, phantom)) = strongest {
        ledger.hand_over(tenant, phantom, &subject)?;
    }
    for phantom in phantoms {
        ledger.remove_subject(tenant, phantom)?;
    }
    ledger.announce(tenant, &Event::of_user(EventKind::UserCreated, &new.user.id))
}

/// Deletes a user, ends its sessions, and leaves each of its identifiers a phantom with the user's
/// count and lock. The rows of the user's subject and of all `phantoms` are locked.
///
/// # Errors
/// `NotFound` when there is no such user; `Conflict { what: "identifier" }` when `phantoms` does not
/// name every identifier of the user.
pub fn delete<L: Ledger + ?Sized>(
    ledger: &mut L,
    tenant: &TenantId,
    id: &UserId,
    phantoms: &[(CanonicalKey, SubjectKey)],
) -> Result<(), StoreError> {
    let subject = SubjectKey::user(id);
    if ledger.user(tenant, id)?.is_none() {
        return Err(StoreError::NotFound);
    }
    for key in ledger.keys_of(tenant, id)? {
        let Some((_, phantom)) = phantoms.iter().find(|(named, _)| *named == key) else {
            return Err(StoreError::Conflict { what: "identifier" });
        };
        ledger.copy_over(tenant, &subject, phantom)?;
    }
    ledger.remove_subject(tenant, &subject)?;
    ledger.remove_user(tenant, id)
}

/// Writes the rows of a user, nothing of its subject.
pub(super) fn insert(db: &mut Db, new: &NewUser) -> Result<(), StoreError> {
    diesel::insert_into(users::table)
        .values(&new.user)
        .execute(db)
        .map_err(conflict_on("external_id"))?;
    for identification in &new.identifications {
        diesel::insert_into(identifications::table)
            .values(identification)
            .execute(db)
            .map_err(conflict_on("identifier"))?;
    }
    insert_factors(db, new)
}

/// Writes the second factors of a user whose row is written.
pub(super) fn insert_factors(db: &mut Db, new: &NewUser) -> Result<(), StoreError> {
    let (user, factors) = (&new.user, &new.factors);
    let (tenant, id, now) = (&user.tenant_id, &user.id, user.updated_at);
    if let Some((sealed, step)) = &factors.totp {
        totp::insert(db, tenant, id, (sealed, *step), now)?;
    }
    recovery_codes::insert(db, tenant, id, &factors.recovery_codes, now)?;
    Ok(())
}

/// Removes the rows of a user and ends its sessions; nothing of its subject.
pub(super) fn remove(
    work: &mut Work<'_>,
    tenant: &TenantId,
    id: &UserId,
) -> Result<(), StoreError> {
    let filter = SessionFilter { user: Some(id.clone()), ..SessionFilter::default() };
    work.end_sessions(tenant, filter, SessionStatus::Revoked)?;
    let gone = find(work.db, tenant, id)?;
    let facts = json!({ "external_id": gone.and_then(|user| user.external_id) });
    let about = About::User(id.clone());
    work.write_event(tenant, &Event { kind: EventKind::UserDeleted, about, facts })?;
    let db = &mut *work.db;
    diesel::delete(identifications::table)
        .filter(identifications::tenant_id.eq(tenant))
        .filter(identifications::user_id.eq(id))
        .execute(db)?;
    pending_identifications::remove_of_user(db, tenant, id)?;
    external_accounts::remove_of_user(db, tenant, id)?;
    sign_in_tokens::remove_of_user(db, tenant, id)?;
    totp::remove(db, tenant, id)?;
    recovery_codes::remove(db, tenant, id)?;
    team_deeds::forget(db, tenant, id)?;
    diesel::delete(users::table.find((tenant, id))).execute(db)?;
    Ok(())
}

/// The address that is mailed: the user's primary one if it is a verified e-mail address, else the
/// oldest verified one.
pub(super) fn mail_address(
    db: &mut Db,
    tenant: &TenantId,
    id: &UserId,
) -> QueryResult<Option<IdentificationId>> {
    let Some(owner) = find(db, tenant, id)? else { return Ok(None) };
    let mut addresses = identifications_of(db, tenant, id)?;
    addresses.retain(|i| i.kind == IdentifierKind::EmailAddress.as_str() && i.verified);
    addresses
        .sort_by_key(|i| (Some(&i.id) != owner.primary_identification_id.as_ref(), i.created_at));
    Ok(addresses.into_iter().next().map(|address| address.id))
}

impl NewUser {
    /// The phantoms of the identifiers that the user gets; those of others are left alone.
    pub(super) fn wanted_phantoms(&self) -> BTreeSet<&SubjectKey> {
        let wanted =
            |key: &CanonicalKey| self.identifications.iter().any(|i| i.canonical_key == *key);
        self.phantoms.iter().filter(|(key, _)| wanted(key)).map(|(_, phantom)| phantom).collect()
    }
}

impl UserChange {
    /// Sets what is wanted on a row in memory.
    pub fn apply(&self, user: &mut User) {
        let Self {
            first_name,
            last_name,
            external_id,
            primary_identification_id,
            primary_phone_id,
            public_metadata,
            private_metadata,
            unsafe_metadata,
            locale,
            time_zone,
        } = self;
        set(&mut user.first_name, first_name);
        set(&mut user.last_name, last_name);
        set(&mut user.external_id, external_id);
        set(&mut user.primary_identification_id, primary_identification_id);
        set(&mut user.primary_phone_id, primary_phone_id);
        set_metadata(&mut user.public_metadata, public_metadata.as_ref());
        set_metadata(&mut user.private_metadata, private_metadata.as_ref());
        set_metadata(&mut user.unsafe_metadata, unsafe_metadata.as_ref());
        set(&mut user.locale, locale);
        set(&mut user.time_zone, time_zone);
    }
}

fn set<T: Clone>(field: &mut T, wanted: &Option<T>) {
    if let Some(wanted) = wanted {
        field.clone_from(wanted);
    }
}

fn set_metadata(field: &mut String, wanted: Option<&MetadataChange>) {
    if let Some(change) = wanted {
        *field = change.applied_to(field);
    }
}

impl Reader {
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn user(
        &self,
        tenant: TenantId,
        id: UserId,
    ) -> Result<Option<UserRecord>, StoreError> {
        self.run(move |db| record(db, &tenant, &id)).await
    }

    /// The user who has this identifier.
    ///
    /// # Errors
    /// As [`Reader::user`].
    pub async fn identified(
        &self,
        tenant: TenantId,
        key: CanonicalKey,
    ) -> Result<Option<UserRecord>, StoreError> {
        self.run(move |db| match find_identification(db, &tenant, &key)? {
            Some(found) => record(db, &tenant, &found.user_id),
            None => Ok(None),
        })
        .await
    }
}

pub(super) fn record(
    db: &mut Db,
    tenant: &TenantId,
    id: &UserId,
) -> Result<Option<UserRecord>, StoreError> {
    let Some(user) = find(db, tenant, id)? else { return Ok(None) };
    let identifications = identifications_of(db, tenant, id)?;
    Ok(Some(UserRecord { user, identifications }))
}

impl Store {
    /// Makes a user, who takes over the count and lock of the phantom that held back most.
    ///
    /// # Errors
    /// `Conflict` of `identifier` or `external_id` when one is taken.
    pub async fn create_user(&self, new: NewUser) -> Result<(), StoreError> {
        let tenant = new.user.tenant_id.clone();
        let subject = SubjectKey::user(&new.user.id);
        let subjects = new.wanted_phantoms().into_iter().cloned().chain([subject]).collect();
        self.work(&tenant, subjects, move |work| create(work, &new)).await
    }

    /// Deletes a user, ends its sessions, and leaves each of its identifiers a phantom with the
    /// user's count and lock.
    ///
    /// # Errors
    /// `NotFound` when there is no such user; `Conflict { what: "identifier" }` when the user has
    /// an identifier that `phantoms` does not name: read the user again.
    pub async fn delete_user(
        &self,
        tenant: TenantId,
        id: UserId,
        phantoms: Vec<(CanonicalKey, SubjectKey)>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        let named = phantoms.iter().map(|(_, phantom)| phantom.clone());
        let subjects = named.chain([SubjectKey::user(&id)]).collect();
        self.work(&owner, subjects, move |work| {
            team_deeds::may_go(work.db, &tenant, &id)?;
            delete(work, &tenant, &id, &phantoms)
        })
        .await
    }

    /// The user as changed.
    ///
    /// # Errors
    /// `NotFound` for an unknown user; `Conflict { what: "external_id" }` when that is taken.
    pub async fn update_user(
        &self,
        tenant: TenantId,
        id: UserId,
        change: UserChange,
    ) -> Result<User, StoreError> {
        let update = UserUpdate { profile: change, ..UserUpdate::default() };
        self.change_user(tenant, id, update).await.map(|changed| changed.user)
    }
}

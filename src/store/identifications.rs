//! The names that users sign in with: one owner per canonical key. Adding and removing one moves
//! count and lock as making and deleting a user does. Knows no code and no rule about who may.

use diesel::prelude::*;

use super::committer::Work;
use super::connection::Db;
use super::error::{StoreError, conflict_on};
use super::ledger::Ledger as _;
use super::notices::Notice;
use super::pending_identifications::{self as pending, PendingIdentification};
use super::schema::{identifications, users};
use super::subjects::SubjectKey;
use super::user_deeds::{NameFact, StaffDeed, note_name};
use super::users::User;
use super::{Reader, Store, users as user_rows};
use crate::lockout::{self, LockView};
use crate::model::{
    CanonicalKey, IdentificationId, Identifier, IdentifierKind, Millis, TenantId, UserId,
};

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
    /// A proved phone number that is kept for the second factor.
    #[must_use]
    pub fn is_second_factor(&self) -> bool {
        self.second_factor && self.verified && self.kind == IdentifierKind::PhoneNumber.as_str()
    }

    /// A proved address of this kind, to which a code for the first factor may be sent.
    #[must_use]
    pub fn proves(&self, kind: IdentifierKind) -> bool {
        self.verified && !self.second_factor && self.kind == kind.as_str()
    }

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

/// Whether the user keeps a number for the second factor.
pub(super) fn has_second_factor(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<bool> {
    let names = identifications_of(db, tenant, user)?;
    Ok(names.iter().any(Identification::is_second_factor))
}

pub(super) fn keys_of(
    db: &mut Db,
    tenant: &TenantId,
    user: &UserId,
) -> QueryResult<Vec<CanonicalKey>> {
    let found = identifications_of(db, tenant, user)?;
    Ok(found.into_iter().map(|identification| identification.canonical_key).collect())
}

/// A name of a user, proved or not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Proved(Identification),
    Pending(PendingIdentification),
}

/// A name that a user gets, proved.
#[derive(Debug, Clone)]
pub struct Naming {
    /// Where a pending one of this id is there, it is the one that was proved.
    pub row: Identification,
    /// What the name was counted under while nobody had it.
    pub phantom: SubjectKey,
    pub from: Origin,
    pub rank: Option<Rank>,
}

/// Where a proved name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody vouches for it as it is named.
    New,
    /// It was named before and waited; gone by now, it cannot be proved any more.
    Pending,
}

/// Whether a name is the first of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    Primary,
    Further,
}

/// A proved name that a user is to lose.
#[derive(Debug, Clone)]
pub struct Unnaming {
    pub row: Identification,
    /// What the name is counted under from then on.
    pub phantom: SubjectKey,
    /// Where it stays with its user, but unproved.
    pub stays: Option<PendingIdentification>,
}

/// Names that a user loses and gets at once: first `take` and `forget`, then `add`.
#[derive(Debug, Clone, Default)]
pub struct Renaming {
    pub take: Vec<Unnaming>,
    /// Names that wait.
    pub forget: Vec<IdentificationId>,
    pub add: Option<Naming>,
}

impl Renaming {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.take.is_empty() && self.forget.is_empty() && self.add.is_none()
    }

    /// The phantoms whose rows it touches.
    pub(super) fn phantoms(&self) -> impl Iterator<Item = &SubjectKey> {
        let taken = self.take.iter().map(|unnaming| &unnaming.phantom);
        taken.chain(self.add.iter().map(|naming| &naming.phantom))
    }
}

/// A change to a proved name; `None` leaves things as they are.
#[derive(Debug, Clone, Copy, Default)]
pub struct NameChange {
    pub rank: Option<Rank>,
    /// Whether a phone number is reserved for the second factor.
    pub second_factor: Option<bool>,
}

/// The user after a change of names, for the published table.
#[derive(Debug, Clone)]
pub struct Renamed {
    pub keys: Vec<CanonicalKey>,
    /// The account-wide lock that stands: it holds for a new name, too.
    pub lock: Option<LockView>,
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &IdentificationId,
) -> QueryResult<Option<Identification>> {
    identifications::table
        .find((tenant, id))
        .select(Identification::as_select())
        .first(db)
        .optional()
}

impl Reader {
    /// A name of a user by its id; one of a sign-up is nobody's.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn name(
        &self,
        tenant: TenantId,
        id: IdentificationId,
    ) -> Result<Option<Name>, StoreError> {
        self.run(move |db| {
            if let Some(row) = find(db, &tenant, &id)? {
                return Ok(Some(Name::Proved(row)));
            }
            let waiting = pending::find(db, &tenant, &id)?;
            Ok(waiting.filter(|row| row.user_id.is_some()).map(Name::Pending))
        })
        .await
    }
}

impl Store {
    /// Gives a user a proved name. What was counted on it while nobody had it is dropped: from now
    /// on the user's own count and lock hold for it. What staff do is noted.
    ///
    /// # Errors
    /// `NotFound` when the user, or the name that waited, is gone; `Conflict { what: "identifier" }`
    /// when somebody has the name.
    pub async fn add_name(
        &self,
        naming: Naming,
        by: Option<StaffDeed>,
    ) -> Result<Renamed, StoreError> {
        let (tenant, user) = (naming.row.tenant_id.clone(), SubjectKey::user(&naming.row.user_id));
        let subjects = vec![user, naming.phantom.clone()];
        self.work(&tenant, subjects, move |work| {
            add(work, &naming)?;
            let row = &naming.row;
            let action = match naming.from {
                Origin::New => "user.name_added",
                Origin::Pending => "user.name_proved",
            };
            note_name(work, by.as_ref(), action, NameFact::proved(row))?;
            renamed(work, &row.tenant_id, &row.user_id)
        })
        .await
    }

    /// Takes a proved name from its user. It stays a phantom with the user's count and lock, so
    /// that nobody can tell from outside. What staff do is noted.
    ///
    /// # Errors
    /// `NotFound` when the user has it no longer.
    pub async fn remove_name(
        &self,
        unnaming: Unnaming,
        by: Option<StaffDeed>,
    ) -> Result<Renamed, StoreError> {
        let row = &unnaming.row;
        let (tenant, user) = (row.tenant_id.clone(), SubjectKey::user(&row.user_id));
        let subjects = vec![user, unnaming.phantom.clone()];
        self.work(&tenant, subjects, move |work| {
            take(work, &unnaming)?;
            let row = &unnaming.row;
            let action = match unnaming.stays {
                None => "user.name_removed",
                Some(_) => "user.name_unproved",
            };
            note_name(work, by.as_ref(), action, NameFact::proved(row))?;
            renamed(work, &row.tenant_id, &row.user_id)
        })
        .await
    }

    /// Changes rank and use of a proved name. What staff do is noted.
    ///
    /// # Errors
    /// `NotFound` when its user is gone or has it no longer.
    pub async fn change_name(
        &self,
        row: Identification,
        change: NameChange,
        by: Option<StaffDeed>,
    ) -> Result<(), StoreError> {
        let tenant = row.tenant_id.clone();
        // Only for the row lock: what else is changed of the user meanwhile must not be written back.
        let subjects = vec![SubjectKey::user(&row.user_id)];
        self.work(&tenant, subjects, move |work| {
            let (db, now) = (&mut *work.db, work.now);
            let mut row = find(db, &row.tenant_id, &row.id)?.ok_or(StoreError::NotFound)?;
            if let Some(reserved) = change.second_factor {
                row.second_factor = reserved;
            }
            row.updated_at = now;
            diesel::update(identifications::table.find((&row.tenant_id, &row.id)))
                .set(&row)
                .execute(db)?;
            rank(db, &row, change.rank, now)?;
            let fact = NameFact::proved(&row).ranked(change.rank);
            note_name(work, by.as_ref(), "user.name_changed", fact)?;
            work.user_updated(&row.tenant_id, &row.user_id)
        })
        .await
    }

    /// Notes a name that its user has not proved. What staff do is noted.
    ///
    /// # Errors
    /// `NotFound` when the user is gone; `Conflict { what: "pending" }` when too many of the user's
    /// wait already.
    pub async fn add_pending(
        &self,
        row: PendingIdentification,
        by: Option<StaffDeed>,
    ) -> Result<(), StoreError> {
        let tenant = row.tenant_id.clone();
        self.work(&tenant, Vec::new(), move |work| {
            let Some(user) = &row.user_id else { return Err(StoreError::NotFound) };
            let db = &mut *work.db;
            if user_rows::find(db, &row.tenant_id, user)?.is_none() {
                return Err(StoreError::NotFound);
            }
            if pending::of_users(db, &row.tenant_id, &[user])?.len() >= pending::MOST {
                return Err(StoreError::Conflict { what: "pending" });
            }
            pending::insert(db, &row)?;
            note_name(work, by.as_ref(), "user.name_added", NameFact::waiting(&row, user))?;
            work.user_updated(&row.tenant_id, user)
        })
        .await
    }

    /// Forgets a name that was not proved. What staff do is noted.
    ///
    /// # Errors
    /// `NotFound` when it is gone already.
    pub async fn remove_pending(
        &self,
        tenant: TenantId,
        id: IdentificationId,
        by: Option<StaffDeed>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.work(&owner, Vec::new(), move |work| {
            let row = pending::find(work.db, &tenant, &id)?.ok_or(StoreError::NotFound)?;
            pending::remove(work.db, &tenant, &id)?;
            let Some(user) = &row.user_id else { return Ok(()) };
            note_name(work, by.as_ref(), "user.name_removed", NameFact::waiting(&row, user))?;
            work.user_updated(&tenant, user)
        })
        .await
    }
}

/// Makes the whole change of names. The rows of the user's subject and of all phantoms are locked.
pub(super) fn rename(
    work: &mut Work<'_>,
    tenant: &TenantId,
    renaming: &Renaming,
) -> Result<(), StoreError> {
    renaming.take.iter().try_for_each(|unnaming| take(work, unnaming))?;
    for id in &renaming.forget {
        pending::remove(work.db, tenant, id)?;
    }
    renaming.add.as_ref().map_or(Ok(()), |naming| add(work, naming))
}

fn add(work: &mut Work<'_>, naming: &Naming) -> Result<(), StoreError> {
    let (row, now) = (&naming.row, work.now);
    let (tenant, user) = (&row.tenant_id, &row.user_id);
    if user_rows::find(work.db, tenant, user)?.is_none() {
        return Err(StoreError::NotFound);
    }
    match (naming.from, pending::remove(work.db, tenant, &row.id)?) {
        (Origin::Pending, 0) => return Err(StoreError::NotFound),
        (Origin::New | Origin::Pending, _) => {}
    }
    diesel::insert_into(identifications::table)
        .values(row)
        .execute(work.db)
        .map_err(conflict_on("identifier"))?;
    rank(work.db, row, naming.rank, now)?;
    work.remove_subject(tenant, &naming.phantom)
}

fn take(work: &mut Work<'_>, unnaming: &Unnaming) -> Result<(), StoreError> {
    let (tenant, user) = (&unnaming.row.tenant_id, &unnaming.row.user_id);
    let found = find(work.db, tenant, &unnaming.row.id)?;
    let row = found.filter(|row| row.user_id == *user).ok_or(StoreError::NotFound)?;
    diesel::delete(identifications::table.find((tenant, &row.id))).execute(work.db)?;
    rank(work.db, &row, Some(Rank::Further), work.now)?;
    if let Some(waiting) = &unnaming.stays {
        pending::insert(work.db, waiting)?;
    }
    work.copy_over(tenant, &SubjectKey::user(user), &unnaming.phantom)
}

/// How the user stands now; the other nodes look again.
pub(super) fn renamed(
    work: &mut Work<'_>,
    tenant: &TenantId,
    user: &UserId,
) -> Result<Renamed, StoreError> {
    let subject = SubjectKey::user(user);
    let state = work.subject(tenant, &subject)?.unwrap_or_default();
    let lock = lockout::account_lock(&state, work.now.max(state.last_instant));
    let keys = keys_of(work.db, tenant, user)?;
    work.tell(&Notice::Subject(tenant.clone(), subject))?;
    work.user_updated(tenant, user)?;
    Ok(Renamed { keys, lock })
}

/// Makes a name its user's primary one of the kind, or not any more; the oldest proved one follows.
/// The first address of a kind is the primary one by itself. Usernames have no rank.
fn rank(
    db: &mut Db,
    row: &Identification,
    wanted: Option<Rank>,
    now: Millis,
) -> Result<(), StoreError> {
    let (tenant, id) = (&row.tenant_id, &row.user_id);
    let mut user: User = user_rows::find(db, tenant, id)?.ok_or(StoreError::NotFound)?;
    let mark = match IdentifierKind::from_stored(&row.kind) {
        IdentifierKind::EmailAddress => &mut user.primary_identification_id,
        IdentifierKind::PhoneNumber => &mut user.primary_phone_id,
        IdentifierKind::Username => return Ok(touched(db, row, now)?),
    };
    match (wanted, &mark) {
        (Some(Rank::Primary), _) | (None, None) => *mark = Some(row.id.clone()),
        (Some(Rank::Further), Some(marked)) if *marked == row.id => {
            let others = identifications_of(db, tenant, id)?;
            let next = others.into_iter().find(|i| i.kind == row.kind && i.id != row.id);
            *mark = next.map(|next| next.id);
        }
        (Some(Rank::Further) | None, _) => {}
    }
    user.updated_at = now;
    diesel::update(users::table.find((tenant, id))).set(&user).execute(db)?;
    Ok(())
}

fn touched(db: &mut Db, row: &Identification, now: Millis) -> QueryResult<()> {
    diesel::update(users::table.find((&row.tenant_id, &row.user_id)))
        .set(users::updated_at.eq(now))
        .execute(db)?;
    Ok(())
}

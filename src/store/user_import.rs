//! Many users in one transaction, from another system's export. A row whose user is there already is
//! left alone, so that a run which was killed can be started again; a row that is at odds with a
//! user is refused and takes no other along. Knows no file format and no hash function.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;

use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
#[cfg(feature = "postgres")]
use super::error::conflict_on;
use super::external_accounts::{self, ExternalAccount};
use super::pending_identifications::{self, PendingIdentification};
use super::schema::{identifications, subjects, users as users_table};
use super::subjects::SubjectKey;
use super::user_imports::{self, ImportCounts, OVERTAKEN, RefusedRow, Turn};
#[cfg(feature = "postgres")]
use super::users::User;
use super::users::{self, Identification, NewUser};
use super::{Reader, Store};
use crate::model::{CanonicalKey, TenantId, UserId};

/// A user to take over, with an id that stays the same however often its row is read.
#[derive(Debug, Clone)]
pub struct ImportedUser {
    pub new: NewUser,
    /// Addresses that nobody has proved: in nobody's way.
    pub pending: Vec<PendingIdentification>,
    pub external: Vec<ExternalAccount>,
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The user is made, or would be.
    Made,
    /// A run before this one made it.
    There,
    Refused(Obstacle),
}

/// What is in the way of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A user of this id is there and lacks an identifier of the row.
    OtherUser,
    Identifier {
        key: CanonicalKey,
        owner: UserId,
    },
    ExternalId {
        owner: UserId,
    },
    /// Somebody took an identifier or the external id while the row was written.
    JustTaken,
}

/// Who is in the database and could be in the way of some rows.
#[derive(Default)]
struct Present {
    /// By identifier.
    owners: HashMap<CanonicalKey, UserId>,
    by_external_id: HashMap<String, UserId>,
    ids: Vec<UserId>,
}

impl Present {
    fn read(db: &mut Db, tenant: &TenantId, rows: &[ImportedUser]) -> QueryResult<Self> {
        let keys = rows.iter().flat_map(|row| &row.new.identifications).map(|i| &i.canonical_key);
        let owners: Vec<(CanonicalKey, UserId)> = identifications::table
            .filter(identifications::tenant_id.eq(tenant))
            .filter(identifications::canonical_key.eq_any(keys))
            .select((identifications::canonical_key, identifications::user_id))
            .load(db)?;
        let external = rows.iter().filter_map(|row| row.new.user.external_id.as_ref());
        let by_external_id: Vec<(Option<String>, UserId)> = users_table::table
            .filter(users_table::tenant_id.eq(tenant))
            .filter(users_table::external_id.eq_any(external))
            .select((users_table::external_id, users_table::id))
            .load(db)?;
        let ids: Vec<UserId> = users_table::table
            .filter(users_table::tenant_id.eq(tenant))
            .filter(users_table::id.eq_any(rows.iter().map(|row| &row.new.user.id)))
            .select(users_table::id)
            .load(db)?;
        let mut present = Self { owners: owners.into_iter().collect(), ids, ..Self::default() };
        present.ids.sort_unstable();
        let named = by_external_id.into_iter().filter_map(|(external, id)| Some((external?, id)));
        present.by_external_id = named.collect();
        Ok(present)
    }

    /// What becomes of a row, as far as the database is concerned.
    fn fate(&self, row: &NewUser) -> Fate {
        let id = &row.user.id;
        let owner_of = |i: &Identification| self.owners.get(&i.canonical_key);
        if self.ids.binary_search(id).is_ok() {
            let same = row.identifications.iter().all(|i| owner_of(i) == Some(id));
            return if same { Fate::There } else { Fate::Refused(Obstacle::OtherUser) };
        }
        let mut taken = row.identifications.iter().filter_map(|i| Some((i, owner_of(i)?)));
        if let Some((identification, owner)) = taken.next() {
            let key = identification.canonical_key.clone();
            return Fate::Refused(Obstacle::Identifier { key, owner: owner.clone() });
        }
        let external = row.user.external_id.as_ref();
        if let Some(owner) = external.and_then(|external| self.by_external_id.get(external)) {
            return Fate::Refused(Obstacle::ExternalId { owner: owner.clone() });
        }
        Fate::Made
    }

    /// Later rows of the same batch meet this one too.
    fn add(&mut self, row: &NewUser) {
        let id = &row.user.id;
        if let Err(place) = self.ids.binary_search(id) {
            self.ids.insert(place, id.clone());
        }
        let keys = row.identifications.iter().map(|i| i.canonical_key.clone());
        self.owners.extend(keys.map(|key| (key, id.clone())));
        self.by_external_id.extend(row.user.external_id.clone().map(|of| (of, id.clone())));
    }
}

fn fates(db: &mut Db, tenant: &TenantId, rows: &[ImportedUser]) -> QueryResult<Vec<Fate>> {
    let mut present = Present::read(db, tenant, rows)?;
    let fates = rows.iter().map(|row| {
        let fate = present.fate(&row.new);
        if fate == Fate::Made {
            present.add(&row.new);
        }
        fate
    });
    Ok(fates.collect())
}

/// Writes the rows that nothing is in the way of. The rows of all their phantoms' subjects are
/// locked.
fn import(
    work: &mut Work<'_>,
    tenant: &TenantId,
    rows: &[ImportedUser],
) -> Result<Vec<Fate>, StoreError> {
    let fates = fates(work.db, tenant, rows)?;
    let made = rows.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Made);
    let made: Vec<&ImportedUser> = made.map(|(row, _)| row).collect();
    let (mut plain, mut blank) = (Vec::new(), Vec::new());
    for row in &made {
        // Most were never tried before they came: their rows can go in all together.
        let mut tried = false;
        for phantom in row.new.wanted_phantoms() {
            let slot = work.subject_slot(tenant, phantom)?;
            tried |= slot.stored && slot.row.last_instant != 0;
            if slot.stored && slot.row.last_instant == 0 {
                // PostgreSQL made it to have something to lock.
                blank.push(phantom);
            }
        }
        if tried {
            users::create(work, &row.new)?;
        } else {
            plain.push(&row.new);
        }
    }
    if !blank.is_empty() {
        work.context.phantoms.forget(tenant);
        diesel::delete(subjects::table)
            .filter(subjects::tenant_id.eq(tenant))
            .filter(subjects::subject.eq_any(blank))
            .execute(work.db)?;
    }
    insert(work.db, &plain)?;
    for row in made {
        for pending in &row.pending {
            pending_identifications::insert(work.db, pending)?;
        }
        for account in &row.external {
            external_accounts::insert(work.db, account)?;
        }
    }
    Ok(fates)
}

/// On PostgreSQL a statement a table; on SQLite a row each, which costs no round trip.
fn insert(db: &mut Db, rows: &[&NewUser]) -> Result<(), StoreError> {
    match db {
        Db::Sqlite(_) => rows.iter().try_for_each(|row| users::insert(db, row)),
        #[cfg(feature = "postgres")]
        Db::Postgres(postgres) => {
            let owners: Vec<&User> = rows.iter().map(|row| &row.user).collect();
            diesel::insert_into(users_table::table)
                .values(owners)
                .execute(postgres)
                .map_err(conflict_on("external_id"))?;
            let names: Vec<&Identification> =
                rows.iter().flat_map(|row| &row.identifications).collect();
            diesel::insert_into(identifications::table)
                .values(names)
                .execute(postgres)
                .map_err(conflict_on("identifier"))?;
            rows.iter().try_for_each(|row| users::insert_factors(db, row))
        }
    }
}

/// The subjects that a batch has to lock: phantoms that give way. Of their heirs nobody knows before
/// the commit.
fn subjects_of(rows: &[ImportedUser]) -> Vec<SubjectKey> {
    rows.iter().flat_map(|row| row.new.wanted_phantoms()).cloned().collect()
}

impl Reader {
    /// What would become of these rows.
    ///
    /// # Errors
    /// As any read.
    pub async fn import_fates(
        &self,
        tenant: TenantId,
        rows: Vec<ImportedUser>,
    ) -> Result<Vec<Fate>, StoreError> {
        self.run(move |db| Ok(fates(db, &tenant, &rows)?)).await
    }
}

impl Store {
    /// Makes the users of these rows, all or none of those that nothing is in the way of; each takes
    /// over the count and lock of its strongest phantom.
    ///
    /// # Errors
    /// As any write.
    pub async fn import_users(
        &self,
        tenant: TenantId,
        rows: Vec<ImportedUser>,
    ) -> Result<Vec<Fate>, StoreError> {
        let rows: Arc<[ImportedUser]> = rows.into();
        let (owner, batch) = (tenant.clone(), Arc::clone(&rows));
        let subjects = subjects_of(&rows);
        let done = self.work(&owner, subjects, move |work| import(work, &tenant, &batch)).await;
        match done {
            // Somebody signed up in between: only that row is to be refused.
            Err(StoreError::Conflict { .. }) => self.import_one_by_one(&owner, &rows, None).await,
            other => other,
        }
    }

    /// As [`Store::import_users`], for whoever holds the turn of a file that staff have sent: how far it
    /// is then, which `sum` says of the fates, is written with the users.
    ///
    /// # Errors
    /// As any write, `Conflict { what: "user_import" }` where the turn is lost: no user is made then.
    pub async fn import_users_of(
        &self,
        turn: Turn,
        rows: Vec<ImportedUser>,
        sum: impl Fn(&[Fate]) -> (ImportCounts, Vec<RefusedRow>) + Send + Sync + Clone + 'static,
    ) -> Result<ImportCounts, StoreError> {
        let rows: Arc<[ImportedUser]> = rows.into();
        let (batch, subjects) = (Arc::clone(&rows), subjects_of(&rows));
        let (held, summed) = (turn.clone(), sum.clone());
        let done = self.work(&turn.tenant, subjects, move |work| {
            user_imports::must_hold(work.db, &held)?;
            let fates = import(work, &held.tenant, &batch)?;
            let (counts, refused) = summed(&fates);
            user_imports::step(work.db, &held, counts, &refused, work.now)?;
            Ok(counts)
        });
        match done.await {
            Err(StoreError::Conflict { what }) if what != OVERTAKEN => {
                let fates = self.import_one_by_one(&turn.tenant, &rows, Some(&turn)).await?;
                let (counts, refused) = sum(&fates);
                self.step_user_import(turn, counts, refused).await?;
                Ok(counts)
            }
            other => other,
        }
    }

    /// With a `turn` no row is written by who has lost it.
    async fn import_one_by_one(
        &self,
        tenant: &TenantId,
        rows: &[ImportedUser],
        turn: Option<&Turn>,
    ) -> Result<Vec<Fate>, StoreError> {
        let mut fates = Vec::with_capacity(rows.len());
        for row in rows {
            let one = vec![row.clone()];
            let (owner, subjects, held) = (tenant.clone(), subjects_of(&one), turn.cloned());
            let done = self.work(tenant, subjects, move |work| {
                if let Some(held) = &held {
                    user_imports::must_hold(work.db, held)?;
                }
                import(work, &owner, &one)
            });
            match done.await {
                Ok(fate) => fates.extend(fate),
                Err(StoreError::Conflict { what }) if what != OVERTAKEN => {
                    fates.push(Fate::Refused(Obstacle::JustTaken));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(fates)
    }
}

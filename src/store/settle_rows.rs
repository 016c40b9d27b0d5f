//! The rows of one batch, held in memory between the first read and the flush: each item sees what
//! the one before it left (protocol rule 9), and each row is read and written once. Knows which rows
//! belong to a decision, not what is decided.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Weak};

use diesel::QueryResult;
use diesel::connection::TransactionManager;
use diesel::prelude::*;
use parking_lot::Mutex;

use super::attempts::AttemptRow;
use super::committer::{Touched, Work};
use super::connection::Db;
use super::error::StoreError;
use super::facts::{self, OwnerFacts, TenantFacts};
use super::ledger::{LivePolicy, Owner};
use super::statement::{self, Key, Locking, Made, Stored};
use super::subject_locks;
use super::subject_moves;
use super::subjects::{self as subject_rows, LaneRow, SourceRow, SubjectKey, SubjectRow};
use crate::lockout::Policy;
use crate::model::{Lane, Millis, RecentShared, Source, TenantId};

/// A row in the batch: what it holds now and what the flush must do about it.
#[derive(Debug)]
pub(super) struct Slot<R> {
    pub row: R,
    pub stored: bool,
    pub dirty: bool,
}

/// The batch's rows of one table, in byte order of their keys.
#[derive(Debug)]
pub(super) struct Shelf<R>(Vec<Box<Slot<R>>>);

impl<R> Default for Shelf<R> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<R: Stored> Shelf<R> {
    pub fn get(&self, key: Key<'_>) -> Option<&Slot<R>> {
        let place = self.place(key).ok()?;
        self.0.get(place).map(|slot| &**slot)
    }

    pub fn get_mut(&mut self, key: Key<'_>) -> Option<&mut Slot<R>> {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|slot| &mut **slot)
    }

    fn place(&self, key: Key<'_>) -> Result<usize, usize> {
        self.0.binary_search_by(|slot| slot.row.key().cmp(&key))
    }

    /// Takes a row that was just read, or a blank one.
    fn insert(&mut self, row: R, stored: bool) {
        if let Err(place) = self.place(row.key()) {
            self.0.insert(place, Box::new(Slot { row, stored, dirty: false }));
        }
    }

    /// Takes rows that were just read; of keys that nothing is known of only.
    fn fill(&mut self, rows: Vec<R>) {
        self.0
            .extend(rows.into_iter().map(|row| Box::new(Slot { row, stored: true, dirty: false })));
        self.0.sort_by(|a, b| a.row.key().cmp(&b.row.key()));
    }

    fn dirty(&self) -> Vec<&R> {
        self.0.iter().filter(|slot| slot.dirty).map(|slot| &slot.row).collect()
    }
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub subjects: Shelf<SubjectRow>,
    pub sources: Shelf<SourceRow>,
    pub lanes: Shelf<LaneRow>,
    pub tenants: Vec<TenantFacts>,
    pub policies: HashMap<TenantId, LivePolicy>,
    /// By tenant and canonical key, in that order; `None`: nobody has it.
    owners: Vec<(TenantId, String, Option<Owner>)>,
    /// Rows of the log, written with the others.
    pub logs: Vec<AttemptRow>,
    /// How many phantoms the tenants gained in this batch.
    new_phantoms: BTreeMap<TenantId, i64>,
}

/// Tenants whose parsed policy is kept: three times the 10,000 that are active in the largest
/// installation that is measured (`benches/tenants.rs`); 4 MB where most keep a preset.
const POLICIES: usize = 32_768;

/// Parsed policies by tenant and version. A version never changes once committed, so an entry is
/// right for ever; which version is live is read in every transaction.
#[derive(Debug)]
pub(super) struct PolicyCache {
    parsed: RecentShared<TenantId, LivePolicy>,
    /// What was parsed last: most tenants keep a preset, and those that say the same share it.
    common: Mutex<VecDeque<Weak<Policy>>>,
}

/// Policies among which an equal one is looked for.
const COMMON: usize = 16;

impl Default for PolicyCache {
    fn default() -> Self {
        Self { parsed: RecentShared::new(POLICIES), common: Mutex::default() }
    }
}

impl PolicyCache {
    /// The policy that decides at `now`.
    pub fn get(
        &self,
        db: &mut Db,
        tenant: &TenantId,
        now: Millis,
    ) -> Result<LivePolicy, StoreError> {
        let facts = facts::tenants(db, &[tenant.as_str()])?.pop().ok_or(StoreError::NotFound)?;
        self.of_version(db, tenant, facts.version_at(now))
    }

    /// Rule 11 (the policy in the transaction): the policy of the version that this transaction read
    /// as the one in force; a node that missed an edit would let a guess too many through.
    pub fn of_version(
        &self,
        db: &mut Db,
        tenant: &TenantId,
        version: i64,
    ) -> Result<LivePolicy, StoreError> {
        if let Some(known) = self.known(tenant, version) {
            return Ok(known);
        }
        let live = self.read(db, tenant, version)?;
        self.keep(tenant.clone(), live.clone());
        Ok(live)
    }

    pub fn known(&self, tenant: &TenantId, version: i64) -> Option<LivePolicy> {
        self.parsed.get(tenant).filter(|live| live.version == version)
    }

    /// Read, and not kept: what a transaction that may write has read can be undone with it, and the
    /// number of a version that was undone is given to the next.
    pub fn read(
        &self,
        db: &mut Db,
        tenant: &TenantId,
        version: i64,
    ) -> Result<LivePolicy, StoreError> {
        let row = super::lockout_policy::find(db, tenant, version)?.ok_or(StoreError::NotFound)?;
        Ok(LivePolicy { version, policy: self.shared(row.policy()?) })
    }

    /// Takes what was read in a transaction that is committed.
    pub fn keep(&self, tenant: TenantId, live: LivePolicy) {
        self.parsed.insert(tenant, live);
    }

    /// The same policy, once in memory.
    fn shared(&self, policy: Policy) -> Arc<Policy> {
        let mut common = self.common.lock();
        let same = common.iter().filter_map(Weak::upgrade).find(|known| **known == policy);
        same.unwrap_or_else(|| {
            let policy = Arc::new(policy);
            common.truncate(COMMON.saturating_sub(1));
            common.push_front(Arc::downgrade(&policy));
            policy
        })
    }

    /// Forgets tenants that were not asked for since the last call.
    pub fn turn(&self) {
        self.parsed.turn();
    }
}

impl Rows {
    /// Locks the batch's subjects, then asks what time it is, then reads what the batch touches. Says
    /// which subjects' rows were made for the lock.
    pub fn open(
        db: &mut Db,
        touched: &mut Touched<'_>,
    ) -> Result<(Self, Vec<Made>, Option<Millis>), StoreError> {
        let mut rows = Self::default();
        touched.sort();
        let (locked, made) = subject_locks::lock_rows(db, &touched.subjects)?;
        for row in locked {
            // PostgreSQL makes the row before it can lock it; nothing was decided on it yet.
            if row.phantom && row.last_instant == 0 {
                rows.gain_phantom(&row.tenant_id);
            }
            rows.subjects.0.push(Box::new(Slot { row, stored: true, dirty: false }));
        }
        rows.subjects.fill(Vec::new());
        for [tenant, subject, _] in &touched.subjects {
            if rows.subjects.get([tenant, subject, ""]).is_none() {
                rows.subjects.insert(SubjectRow::blank(tenant, subject), false);
            }
        }
        rows.tenants = facts::tenants(db, &touched.tenants)?;
        let now = match rows.tenants.first() {
            Some(facts) => facts.db_now,
            None => db.db_now()?,
        };
        rows.take_owners(&touched.owners, facts::owners(db, &touched.owners)?);
        rows.sources.fill(SourceRow::read(db, &touched.sources, Locking::Nothing)?);
        for [tenant, subject, source] in &touched.sources {
            if rows.sources.get([tenant, subject, source]).is_none() {
                rows.sources.insert(SourceRow::blank(tenant, subject, source), false);
            }
        }
        Ok((rows, made, now))
    }

    fn take_owners(&mut self, asked: &[Key<'_>], found: Vec<OwnerFacts>) {
        let mut found: HashMap<(TenantId, String), Owner> = found
            .into_iter()
            .map(|facts| ((facts.tenant.clone(), facts.key.clone()), facts.owner()))
            .collect();
        for [tenant, key, _] in asked {
            let id = (TenantId::from_stored((*tenant).to_owned()), (*key).to_owned());
            let owner = found.remove(&id);
            self.owners.push((id.0, id.1, owner));
        }
    }

    /// `None`: not read yet; `Some(None)`: nobody has the identifier.
    pub fn owner(&self, tenant: &TenantId, key: &str) -> Option<Option<Owner>> {
        let wanted = (tenant.as_str(), key);
        let place = self.owners.binary_search_by(|(t, k, _)| (t.as_str(), k.as_str()).cmp(&wanted));
        self.owners.get(place.ok()?).map(|(_, _, owner)| owner.clone())
    }

    fn gain_phantom(&mut self, tenant: &str) {
        let gained = self.new_phantoms.entry(TenantId::from_stored(tenant.to_owned())).or_default();
        *gained = gained.saturating_add(1);
    }

    /// Writes every row that changed, subjects first, each kind in byte order of its key (rule 10).
    fn write(&mut self, db: &mut Db) -> QueryResult<()> {
        let newborn: Vec<String> = self
            .subjects
            .0
            .iter()
            .filter(|slot| slot.dirty && !slot.stored && slot.row.phantom)
            .map(|slot| slot.row.tenant_id.clone())
            .collect();
        for tenant in newborn {
            self.gain_phantom(&tenant);
        }
        statement::write(db, &self.subjects.dirty())?;
        statement::write(db, &self.sources.dirty())?;
        statement::write(db, &self.lanes.dirty())?;
        self.logs.sort_by(|a, b| (&a.tenant_id, &a.id).cmp(&(&b.tenant_id, &b.id)));
        statement::write(db, &self.logs.iter().collect::<Vec<_>>())
    }
}

impl Work<'_> {
    /// Runs a job that may write rows of its own: its error undoes its own work alone. What the
    /// batch has in memory is written before, and read again after.
    pub fn in_savepoint<T>(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        type Manager = <Db as Connection>::TransactionManager;
        self.flush()?;
        let (outbox, counted, made) = (self.outbox, self.counts.len(), self.made.clone());
        let read = self.policies.len();
        Manager::begin_transaction(self.db)?;
        let done = job(self).and_then(|done| self.flush().map(|()| done));
        match done {
            Ok(done) => {
                Manager::commit_transaction(self.db)?;
                Ok(done)
            }
            Err(error) => {
                self.rows = Rows::default();
                (self.outbox, self.made) = (outbox, made);
                self.counts.truncate(counted);
                self.policies.truncate(read);
                // As Diesel's own `transaction`: where even this fails, that is what counts.
                Manager::rollback_transaction(self.db)?;
                Err(error)
            }
        }
    }

    /// The subject's row, read if the batch has not got it yet.
    pub fn subject_slot(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Result<&mut Slot<SubjectRow>, StoreError> {
        let key = [tenant.as_str(), subject.as_str(), ""];
        if self.rows.subjects.get(key).is_none() {
            let found = subject_rows::find(self.db, tenant, subject)?;
            let stored = found.is_some();
            let row = found.unwrap_or_else(|| SubjectRow::blank(tenant.as_str(), subject.as_str()));
            self.rows.subjects.insert(row, stored);
        }
        self.rows.subjects.get_mut(key).ok_or(StoreError::Unclear)
    }

    pub fn source_slot(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        source: &Source,
    ) -> Result<&mut Slot<SourceRow>, StoreError> {
        let key = [tenant.as_str(), subject.as_str(), source.as_str()];
        if self.rows.sources.get(key).is_none() {
            let found = subject_rows::find_source(self.db, tenant, subject, source)?;
            let stored = found.is_some();
            let blank = || SourceRow::blank(tenant.as_str(), subject.as_str(), source.as_str());
            self.rows.sources.insert(found.unwrap_or_else(blank), stored);
        }
        self.rows.sources.get_mut(key).ok_or(StoreError::Unclear)
    }

    /// `None` for the public lane, and for a named one without a row.
    pub fn lane_slot(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        lane: &Lane,
    ) -> Result<Option<&mut Slot<LaneRow>>, StoreError> {
        if lane.is_public() {
            return Ok(None);
        }
        let name = lane.stored();
        let key = [tenant.as_str(), subject.as_str(), name.as_str()];
        if self.rows.lanes.get(key).is_none()
            && let Some(row) = subject_rows::find_lane(self.db, tenant, subject, lane)?
        {
            self.rows.lanes.insert(row, true);
        }
        Ok(self.rows.lanes.get_mut(key))
    }

    /// Takes a lane that had no row.
    pub fn new_lane(&mut self, row: LaneRow) {
        let lanes = &mut self.rows.lanes;
        match lanes.place(row.key()) {
            Ok(_) => {}
            Err(place) => {
                lanes.0.insert(place, Box::new(Slot { row, stored: false, dirty: true }));
            }
        }
    }

    /// Writes what is in memory and forgets it.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.write(self.db)?;
        // What was written to is kept.
        let written = |key: Key<'_>| rows.subjects.get(key).is_some_and(|slot| slot.dirty);
        self.made.retain(|(tenant, subject)| !written([tenant, subject, ""]));
        for (tenant, gained) in rows.new_phantoms {
            self.context.phantoms.make_room(self.db, &tenant, gained, self.now)?;
        }
        Ok(())
    }

    /// At the end of the batch: of what was made to be locked and not used, nothing stays.
    pub fn remove_blank(&mut self) -> Result<(), StoreError> {
        if !self.made.is_empty() {
            for tenant in subject_moves::remove_blank(self.db, &self.made)? {
                self.context.phantoms.forget(&tenant);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::sqlite::Sqlite;

    use super::*;
    use crate::store::schema;
    use crate::store::sign_ins::{Client, SignIn};

    macro_rules! columns_of {
        ($row:ty, $table:ident) => {{
            let query = schema::$table::table.select(<$row>::as_select());
            let sql = diesel::debug_query::<Sqlite, _>(&query).to_string();
            let selected: Vec<&str> = sql
                .split_once(" FROM ")
                .map(|(columns, _)| columns)
                .unwrap()
                .split('`')
                .skip(3)
                .step_by(4)
                .collect();
            let said: Vec<&str> = <$row>::COLUMNS.iter().map(|(name, _)| *name).collect();
            assert_eq!((said, <$row>::TABLE), (selected, stringify!($table)));
        }};
    }

    /// A row is read by place: a column that was left out or swapped would be read as another.
    #[test]
    fn rows_say_their_columns_in_the_order_of_their_fields() {
        columns_of!(SubjectRow, subjects);
        columns_of!(SourceRow, sources);
        columns_of!(LaneRow, lanes);
        columns_of!(AttemptRow, attempts);
        columns_of!(Client, clients);
        columns_of!(SignIn, sign_ins);
    }
}

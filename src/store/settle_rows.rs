//! The rows of one batch, held in memory between the first read and the flush: each item sees what
//! the one before it left (protocol rule 9), and each row is written once. Knows which rows belong
//! to a decision, not what is decided.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use diesel::connection::TransactionManager;
use diesel::prelude::*;
use parking_lot::Mutex;

use super::attempts::{self, AttemptRow};
use super::audit::{self, AuditRow};
use super::committer::{OutboxWritten, Work};
use super::connection::Db;
use super::error::StoreError;
use super::ledger::{Completion, Ledger, LivePolicy, OtherSessions, Owner, Place};
use super::notices::{self, Notice};
use super::outbox::{self, OutboxRow, OutboxStatus};
use super::schema::{lanes, sources, subjects};
use super::sessions::{self, SessionFilter, SessionStatus};
use super::settle::Settled;
use super::sign_ins::{self, SignIn};
use super::subject_moves;
use super::subjects::{self as subject_rows, LaneRow, SourceRow, SubjectKey, SubjectRow};
use super::tenants;
use super::users::{self, NewUser, User};
use crate::lockout::{LaneState, Policy, SourceState, SubjectState, SubjectView};
use crate::model::{
    AttemptId, CanonicalKey, Count, IdentificationId, Lane, Millis, RecentShared, SignInId, Source,
    TenantId, UserId,
};

/// A row in the batch: what it holds now and what the flush must do about it.
#[derive(Debug)]
struct Slot<R> {
    row: R,
    stored: bool,
    dirty: bool,
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    subjects: BTreeMap<(TenantId, SubjectKey), Slot<SubjectRow>>,
    sources: BTreeMap<(TenantId, SubjectKey, Source), Slot<SourceRow>>,
    lanes: BTreeMap<(TenantId, SubjectKey, Lane), Slot<LaneRow>>,
    policies: HashMap<TenantId, LivePolicy>,
    /// Tenants that gained phantoms in this batch.
    new_phantoms: BTreeSet<TenantId>,
}

/// Tenants whose parsed policy is kept: three times the 10,000 that are active in the largest
/// installation that is measured (`benches/tenants.rs`); 4 MB where most keep a preset.
const POLICIES: usize = 32_768;

/// Parsed policies by tenant and version. A version never changes once written, so an entry is
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
    /// Rule 11 (the policy in the transaction): what is live is asked of the database each time; a
    /// node that missed an edit would let a guess too many through.
    pub fn get(&self, db: &mut Db, tenant: &TenantId) -> Result<LivePolicy, StoreError> {
        let version =
            super::lockout_policy::live_version(db, tenant)?.ok_or(StoreError::NotFound)?;
        if let Some(known) = self.parsed.get(tenant).filter(|p| p.version == version) {
            return Ok(known);
        }
        let row = super::lockout_policy::find(db, tenant, version)?.ok_or(StoreError::NotFound)?;
        let live = LivePolicy { version, policy: self.shared(row.policy()?) };
        self.parsed.insert(tenant.clone(), live.clone());
        Ok(live)
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
    /// Locks the batch's subjects in byte order and remembers what came with the lock.
    pub fn lock(db: &mut Db, keys: &BTreeSet<(TenantId, SubjectKey)>) -> Result<Self, StoreError> {
        let mut rows = Self::default();
        if keys.is_empty() {
            return Ok(rows);
        }
        for row in subject_rows::lock_rows(db, keys)? {
            let tenant = TenantId::from_stored(row.tenant_id.clone());
            let subject = SubjectKey::from_stored(row.subject.clone());
            // PostgreSQL makes the row before it can lock it; nothing was decided on it yet.
            if row.phantom && row.last_instant == 0 {
                rows.new_phantoms.insert(tenant.clone());
            }
            rows.subjects.insert((tenant, subject), Slot { row, stored: true, dirty: false });
        }
        Ok(rows)
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
        let (outbox, counted) = (self.outbox, self.counts.len());
        Manager::begin_transaction(self.db)?;
        let done = job(self).and_then(|done| self.flush().map(|()| done));
        match done {
            Ok(done) => {
                Manager::commit_transaction(self.db)?;
                Ok(done)
            }
            Err(error) => {
                self.rows = Rows::default();
                self.outbox = outbox;
                self.counts.truncate(counted);
                // As Diesel's own `transaction`: where even this fails, that is what counts.
                Manager::rollback_transaction(self.db)?;
                Err(error)
            }
        }
    }

    /// Rule 15 (lanes are rows): a cookie only names one. A named lane without a row was never issued,
    /// or has been revoked, and reads as dead; else an old cookie would bring an old count.
    fn lane_state(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        lane: &Lane,
    ) -> Result<LaneState, StoreError> {
        if lane.is_public() {
            return Ok(LaneState::default());
        }
        let key = (tenant.clone(), subject.clone(), lane.clone());
        if let Some(slot) = self.rows.lanes.get(&key) {
            return Ok(slot.row.state());
        }
        match subject_rows::find_lane(self.db, tenant, subject, lane)? {
            Some(row) => {
                let state = row.state();
                self.rows.lanes.insert(key, Slot { row, stored: true, dirty: false });
                Ok(state)
            }
            None => Ok(LaneState { dead: true, ..LaneState::default() }),
        }
    }

    fn subject_slot(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Result<&mut Slot<SubjectRow>, StoreError> {
        let key = (tenant.clone(), subject.clone());
        if !self.rows.subjects.contains_key(&key) {
            let found = subject_rows::find(self.db, tenant, subject)?;
            let stored = found.is_some();
            let row = found.unwrap_or_else(|| SubjectRow::blank(tenant, subject));
            self.rows.subjects.insert(key.clone(), Slot { row, stored, dirty: false });
        }
        self.rows.subjects.get_mut(&key).ok_or(StoreError::Unclear)
    }

    fn source_state(&mut self, place: Place<'_>) -> Result<SourceState, StoreError> {
        let Place { tenant, subject, source, .. } = place;
        let key = (tenant.clone(), subject.clone(), source.clone());
        if let Some(slot) = self.rows.sources.get(&key) {
            return Ok(slot.row.state());
        }
        let found = subject_rows::find_source(self.db, tenant, subject, source)?;
        let stored = found.is_some();
        let row = found.unwrap_or_else(|| SourceRow::blank(tenant, subject, source));
        let state = row.state();
        self.rows.sources.insert(key, Slot { row, stored, dirty: false });
        Ok(state)
    }

    /// Writes every row that changed, subjects first, each kind in byte order of its key (rule 10).
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let Self { db, rows, context, .. } = self;
        for ((tenant, subject), slot) in rows.subjects.iter_mut().filter(|(_, slot)| slot.dirty) {
            if slot.stored {
                diesel::update(subjects::table.find((tenant, subject)))
                    .set(&slot.row)
                    .execute(*db)?;
            } else {
                diesel::insert_into(subjects::table).values(&slot.row).execute(*db)?;
                if subject.is_phantom() {
                    rows.new_phantoms.insert(tenant.clone());
                }
            }
        }
        for ((tenant, subject, source), slot) in
            rows.sources.iter_mut().filter(|(_, slot)| slot.dirty)
        {
            if slot.stored {
                diesel::update(sources::table.find((tenant, subject, source)))
                    .set(&slot.row)
                    .execute(*db)?;
            } else {
                diesel::insert_into(sources::table).values(&slot.row).execute(*db)?;
            }
        }
        for ((tenant, subject, lane), slot) in rows.lanes.iter_mut().filter(|(_, slot)| slot.dirty)
        {
            diesel::update(lanes::table.find((tenant, subject, lane.stored())))
                .set(&slot.row)
                .execute(*db)?;
        }
        for tenant in &rows.new_phantoms {
            super::upkeep::trim_phantoms(db, tenant, context.phantom_cap)?;
        }
        *rows = Rows::default();
        Ok(())
    }
}

impl Ledger for Work<'_> {
    fn now(&self) -> Millis {
        self.now
    }

    fn node(&self) -> &str {
        &self.context.node
    }

    fn next_order(&mut self) -> u64 {
        self.context.settles.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }

    fn count(&mut self, what: Count) {
        self.counts.push(what);
    }

    fn attempt(
        &mut self,
        tenant: &TenantId,
        id: &AttemptId,
    ) -> Result<Option<AttemptRow>, StoreError> {
        Ok(attempts::find(self.db, tenant, id)?)
    }

    fn policy(&mut self, tenant: &TenantId) -> Result<LivePolicy, StoreError> {
        if let Some(known) = self.rows.policies.get(tenant) {
            return Ok(known.clone());
        }
        let live = self.context.policies.get(self.db, tenant)?;
        self.rows.policies.insert(tenant.clone(), live.clone());
        Ok(live)
    }

    fn other_sessions(&mut self, tenant: &TenantId) -> Result<OtherSessions, StoreError> {
        let single = tenants::has_single_session(self.db, tenant)?;
        Ok(if single { OtherSessions::Replaced } else { OtherSessions::Kept })
    }

    fn owner(
        &mut self,
        tenant: &TenantId,
        key: &CanonicalKey,
    ) -> Result<Option<Owner>, StoreError> {
        Ok(users::find_by_key(self.db, tenant, key)?.map(owner_of))
    }

    fn user(&mut self, tenant: &TenantId, user: &UserId) -> Result<Option<Owner>, StoreError> {
        Ok(users::find(self.db, tenant, user)?.map(owner_of))
    }

    fn keys_of(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Vec<CanonicalKey>, StoreError> {
        Ok(users::keys_of(self.db, tenant, user)?)
    }

    fn mail_address(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Option<IdentificationId>, StoreError> {
        Ok(users::mail_address(self.db, tenant, user)?)
    }

    fn sign_in(&mut self, tenant: &TenantId, id: &SignInId) -> Result<Option<SignIn>, StoreError> {
        Ok(sign_ins::find(self.db, tenant, id)?)
    }

    fn unlock_mails_since(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<Millis>, StoreError> {
        Ok(outbox::unlock_mails_since(self.db, tenant, subject, since, limit)?)
    }

    fn subject(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Result<Option<SubjectState>, StoreError> {
        let slot = self.subject_slot(tenant, subject)?;
        Ok((slot.stored || slot.dirty).then(|| slot.row.state()))
    }

    fn view(&mut self, place: Place<'_>) -> Result<SubjectView, StoreError> {
        let subject = self.subject_slot(place.tenant, place.subject)?.row.state();
        let source = self.source_state(place)?;
        let lane = self.lane_state(place.tenant, place.subject, place.lane)?;
        Ok(SubjectView { subject, source, lane })
    }

    fn put(&mut self, place: Place<'_>, view: &SubjectView) -> Result<(), StoreError> {
        let Place { tenant, subject, source, lane } = place;
        let slot = self.subject_slot(tenant, subject)?;
        if slot.row.state() != view.subject {
            slot.row.put(&view.subject);
            slot.dirty = true;
        }
        let source_key = (tenant.clone(), subject.clone(), source.clone());
        if let Some(slot) = self.rows.sources.get_mut(&source_key)
            && slot.row.state() != view.source
        {
            slot.row.put(&view.source);
            // A row that says nothing need not exist.
            slot.dirty = slot.stored || view.source.count > 0 || view.source.lock.is_some();
        }
        let lane_key = (tenant.clone(), subject.clone(), lane.clone());
        if let Some(slot) = self.rows.lanes.get_mut(&lane_key)
            && slot.row.state() != view.lane
        {
            slot.row.put(&view.lane);
            slot.dirty = true;
        }
        Ok(())
    }

    fn log(&mut self, row: AttemptRow) -> Result<(), StoreError> {
        Ok(attempts::insert(self.db, &row)?)
    }

    fn audit(&mut self, row: AuditRow) -> Result<(), StoreError> {
        Ok(audit::insert(self.db, &row)?)
    }

    fn tell(&mut self, notice: &Notice) -> Result<(), StoreError> {
        notices::tell(self.db, notice)
    }

    fn enqueue(&mut self, row: OutboxRow) -> Result<(), StoreError> {
        if row.status == OutboxStatus::Due {
            self.outbox = OutboxWritten::Something;
        }
        Ok(outbox::insert(self.db, &row)?)
    }

    /// Row order of every write: subject (locked already), client, sign-in, then the rest (rule 10).
    fn complete(&mut self, done: &Completion<'_>, proof: &Settled) -> Result<(), StoreError> {
        let tenant = &done.session.tenant_id;
        sign_ins::signed_in(self.db, tenant, done.client, done.sign_in, done.at)?;
        sign_ins::save(self.db, done.sign_in)?;
        if done.others == OtherSessions::Replaced {
            let client = Some(done.client.id.clone());
            let others = SessionFilter { client, ..SessionFilter::default() };
            sessions::end_where(self.db, tenant, others, SessionStatus::Replaced, done.at)?;
        }
        sessions::insert(self.db, done.session, proof)?;
        Ok(users::signed_in(self.db, tenant, &done.session.user_id, done.at)?)
    }

    fn insert_user(&mut self, new: &NewUser) -> Result<(), StoreError> {
        users::insert(self.db, new)
    }

    fn remove_user(&mut self, tenant: &TenantId, user: &UserId) -> Result<(), StoreError> {
        users::remove(self.db, tenant, user, self.now)
    }

    fn hand_over(
        &mut self,
        tenant: &TenantId,
        from: &SubjectKey,
        to: &SubjectKey,
    ) -> Result<(), StoreError> {
        self.flush()?;
        subject_moves::hand_over(self.db, tenant, from, to)
    }

    fn copy_over(
        &mut self,
        tenant: &TenantId,
        from: &SubjectKey,
        to: &SubjectKey,
    ) -> Result<(), StoreError> {
        self.flush()?;
        subject_moves::copy_over(self.db, tenant, from, to)
    }

    fn remove_subject(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Result<(), StoreError> {
        self.flush()?;
        subject_moves::remove(self.db, tenant, subject)
    }
}

fn owner_of(user: User) -> Owner {
    Owner { id: user.id, credential_version: user.credential_version, banned: user.banned }
}

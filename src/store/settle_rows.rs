//! The rows of one batch, held in memory between the first read and the flush: each item sees what
//! the one before it left (protocol rule 9), and each row is written once. Knows which rows belong
//! to a decision, not what is decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use diesel::prelude::*;

use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{lanes, sources, subjects};
use super::subjects::{self as subject_rows, LaneRow, SourceRow, SubjectKey, SubjectRow};
use crate::lockout::{LaneState, Policy, SubjectView};
use crate::model::{Lane, RecentShared, Source, TenantId};

/// A row in the batch: what it holds now and what the flush must do about it.
#[derive(Debug)]
struct Slot<R> {
    row: R,
    stored: bool,
    dirty: bool,
}

/// The live policy of a tenant, as read inside this batch's transaction (protocol rule 11).
#[derive(Debug, Clone)]
pub(super) struct LivePolicy {
    pub version: i64,
    pub policy: Arc<Policy>,
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
/// installation that is measured (`benches/tenants.rs`), 13 MB when full.
const POLICIES: usize = 32_768;

/// Parsed policies by tenant and version. A version never changes once written, so an entry is
/// right for ever; which version is live is read in every transaction.
#[derive(Debug)]
pub(super) struct PolicyCache {
    parsed: RecentShared<TenantId, LivePolicy>,
}

impl Default for PolicyCache {
    fn default() -> Self {
        Self { parsed: RecentShared::new(POLICIES) }
    }
}

impl PolicyCache {
    pub fn get(&self, db: &mut Db, tenant: &TenantId) -> Result<LivePolicy, StoreError> {
        let version =
            super::lockout_policy::live_version(db, tenant)?.ok_or(StoreError::NotFound)?;
        if let Some(known) = self.parsed.get(tenant).filter(|p| p.version == version) {
            return Ok(known);
        }
        let row = super::lockout_policy::find(db, tenant, version)?.ok_or(StoreError::NotFound)?;
        let live = LivePolicy { version, policy: Arc::new(row.policy()?) };
        self.parsed.insert(tenant.clone(), live.clone());
        Ok(live)
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
    /// The tenant's live policy.
    pub fn policy(&mut self, tenant: &TenantId) -> Result<LivePolicy, StoreError> {
        if let Some(known) = self.rows.policies.get(tenant) {
            return Ok(known.clone());
        }
        let live = self.context.policies.get(self.db, tenant)?;
        self.rows.policies.insert(tenant.clone(), live.clone());
        Ok(live)
    }

    /// The state of a subject with the rows that an event from `source` in `lane` touches.
    pub fn view(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        source: &Source,
        lane: &Lane,
    ) -> Result<SubjectView, StoreError> {
        let subject_state = self.subject_slot(tenant, subject)?.row.state();
        let source_state = {
            let key = (tenant.clone(), subject.clone(), source.clone());
            if !self.rows.sources.contains_key(&key) {
                let found = subject_rows::find_source(self.db, tenant, subject, source)?;
                let stored = found.is_some();
                let row = found.unwrap_or_else(|| SourceRow::blank(tenant, subject, source));
                self.rows.sources.insert(key.clone(), Slot { row, stored, dirty: false });
            }
            self.rows.sources.get(&key).map(|slot| slot.row.state()).unwrap_or_default()
        };
        let lane_state = self.lane_state(tenant, subject, lane)?;
        Ok(SubjectView { subject: subject_state, source: source_state, lane: lane_state })
    }

    /// A named lane without a row was never issued, or has been revoked: it reads as dead.
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

    /// Takes what `decide` answered; the flush writes what differs.
    pub fn put(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        source: &Source,
        lane: &Lane,
        view: &SubjectView,
    ) -> Result<(), StoreError> {
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

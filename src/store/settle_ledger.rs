//! The ledger that ships: the open transaction of a batch, over the rows that the batch has in memory
//! and with statements of its own for the rest. Decides nothing.

use std::sync::atomic::Ordering;

use super::attempts::{self, AttemptRow};
use super::audit::{self, AuditRow};
use super::committer::{OutboxWritten, Work};
use super::error::StoreError;
use super::events::{Event, EventKind};
use super::facts;
use super::ledger::{Completion, Ledger, LivePolicy, OtherSessions, Owner, Place};
use super::notices::{self, Notice};
use super::one_time_codes::{self, OneTimeCode};
use super::outbox::{self, OutboxRow, OutboxStatus, OutboxTopic};
use super::sessions::{self, SessionFilter, SessionStatus};
use super::settle::Settled;
use super::sign_ins::{self, SignIn};
use super::subject_moves;
use super::subjects::SubjectKey;
use super::tenants;
use super::users::{self, NewUser};
use crate::lockout::{LaneState, SubjectState, SubjectView};
use crate::model::{
    AttemptId, CanonicalKey, Count, IdentificationId, Millis, SignInId, TenantId, UserId,
};

/// Whether an attempt's id is looked up before it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookUp {
    /// It is asked for the first time: a row of its id could only come from another asker, and the
    /// key of the log lets no second one be written (see `settle::SettleJob`).
    Never,
    Always,
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
        if self.look_up == LookUp::Never {
            return Ok(None);
        }
        let unwritten = self.rows.logs.iter().find(|row| row.tenant_id == *tenant && row.id == *id);
        match unwritten {
            Some(row) => Ok(Some(row.clone())),
            None => Ok(attempts::find(self.db, tenant, id)?),
        }
    }

    fn policy(&mut self, tenant: &TenantId) -> Result<LivePolicy, StoreError> {
        if let Some(known) = self.rows.policies.get(tenant) {
            return Ok(known.clone());
        }
        let version = match self.rows.tenants.iter().find(|facts| facts.id == *tenant) {
            Some(facts) => facts.version_at(self.now),
            None => {
                let facts = facts::tenants(self.db, &[tenant.as_str()])?.pop();
                facts.ok_or(StoreError::NotFound)?.version_at(self.now)
            }
        };
        let policies = &self.context.policies;
        let live = match policies.known(tenant, version) {
            Some(known) => known,
            None => {
                let read = policies.read(self.db, tenant, version)?;
                self.policies.push((tenant.clone(), read.clone()));
                read
            }
        };
        self.rows.policies.insert(tenant.clone(), live.clone());
        Ok(live)
    }

    fn other_sessions(&mut self, tenant: &TenantId) -> Result<OtherSessions, StoreError> {
        let single = match self.rows.tenants.iter().find(|facts| facts.id == *tenant) {
            Some(facts) => facts.single_session,
            None => tenants::has_single_session(self.db, tenant)?,
        };
        Ok(if single { OtherSessions::Replaced } else { OtherSessions::Kept })
    }

    fn owner(
        &mut self,
        tenant: &TenantId,
        key: &CanonicalKey,
    ) -> Result<Option<Owner>, StoreError> {
        match self.rows.owner(tenant, key.as_str()) {
            Some(known) => Ok(known),
            None => {
                let found = facts::owners(self.db, &[[tenant.as_str(), key.as_str(), ""]])?;
                Ok(found.first().map(facts::OwnerFacts::owner))
            }
        }
    }

    fn user(&mut self, tenant: &TenantId, user: &UserId) -> Result<Option<Owner>, StoreError> {
        Ok(users::find(self.db, tenant, user)?.map(|user| Owner {
            id: user.id,
            credential_version: user.credential_version,
            banned: user.banned,
        }))
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
        Ok(sign_ins::find_locked(self.db, tenant, id)?)
    }

    fn unlock_mails_since(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<Millis>, StoreError> {
        let topic = OutboxTopic::Unlock;
        Ok(outbox::mails_since(self.db, topic, (tenant, subject), since, limit)?)
    }

    fn confirmations_since(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<Millis>, StoreError> {
        let topic = OutboxTopic::Unlocked;
        Ok(outbox::mails_since(self.db, topic, (tenant, subject), since, limit)?)
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
        let Place { tenant, subject, source, lane } = place;
        Ok(SubjectView {
            subject: self.subject_slot(tenant, subject)?.row.state(),
            source: self.source_slot(tenant, subject, source)?.row.state(),
            lane: match self.lane_slot(tenant, subject, lane)? {
                Some(slot) => slot.row.state(),
                None if lane.is_public() => LaneState::default(),
                // Rule 15 (lanes are rows): a cookie only names one. A lane without a row was never
                // issued, or has been revoked; else an old cookie would bring an old count.
                None => LaneState { dead: true, ..LaneState::default() },
            },
        })
    }

    fn put(&mut self, place: Place<'_>, view: &SubjectView) -> Result<(), StoreError> {
        let Place { tenant, subject, source, lane } = place;
        let slot = self.subject_slot(tenant, subject)?;
        if slot.row.state() != view.subject {
            slot.row.put(&view.subject);
            slot.dirty = true;
        }
        let slot = self.source_slot(tenant, subject, source)?;
        if slot.row.state() != view.source {
            slot.row.put(&view.source);
            // A row that says nothing need not exist.
            slot.dirty = slot.stored || view.source.count > 0 || view.source.lock.is_some();
        }
        if let Some(slot) = self.lane_slot(tenant, subject, lane)?
            && slot.row.state() != view.lane
        {
            slot.row.put(&view.lane);
            slot.dirty = true;
        }
        Ok(())
    }

    /// The subject's row says which of its attempts is the last, each attempt which one was before:
    /// both rows are written anyway, an index over the log would be one more page for each attempt.
    fn log(&mut self, mut row: AttemptRow) -> Result<(), StoreError> {
        let slot = self.subject_slot(&row.tenant_id, &row.subject)?;
        let before = slot.row.last_attempt.replace(row.id.as_str().to_owned());
        slot.dirty = true;
        row.previous = before.map(AttemptId::from_stored);
        self.rows.logs.push(row);
        Ok(())
    }

    fn audit(&mut self, row: AuditRow) -> Result<(), StoreError> {
        Ok(audit::insert(self.db, &row)?)
    }

    fn announce(&mut self, tenant: &TenantId, event: &Event) -> Result<(), StoreError> {
        self.write_event(tenant, event)
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

    fn keep_code(&mut self, code: &OneTimeCode) -> Result<(), StoreError> {
        Ok(one_time_codes::insert(self.db, code)?)
    }

    /// Row order of every write: subject and sign-in (locked already), client, then the rest (rule 10).
    fn complete(&mut self, done: &Completion<'_>, proof: &Settled) -> Result<(), StoreError> {
        let tenant = &done.session.tenant_id;
        sign_ins::signed_in(self.db, tenant, done.client, done.sign_in, done.at)?;
        sign_ins::save(self.db, done.sign_in)?;
        if done.others == OtherSessions::Replaced {
            let client = Some(done.client.id.clone());
            let others = SessionFilter { client, ..SessionFilter::default() };
            self.end_sessions(tenant, others, SessionStatus::Replaced)?;
        }
        sessions::insert(self.db, done.session, proof)?;
        users::signed_in(self.db, tenant, &done.session.user_id, done.at)?;
        let (id, status) = (&done.session.id, done.session.status);
        self.write_event(tenant, &Event::of_session(EventKind::SessionCreated, id, status))
    }

    fn insert_user(&mut self, new: &NewUser) -> Result<(), StoreError> {
        users::insert(self.db, new)
    }

    fn remove_user(&mut self, tenant: &TenantId, user: &UserId) -> Result<(), StoreError> {
        users::remove(self, tenant, user)
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
        self.context.phantoms.forget(tenant);
        subject_moves::copy_over(self.db, tenant, from, to)
    }

    fn remove_subject(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Result<(), StoreError> {
        self.flush()?;
        self.context.phantoms.forget(tenant);
        subject_moves::remove(self.db, tenant, subject)
    }
}

//! An open transaction of the simulated database as the ledger of the real settle: reads the image
//! through its own writes. It promises what PostgreSQL and SQLite promise; whoever opened it holds
//! the rows' locks and took the time after them.

use std::sync::Arc;

use lockkeeper::lockout::{LaneState, SubjectState, SubjectView};
use lockkeeper::model::{
    AttemptId, AuditId, CanonicalKey, Count, IdentificationId, Lane, Millis, OutboxId, SignInId,
    Source, TenantId, UserId,
};
use lockkeeper::store::attempts::AttemptRow;
use lockkeeper::store::audit::AuditRow;
use lockkeeper::store::lanes::LaneLedger;
use lockkeeper::store::ledger::{Completion, Ledger, LivePolicy, OtherSessions, Owner, Place};
use lockkeeper::store::notices::Notice;
use lockkeeper::store::outbox::OutboxRow;
use lockkeeper::store::settle::Settled;
use lockkeeper::store::sign_ins::SignIn;
use lockkeeper::store::users::NewUser;
use lockkeeper::store::{StoreError, SubjectKey};

use super::factor_ledger::factors_of;
use super::image::{Image, Person, Written, seen};

pub(crate) struct Txn<'a> {
    pub(crate) image: &'a Image,
    pub(crate) over: Written,
    pub(crate) now: Millis,
    pub(crate) node: &'a str,
    /// Settles decided by this process so far.
    pub(crate) order: u64,
    /// Rows named so far in this world, so that names follow from the seed.
    pub(crate) names: u64,
    /// What the user has that is being made.
    pub(crate) born: Born,
}

/// What a new user's rows do not say.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Born {
    pub(crate) password: u64,
    /// A phone for the second factor.
    pub(crate) phone: bool,
}

type Stored<T> = Result<T, StoreError>;

impl Txn<'_> {
    fn name(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    pub(crate) fn person(&self, user: &UserId) -> Option<Person> {
        seen(&self.image.users, &self.over.users, user)
    }

    pub(crate) fn state(&self, subject: &SubjectKey) -> Option<SubjectState> {
        seen(&self.image.subjects, &self.over.subjects, subject)
    }

    pub(crate) fn owner_of(&self, key: &CanonicalKey) -> Option<UserId> {
        seen(&self.image.keys, &self.over.keys, key)
    }

    pub(crate) fn keys(&self, user: &UserId) -> Vec<CanonicalKey> {
        let of = |key: &&CanonicalKey| self.owner_of(key).as_ref() == Some(user);
        let fresh = self.over.keys.keys().filter(|key| !self.image.keys.contains_key(*key));
        self.image.keys.keys().chain(fresh).filter(of).cloned().collect()
    }

    pub(crate) fn sources_of(&self, subject: &SubjectKey) -> Vec<Source> {
        let of = |(key, _): &&(SubjectKey, Source)| key == subject;
        let mut all: Vec<Source> = self
            .image
            .sources
            .keys()
            .chain(self.over.sources.keys())
            .filter(of)
            .map(|(_, source)| source.clone())
            .collect();
        all.sort();
        all.dedup();
        all
    }

    fn lanes_of(&self, subject: &SubjectKey) -> Vec<Lane> {
        let all = self.image.lanes.keys().chain(self.over.lanes.keys());
        all.filter(|(key, _)| key == subject).map(|(_, lane)| lane.clone()).collect()
    }

    /// Removes what is counted of a subject; its codes end by their own age.
    pub(crate) fn forget(&mut self, subject: &SubjectKey) {
        for source in self.sources_of(subject) {
            self.over.sources.insert((subject.clone(), source), None);
        }
        for lane in self.lanes_of(subject) {
            self.over.lanes.insert((subject.clone(), lane), None);
        }
        self.over.subjects.insert(subject.clone(), None);
    }
}

/// Lanes are handed out by the plan of a run.
impl LaneLedger for Txn<'_> {}

impl Ledger for Txn<'_> {
    fn now(&self) -> Millis {
        self.now
    }
    fn node(&self) -> &str {
        self.node
    }
    fn next_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }
    fn count(&mut self, _what: Count) {}

    fn audit_id(&mut self) -> AuditId {
        AuditId::from_stored(format!("aud_{:06}", self.name()))
    }
    fn outbox_id(&mut self) -> OutboxId {
        OutboxId::from_stored(format!("out_{:06}", self.name()))
    }

    fn attempt(&mut self, _: &TenantId, id: &AttemptId) -> Stored<Option<AttemptRow>> {
        Ok(seen(&self.image.attempts, &self.over.attempts, id))
    }
    fn policy(&mut self, _: &TenantId) -> Stored<LivePolicy> {
        let version = self.over.stands.unwrap_or(self.image.stands).version_at(self.now);
        let mut policies = self.image.policies.iter().chain(&self.over.policies);
        let policy = Arc::clone(policies.nth(version).expect("a version that was saved"));
        Ok(LivePolicy { version: version as i64, policy })
    }
    fn other_sessions(&mut self, _: &TenantId) -> Stored<OtherSessions> {
        Ok(OtherSessions::Kept)
    }
    fn owner(&mut self, tenant: &TenantId, key: &CanonicalKey) -> Stored<Option<Owner>> {
        match self.owner_of(key) {
            Some(user) => self.user(tenant, &user),
            None => Ok(None),
        }
    }
    fn user(&mut self, _: &TenantId, user: &UserId) -> Stored<Option<Owner>> {
        Ok(self.person(user).map(|person| Owner {
            id: user.clone(),
            credential_version: person.credential_version,
            banned: person.banned,
        }))
    }
    fn keys_of(&mut self, _: &TenantId, user: &UserId) -> Stored<Vec<CanonicalKey>> {
        Ok(self.keys(user))
    }
    fn mail_address(&mut self, _: &TenantId, user: &UserId) -> Stored<Option<IdentificationId>> {
        let mailed = self.person(user).is_some_and(|person| person.mailed);
        Ok(mailed.then(|| IdentificationId::from_stored(format!("idn_{user}"))))
    }
    fn sign_in(&mut self, _: &TenantId, id: &SignInId) -> Stored<Option<SignIn>> {
        Ok(seen(&self.image.sign_ins, &self.over.sign_ins, id))
    }
    fn unlock_mails_since(
        &mut self,
        _: &TenantId,
        subject: &SubjectKey,
        since: Millis,
        limit: i64,
    ) -> Stored<Vec<Millis>> {
        let mut mails = self.image.unlock_mails(&self.over.outbox, subject, since);
        mails.truncate(limit as usize);
        Ok(mails)
    }
    fn subject(&mut self, _: &TenantId, subject: &SubjectKey) -> Stored<Option<SubjectState>> {
        Ok(self.state(subject))
    }

    fn view(&mut self, place: Place<'_>) -> Stored<SubjectView> {
        let source = (place.subject.clone(), place.source.clone());
        let lane = if place.lane.is_public() {
            LaneState::default()
        } else {
            let key = (place.subject.clone(), place.lane.clone());
            let unknown = LaneState { dead: true, ..LaneState::default() };
            seen(&self.image.lanes, &self.over.lanes, &key).unwrap_or(unknown)
        };
        Ok(SubjectView {
            subject: self.state(place.subject).unwrap_or_default(),
            source: seen(&self.image.sources, &self.over.sources, &source).unwrap_or_default(),
            lane,
        })
    }
    fn put(&mut self, place: Place<'_>, view: &SubjectView) -> Stored<()> {
        self.over.subjects.insert(place.subject.clone(), Some(view.subject.clone()));
        if place.lane.is_public() {
            let key = (place.subject.clone(), place.source.clone());
            let stored = seen(&self.image.sources, &self.over.sources, &key).is_some();
            if stored || view.source.count > 0 || view.source.lock.is_some() {
                self.over.sources.insert(key, Some(view.source.clone()));
            }
        } else {
            let key = (place.subject.clone(), place.lane.clone());
            if seen(&self.image.lanes, &self.over.lanes, &key).is_some() {
                self.over.lanes.insert(key, Some(view.lane.clone()));
            }
        }
        Ok(())
    }

    fn log(&mut self, row: AttemptRow) -> Stored<()> {
        if seen(&self.image.attempts, &self.over.attempts, &row.id).is_some() {
            return Err(StoreError::Conflict { what: "attempt" });
        }
        self.over.attempts.insert(row.id.clone(), Some(row));
        Ok(())
    }
    fn audit(&mut self, _row: AuditRow) -> Stored<()> {
        Ok(())
    }
    fn tell(&mut self, notice: &Notice) -> Stored<()> {
        self.over.notices.push(notice.clone());
        Ok(())
    }
    fn enqueue(&mut self, row: OutboxRow) -> Stored<()> {
        self.over.outbox.insert(row.id.clone(), Some(row));
        Ok(())
    }
    fn complete(&mut self, completion: &Completion<'_>, _proof: &Settled) -> Stored<()> {
        let (session, sign_in) = (completion.session, completion.sign_in);
        if seen(&self.image.sessions, &self.over.sessions, &session.id).is_some() {
            return Err(StoreError::Conflict { what: "session" });
        }
        self.over.sessions.insert(session.id.clone(), Some(session.clone()));
        self.over.sign_ins.insert(sign_in.id.clone(), Some(sign_in.clone()));
        Ok(())
    }

    fn insert_user(&mut self, new: &NewUser) -> Stored<()> {
        let taken = |one: &_| self.owner_of(one).is_some();
        if new.identifications.iter().any(|one| taken(&one.canonical_key)) {
            return Err(StoreError::Conflict { what: "identifier" });
        }
        let (user, born) = (new.user.id.clone(), self.born);
        for one in &new.identifications {
            self.over.keys.insert(one.canonical_key.clone(), Some(user.clone()));
        }
        let credential_version = new.user.credential_version;
        let person = Person {
            credential_version,
            banned: false,
            password: born.password,
            mailed: true,
            factors: factors_of(&user, &new.factors, born.phone),
        };
        self.over.users.insert(user, Some(person));
        Ok(())
    }
    fn remove_user(&mut self, _: &TenantId, user: &UserId) -> Stored<()> {
        for key in self.keys(user) {
            self.over.keys.insert(key, None);
        }
        self.over.users.insert(user.clone(), None);
        Ok(())
    }
    fn hand_over(&mut self, tenant: &TenantId, from: &SubjectKey, to: &SubjectKey) -> Stored<()> {
        self.copy_over(tenant, from, to)?;
        self.remove_subject(tenant, from)
    }
    fn copy_over(&mut self, tenant: &TenantId, from: &SubjectKey, to: &SubjectKey) -> Stored<()> {
        let Some(state) = self.state(from) else { return Ok(()) };
        self.remove_subject(tenant, to)?;
        self.over.subjects.insert(to.clone(), Some(state));
        for source in self.sources_of(from) {
            let key = (from.clone(), source.clone());
            let row = seen(&self.image.sources, &self.over.sources, &key);
            self.over.sources.insert((to.clone(), source), row);
        }
        Ok(())
    }
    fn remove_subject(&mut self, _: &TenantId, subject: &SubjectKey) -> Stored<()> {
        self.remove_codes(subject);
        self.forget(subject);
        Ok(())
    }
}

//! Planted defects at the ledger: a ledger that is honest but for one thing. The settle that runs
//! over it is the one that ships.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockkeeper::lockout::{LaneState, Policy, SubjectView};
use lockkeeper::model::{
    AttemptId, AuditId, Authenticator, CanonicalKey, Count, IdentificationId, Lane, Millis,
    OutboxId, SignInId, TenantId, UserId,
};
use lockkeeper::store::attempts::AttemptRow;
use lockkeeper::store::audit::AuditRow;
use lockkeeper::store::factor::FactorStep;
use lockkeeper::store::lanes::LaneLedger;
use lockkeeper::store::ledger::{Completion, Ledger, LivePolicy, OtherSessions, Owner, Place};
use lockkeeper::store::notices::Notice;
use lockkeeper::store::outbox::OutboxRow;
use lockkeeper::store::settle::Settled;
use lockkeeper::store::sign_ins::{SignIn, SignInStatus};
use lockkeeper::store::users::NewUser;
use lockkeeper::store::{StoreError, SubjectKey};

use super::defects::Defect;
use super::ledger::Txn;

/// What is wrong, and what it needs to go wrong.
#[derive(Clone)]
pub(crate) struct Crook {
    pub(crate) defect: Defect,
    pub(crate) asked: Asked,
    /// The policy that this node remembers.
    pub(crate) cached: (i64, Arc<Policy>),
    /// Names this life of this process.
    pub(crate) process: String,
}

/// On whose behalf the ledger is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Settle { seen_version: i64, step: FactorStep },
    Press,
    Other,
}

pub(crate) struct Crooked<'t, 'a> {
    pub(super) honest: &'t mut Txn<'a>,
    crook: Crook,
}

/// Runs over the honest ledger, or over the crooked one.
pub(crate) fn through<T>(
    txn: &mut Txn<'_>,
    crook: Option<Crook>,
    run: impl FnOnce(&mut dyn Ledger) -> T,
) -> T {
    match crook {
        None => run(txn),
        Some(crook) => run(&mut Crooked { honest: txn, crook }),
    }
}

type Stored<T> = Result<T, StoreError>;

impl Crooked<'_, '_> {
    pub(super) fn has(&self, defect: Defect) -> bool {
        self.crook.defect == defect
    }

    /// `PhantomsInMemory`: a phantom's row is this process's own.
    fn row(&self, subject: &SubjectKey) -> SubjectKey {
        if self.has(Defect::PhantomsInMemory) && subject.is_phantom() {
            return SubjectKey::from_stored(format!("{}@{}", subject.as_str(), self.crook.process));
        }
        subject.clone()
    }

    /// Every count of the account, of all sources.
    pub(super) fn clear_all(&mut self, user: &UserId) {
        let subject = SubjectKey::user(user);
        for source in self.honest.sources_of(&subject) {
            self.honest.over.sources.insert((subject.clone(), source), None);
        }
        let mut state = self.honest.state(&subject).unwrap_or_default();
        state.count = 0;
        self.honest.over.subjects.insert(subject, Some(state));
    }

    /// `FactorOutlivesLock`: the sign-in's serials are taken for the present ones.
    fn revive(&self, sign_in: &mut SignIn) {
        let Some(user) = &sign_in.user_id else { return };
        let state = self.honest.state(&SubjectKey::user(user)).unwrap_or_default();
        sign_in.all_serial = state.all_serial;
        if sign_in.lane == Some(Lane::Public.stored()) {
            sign_in.lane_serial = state.public_serial;
        }
    }

    fn bend(&self, place: &Place<'_>, view: &mut SubjectView) {
        let settling = matches!(self.crook.asked, Asked::Settle { .. });
        if self.has(Defect::LockNotLookedAt) && settling {
            (view.subject.lock, view.subject.staff_lock) = (None, None);
            (view.source.lock, view.lane.lock) = (None, None);
        }
        if self.has(Defect::OneFlagForBoth) && self.crook.asked == Asked::Press {
            view.subject.staff_lock = None;
        }
        if self.has(Defect::ClockGoesBack) {
            view.subject.last_instant = Millis(0);
        }
        if self.has(Defect::LaneCountInCookie) && !place.lane.is_public() && !view.lane.dead {
            let old = LaneState::device(&view.subject);
            view.lane = LaneState { expires: view.lane.expires, ..old };
        }
    }
}

impl LaneLedger for Crooked<'_, '_> {}

impl Ledger for Crooked<'_, '_> {
    fn now(&self) -> Millis {
        self.honest.now()
    }
    fn node(&self) -> &str {
        self.honest.node()
    }
    fn next_order(&mut self) -> u64 {
        self.honest.next_order()
    }
    fn count(&mut self, what: Count) {
        self.honest.count(what);
    }
    fn audit_id(&mut self) -> AuditId {
        self.honest.audit_id()
    }
    fn outbox_id(&mut self) -> OutboxId {
        self.honest.outbox_id()
    }
    fn attempt(&mut self, tenant: &TenantId, id: &AttemptId) -> Stored<Option<AttemptRow>> {
        self.honest.attempt(tenant, id)
    }
    fn policy(&mut self, tenant: &TenantId) -> Stored<LivePolicy> {
        if self.has(Defect::CachedPolicyDecides) {
            let (version, policy) = self.crook.cached.clone();
            return Ok(LivePolicy { version, policy });
        }
        let live = self.honest.policy(tenant)?;
        if self.has(Defect::WrongSecondFactorUncounted)
            && matches!(self.crook.asked, Asked::Settle { step: FactorStep::Second, .. })
        {
            let authenticators = BTreeSet::from([Authenticator::Password]);
            let policy = Policy { authenticators, ..live.policy.as_ref().clone() };
            return Ok(LivePolicy { policy: Arc::new(policy), ..live });
        }
        Ok(live)
    }
    fn other_sessions(&mut self, tenant: &TenantId) -> Stored<OtherSessions> {
        self.honest.other_sessions(tenant)
    }
    fn owner(&mut self, tenant: &TenantId, key: &CanonicalKey) -> Stored<Option<Owner>> {
        let mut owner = self.honest.owner(tenant, key)?;
        if self.has(Defect::CredentialVersionIgnored)
            && let (Some(owner), Asked::Settle { seen_version, .. }) =
                (&mut owner, self.crook.asked)
        {
            owner.credential_version = seen_version;
        }
        Ok(owner)
    }
    fn user(&mut self, tenant: &TenantId, user: &UserId) -> Stored<Option<Owner>> {
        self.honest.user(tenant, user)
    }
    fn keys_of(&mut self, tenant: &TenantId, user: &UserId) -> Stored<Vec<CanonicalKey>> {
        self.honest.keys_of(tenant, user)
    }
    fn mail_address(
        &mut self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Stored<Option<IdentificationId>> {
        self.honest.mail_address(tenant, user)
    }
    fn sign_in(&mut self, tenant: &TenantId, id: &SignInId) -> Stored<Option<SignIn>> {
        let mut found = self.honest.sign_in(tenant, id)?;
        if self.has(Defect::SignInCompletedTwice)
            && let Some(found) = &mut found
            && found.status == SignInStatus::Complete
        {
            found.status = SignInStatus::NeedsFirstFactor;
        }
        if self.has(Defect::FactorOutlivesLock)
            && let Some(found) = &mut found
        {
            self.revive(found);
        }
        Ok(found)
    }
    fn unlock_mails_since(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
        since: Millis,
        limit: i64,
    ) -> Stored<Vec<Millis>> {
        self.honest.unlock_mails_since(tenant, subject, since, limit)
    }
    fn subject(
        &mut self,
        tenant: &TenantId,
        subject: &SubjectKey,
    ) -> Stored<Option<lockkeeper::lockout::SubjectState>> {
        self.honest.subject(tenant, subject)
    }
    fn view(&mut self, place: Place<'_>) -> Stored<SubjectView> {
        let row = self.row(place.subject);
        let mut view = if self.has(Defect::BatchDecidedFromOneRead) {
            let written = std::mem::take(&mut self.honest.over);
            let view = self.honest.view(place);
            self.honest.over = written;
            view?
        } else {
            self.honest.view(Place { subject: &row, ..place })?
        };
        self.bend(&place, &mut view);
        Ok(view)
    }
    fn put(&mut self, place: Place<'_>, view: &SubjectView) -> Stored<()> {
        let row = self.row(place.subject);
        let mut view = view.clone();
        if self.has(Defect::PressClearsLongRun) && self.crook.asked == Asked::Press {
            view.subject.long_run = 0;
        }
        self.honest.put(Place { subject: &row, ..place }, &view)
    }
    fn log(&mut self, row: AttemptRow) -> Stored<()> {
        self.honest.log(row)
    }
    fn audit(&mut self, row: AuditRow) -> Stored<()> {
        self.honest.audit(row)
    }
    fn tell(&mut self, notice: &Notice) -> Stored<()> {
        self.honest.tell(notice)
    }
    fn enqueue(&mut self, row: OutboxRow) -> Stored<()> {
        if self.has(Defect::TwoMailsAnEpisode) {
            let again = OutboxRow { id: self.honest.outbox_id(), ..row.clone() };
            self.honest.enqueue(again)?;
        }
        self.honest.enqueue(row)
    }
    fn complete(&mut self, completion: &Completion<'_>, proof: &Settled) -> Stored<()> {
        if self.has(Defect::SignInClearsOthers) {
            self.clear_all(&completion.session.user_id);
        }
        self.honest.complete(completion, proof)
    }
    fn insert_user(&mut self, new: &NewUser) -> Stored<()> {
        self.honest.insert_user(new)
    }
    fn remove_user(&mut self, tenant: &TenantId, user: &UserId) -> Stored<()> {
        self.honest.remove_user(tenant, user)
    }
    fn hand_over(&mut self, tenant: &TenantId, from: &SubjectKey, to: &SubjectKey) -> Stored<()> {
        if self.has(Defect::SignUpLosesLock) {
            return Ok(());
        }
        self.honest.hand_over(tenant, from, to)
    }
    fn copy_over(&mut self, tenant: &TenantId, from: &SubjectKey, to: &SubjectKey) -> Stored<()> {
        if self.has(Defect::DeletionLosesLock) {
            return Ok(());
        }
        self.honest.copy_over(tenant, from, to)
    }
    fn remove_subject(&mut self, tenant: &TenantId, subject: &SubjectKey) -> Stored<()> {
        self.honest.remove_subject(tenant, subject)
    }
}

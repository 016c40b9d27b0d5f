//! Everything besides an attempt that changes a subject under its row lock: staff lock and unlock,
//! the press of an unlock link, reset; and how effects become rows in the same transaction
//! (invariant 21: a lock and its mail commit together or not at all).

use serde_json::json;
use tokio::sync::oneshot;

use super::audit::AuditRow;
use super::committer::{Job, Store, Touched, Turn, Work, reply_of};
use super::error::StoreError;
use super::events::{About, Event as Told, EventKind};
use super::ledger::{Ledger, Place};
use super::notices::Notice;
use super::settle::SettleRequest;
use super::shares::Room;
use super::subject_mails::{MAILS_PER_DAY, confirm_unlock, enqueue_mail, mail_status, sent_lately};
use super::subjects::SubjectKey;
use super::users::{self, NewUser};
use crate::lockout::{self, AuditFact, Decision, Effect, Event, LockView, Outcome, SubjectState};
use crate::model::{AttemptId, CanonicalKey, Count, Lane, Millis, Source, TenantId, UserId};

/// A change to one user's subject.
#[derive(Debug, Clone)]
pub struct SubjectRequest {
    pub tenant: TenantId,
    pub user: UserId,
    pub event: Event,
    /// Who did it, for the audit log: `api`, `cli:root`, `link`, `staff:user_…`.
    pub actor: String,
    pub reason: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct SubjectChange {
    pub decision: Decision,
    /// The subject afterwards.
    pub state: SubjectState,
    /// The account-wide lock that stands afterwards.
    pub lock: Option<LockView>,
    /// All identifiers of the user, for the published table.
    pub keys: Vec<CanonicalKey>,
    pub at: Millis,
}

impl Store {
    /// Decides a staff lock, staff unlock, press or reset under the subject's row lock.
    ///
    /// # Errors
    /// `NotFound` when the user is gone; otherwise as any write.
    pub async fn change_subject(
        &self,
        request: SubjectRequest,
    ) -> Result<SubjectChange, StoreError> {
        let (reply, answer) = oneshot::channel();
        let tenant = request.tenant.clone();
        let subject = SubjectKey::user(&request.user);
        let run = move |work: &mut Work<'_>| change(work, &request);
        self.submit(
            &tenant.clone(),
            Box::new(SubjectJob {
                key: (tenant, subject),
                room: Room::Reserved,
                run,
                done: None,
                reply,
            }),
        );
        reply_of(answer).await?
    }

    /// Makes a user who is locked by staff from the first instant: in one transaction, so that a
    /// crash leaves no unlocked one behind.
    ///
    /// # Errors
    /// As [`Store::create_user`].
    pub async fn create_locked_user(
        &self,
        new: NewUser,
        actor: String,
    ) -> Result<SubjectChange, StoreError> {
        let request = SubjectRequest {
            tenant: new.user.tenant_id.clone(),
            user: new.user.id.clone(),
            event: Event::StaffLock { until: None },
            actor,
            reason: None,
        };
        let tenant = request.tenant.clone();
        let subject = SubjectKey::user(&request.user);
        let subjects = new.wanted_phantoms().into_iter().cloned().chain([subject]).collect();
        self.work(&tenant, subjects, move |work| {
            users::create(work, &new)?;
            change(work, &request)?
        })
        .await
    }
}

pub(super) struct SubjectJob<T, F> {
    pub key: (TenantId, SubjectKey),
    pub room: Room,
    pub run: F,
    pub done: Option<T>,
    pub reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for SubjectJob<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut Work<'_>) -> Result<T, StoreError> + Send + 'static,
{
    fn turn(&self) -> Turn {
        Turn::OverRows
    }

    fn touch<'a>(&'a self, touched: &mut Touched<'a>) {
        let (tenant, subject) = &self.key;
        touched.tenants.push(tenant.as_str());
        touched.subjects.push([tenant.as_str(), subject.as_str(), ""]);
    }

    fn run(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        self.done = Some((self.run)(work)?);
        Ok(())
    }

    fn room(&self) -> Room {
        self.room
    }

    fn attempt(&self) -> Option<(TenantId, AttemptId)> {
        None
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let answer = match (outcome, self.done) {
            (Ok(()), Some(done)) => Ok(done),
            (Ok(()), None) => Err(StoreError::Unclear),
            (Err(error), _) => Err(error),
        };
        // Nobody waits any more: the change stands all the same.
        let _gone = self.reply.send(answer);
    }
}

/// Decides a change. The subject's row is locked. The outer `Result` is the transaction's, the inner one the caller's: a user who is gone must not
/// fail the batch that others share.
///
/// # Errors
/// [`StoreError`]: nothing was decided, and the whole transaction is to be given up.
pub fn change<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SubjectRequest,
) -> Result<Result<SubjectChange, StoreError>, StoreError> {
    if ledger.user(&request.tenant, &request.user)?.is_none() {
        return Ok(Err(StoreError::NotFound));
    }
    let live = ledger.policy(&request.tenant)?;
    let subject = SubjectKey::user(&request.user);
    let nowhere = Source::from_stored(String::new());
    let place =
        Place { tenant: &request.tenant, subject: &subject, source: &nowhere, lane: &Lane::Public };
    let view = ledger.view(place)?;
    let outcome = lockout::decide(&live.policy, &view, &request.event, ledger.now());
    ledger.put(place, &outcome.state)?;
    let cause = Cause {
        tenant: &request.tenant,
        subject: &subject,
        user: Some(&request.user),
        actor: &request.actor,
        source: None,
        lane: &Lane::Public,
        reason: request.reason.as_deref(),
    };
    write_effects(ledger, &cause, &outcome)?;
    ledger.tell(&Notice::Subject(request.tenant.clone(), subject.clone()))?;
    match &outcome.decision {
        Decision::StaffLocked(_) => ledger.count(Count::Locks),
        Decision::StaffUnlocked { .. } | Decision::Unlocked { .. } | Decision::Reset { .. } => {
            ledger.count(Count::Unlocks);
        }
        Decision::Refused(_)
        | Decision::LaneDead
        | Decision::Counted { .. }
        | Decision::CountedAndLocked(_)
        | Decision::Uncounted(_)
        | Decision::Passed
        | Decision::Completed
        | Decision::PressVoid(_) => {}
    }
    let state = outcome.state.subject;
    let at = ledger.now().max(state.last_instant);
    Ok(Ok(SubjectChange {
        lock: lockout::account_lock(&state, at),
        keys: ledger.keys_of(&request.tenant, &request.user)?,
        decision: outcome.decision,
        state,
        at,
    }))
}

/// Who caused an effect and to whom.
pub(super) struct Cause<'a> {
    pub tenant: &'a TenantId,
    pub subject: &'a SubjectKey,
    pub user: Option<&'a UserId>,
    pub actor: &'a str,
    pub source: Option<&'a Source>,
    /// Where an attempt was made that did it.
    pub lane: &'a Lane,
    pub reason: Option<&'a str>,
}

/// The effects of an attempt, in its own transaction.
pub(super) fn carry_out<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: Option<&UserId>,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let cause = Cause {
        tenant: &request.tenant,
        subject: &request.subject,
        user,
        actor: "attempt",
        source: Some(&request.source),
        lane: &request.lane,
        reason: None,
    };
    write_effects(ledger, &cause, outcome)
}

fn write_effects<L: Ledger + ?Sized>(
    ledger: &mut L,
    cause: &Cause<'_>,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    for effect in &outcome.effects {
        match effect {
            Effect::SendUnlockMail { episode, reminder } => {
                let state = &outcome.state.subject;
                let sent = sent_lately(ledger, cause.tenant, cause.subject)?;
                let status =
                    mail_status(ledger, cause.tenant, cause.user, sent.len() < MAILS_PER_DAY)?;
                enqueue_mail(ledger, cause, state, *episode, *reminder, status)?;
            }
            Effect::Audit(fact) => {
                audit_fact(ledger, cause, fact)?;
                if let AuditFact::Unlocked { by, lifted: Some(_) } = fact {
                    confirm_unlock(ledger, cause, *by)?;
                }
            }
            Effect::Notify(fact) => notify(ledger, cause, fact)?,
        }
    }
    Ok(())
}

/// Locks of staff and of the long run shut all lanes.
fn is_of_its_lane(lock: &LockView) -> bool {
    !lock.staff && lock.kind == lockout::LockKind::Automatic
}

fn audit_fact<L: Ledger + ?Sized>(
    ledger: &mut L,
    cause: &Cause<'_>,
    fact: &AuditFact,
) -> Result<(), StoreError> {
    let (action, detail) = match fact {
        AuditFact::Locked(lock) => ("user.locked", json!({"lock": lock_json(lock)})),
        AuditFact::Unlocked { by, lifted } => {
            let by = unlocked_by(*by);
            ("user.unlocked", json!({"by": by, "lifted": lifted.as_ref().map(lock_json)}))
        }
    };
    let mut detail = detail;
    if let Some(map) = detail.as_object_mut() {
        if let Some(source) = cause.source {
            map.insert("source".to_owned(), json!(source.as_str()));
        }
        if let AuditFact::Locked(lock) = fact
            && is_of_its_lane(lock)
            && !cause.lane.is_public()
        {
            map.insert("lane".to_owned(), json!(cause.lane.stored()));
        }
        if let Some(reason) = cause.reason {
            map.insert("reason".to_owned(), json!(reason));
        }
    }
    let row = AuditRow {
        tenant_id: cause.tenant.clone(),
        id: ledger.audit_id(),
        at: ledger.now(),
        actor: cause.actor.to_owned(),
        action: action.to_owned(),
        subject: Some(cause.subject.clone()),
        user_id: cause.user.cloned(),
        detail: detail.to_string(),
        seq: None,
        hash: None,
    };
    ledger.audit(row)
}

/// A lock or its end, told to the tenant's servers: as a change of the user, whose resource shows the
/// lock, and by a name of its own. Of a phantom's the same rows are written and told to nobody.
fn notify<L: Ledger + ?Sized>(
    ledger: &mut L,
    cause: &Cause<'_>,
    fact: &lockout::Notice,
) -> Result<(), StoreError> {
    let (kind, facts) = match fact {
        lockout::Notice::UserLocked(lock) => {
            let source = cause.source.map(Source::as_str);
            (EventKind::UserLocked, json!({ "lock": lock_json(lock), "source": source }))
        }
        lockout::Notice::UserUnlocked { by } => {
            (EventKind::UserUnlocked, json!({ "by": unlocked_by(*by) }))
        }
    };
    let mut facts = facts;
    if let Some(map) = facts.as_object_mut() {
        map.insert("actor".to_owned(), json!(cause.actor));
        map.insert("reason".to_owned(), json!(cause.reason));
    }
    let about = cause.user.map_or(About::Nobody, |user| About::User(user.clone()));
    let updated = Told { kind: EventKind::UserUpdated, about: about.clone(), facts: json!({}) };
    ledger.announce(cause.tenant, &updated)?;
    ledger.announce(cause.tenant, &Told { kind, about, facts })
}

const fn unlocked_by(by: lockout::UnlockedBy) -> &'static str {
    match by {
        lockout::UnlockedBy::Press => "press",
        lockout::UnlockedBy::Staff => "staff",
        lockout::UnlockedBy::Reset => "reset",
    }
}

fn lock_json(lock: &LockView) -> serde_json::Value {
    let kind = match (lock.staff, lock.kind) {
        (true, _) => "staff",
        (false, lockout::LockKind::Automatic) => "automatic",
        (false, lockout::LockKind::LongRun) => "long_run",
    };
    json!({
        "kind": kind,
        "source_only": lock.source_only,
        "since": lock.since.0,
        "until": lock.until.instant().map(|m| m.0),
    })
}

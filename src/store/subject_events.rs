//! Everything besides an attempt that changes a subject under its row lock: staff lock and unlock,
//! the press of an unlock link, reset, a new unlock mail; and how effects become rows in the same
//! transaction (invariant 21: a lock and its mail commit together or not at all).

use serde_json::json;
use tokio::sync::oneshot;

use super::audit::AuditRow;
use super::committer::{Job, Store, Touched, Turn, Work, reply_of};
use super::error::StoreError;
use super::events::{About, Event as Told, EventKind};
use super::ledger::{Ledger, Place};
use super::notices::Notice;
use super::outbox::{OutboxKind, OutboxRow, OutboxStatus, OutboxTopic};
use super::settle::SettleRequest;
use super::subjects::SubjectKey;
use super::users::{self, NewUser};
use crate::lockout::{self, AuditFact, Decision, Effect, Event, LockView, Outcome, SubjectState};
use crate::model::{
    AttemptId, CanonicalKey, Count, IdentificationId, Lane, Millis, Source, Span, TenantId, UserId,
};

/// Unlock mails of one subject are at least this far apart when asked for (DESIGN §8).
pub const MAIL_SPACING: Span = Span::MINUTE.times(10);
/// Unlock mails of one subject within 24 h (DESIGN §8).
pub const MAILS_PER_DAY: usize = 5;

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

/// Somebody asks for the unlock mail again. Answered alike for known and unknown identifiers.
#[derive(Debug, Clone)]
pub struct UnlockMailRequest {
    pub tenant: TenantId,
    pub key: CanonicalKey,
    /// As resolved by the caller; read again under the lock.
    pub subject: SubjectKey,
    pub phantom: SubjectKey,
}

/// Whether the subject was still the one that the caller resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockMailAnswer {
    /// A row was written: due, suppressed or void.
    Recorded,
    /// The identifier changed hands meanwhile: resolve again.
    Again,
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
            Box::new(SubjectJob { key: (tenant, subject), run, done: None, reply }),
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

    /// Writes one outbox row for a requested unlock mail: due, suppressed by the caps, or void.
    ///
    /// # Errors
    /// As any write.
    pub async fn request_unlock_mail(
        &self,
        request: UnlockMailRequest,
    ) -> Result<UnlockMailAnswer, StoreError> {
        let (reply, answer) = oneshot::channel();
        let key = (request.tenant.clone(), request.subject.clone());
        let run = move |work: &mut Work<'_>| request_mail(work, &request);
        self.submit(&key.0.clone(), Box::new(SubjectJob { key, run, done: None, reply }));
        reply_of(answer).await
    }
}

struct SubjectJob<T, F> {
    key: (TenantId, SubjectKey),
    run: F,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
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
struct Cause<'a> {
    tenant: &'a TenantId,
    subject: &'a SubjectKey,
    user: Option<&'a UserId>,
    actor: &'a str,
    source: Option<&'a Source>,
    reason: Option<&'a str>,
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
            Effect::Audit(fact) => audit_fact(ledger, cause, fact)?,
            Effect::Notify(fact) => notify(ledger, cause, fact)?,
        }
    }
    Ok(())
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

/// When the unlock mails of the last 24 h were made, newest first; as many as the cap looks at.
fn sent_lately<L: Ledger + ?Sized>(
    ledger: &mut L,
    tenant: &TenantId,
    subject: &SubjectKey,
) -> Result<Vec<Millis>, StoreError> {
    let since = ledger.now().before(Span::DAY);
    let limit = i64::try_from(MAILS_PER_DAY).unwrap_or(i64::MAX);
    ledger.unlock_mails_since(tenant, subject, since, limit)
}

/// Due where there is somebody to write to and the caps allow it.
fn mail_status<L: Ledger + ?Sized>(
    ledger: &mut L,
    tenant: &TenantId,
    user: Option<&UserId>,
    allowed: bool,
) -> Result<(OutboxStatus, Option<IdentificationId>), StoreError> {
    let address = match user {
        Some(user) => ledger.mail_address(tenant, user)?,
        None => None,
    };
    let status = match (&address, allowed) {
        (_, false) => OutboxStatus::Suppressed,
        (Some(_), true) => OutboxStatus::Due,
        // Rule 19 (phantoms are rows): nobody to write to costs the same row in the same transaction.
        (None, true) => OutboxStatus::Void,
    };
    Ok((status, address))
}

fn enqueue_mail<L: Ledger + ?Sized>(
    ledger: &mut L,
    cause: &Cause<'_>,
    state: &SubjectState,
    episode: i64,
    reminder: bool,
    (status, address): (OutboxStatus, Option<IdentificationId>),
) -> Result<(), StoreError> {
    let lock_end = state.episode_lock_end.and_then(crate::model::Until::instant);
    let row = OutboxRow {
        tenant_id: cause.tenant.clone(),
        id: ledger.outbox_id(),
        kind: OutboxKind::Mail,
        topic: OutboxTopic::Unlock,
        status,
        subject: Some(cause.subject.clone()),
        user_id: cause.user.cloned(),
        episode: Some(episode),
        payload: json!({
            "to": address.map(IdentificationId::into_string),
            "reminder": reminder,
            "locked_at": state.episode_since.map(|m| m.0),
            "until": lock_end.map(|m| m.0),
            "failures": state.count,
            "source": cause.source.map(Source::as_str),
        })
        .to_string(),
        created_at: ledger.now(),
        due_at: ledger.now(),
        tries: 0,
        claimed_until: None,
        last_error: None,
        finished_at: None,
    };
    ledger.enqueue(row)
}

/// Writes one outbox row for a requested unlock mail: due, suppressed by the caps, or void.
///
/// # Errors
/// [`StoreError`]: the whole transaction is to be given up.
pub fn request_mail<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &UnlockMailRequest,
) -> Result<UnlockMailAnswer, StoreError> {
    let owner = ledger.owner(&request.tenant, &request.key)?;
    let subject_now =
        owner.as_ref().map_or_else(|| request.phantom.clone(), |u| SubjectKey::user(&u.id));
    if subject_now != request.subject {
        return Ok(UnlockMailAnswer::Again);
    }
    let live = ledger.policy(&request.tenant)?;
    let nowhere = Source::from_stored(String::new());
    let view = ledger.view(Place {
        tenant: &request.tenant,
        subject: &request.subject,
        source: &nowhere,
        lane: &Lane::Public,
    })?;
    let state = view.subject;
    // Without an open episode there is nothing that a press could end.
    let open = lockout::open_episode(&live.policy, &state, ledger.now());
    let wanted = open.is_some() && live.policy.unlock_mail;
    let sent = sent_lately(ledger, &request.tenant, &request.subject)?;
    let spaced = sent.first().is_none_or(|last| ledger.now() >= last.after(MAIL_SPACING));
    let user = owner.as_ref().map(|u| u.id.clone());
    let chosen = if wanted {
        mail_status(ledger, &request.tenant, user.as_ref(), spaced && sent.len() < MAILS_PER_DAY)?
    } else {
        (OutboxStatus::Suppressed, None)
    };
    let cause = Cause {
        tenant: &request.tenant,
        subject: &request.subject,
        user: user.as_ref(),
        actor: "request",
        source: None,
        reason: None,
    };
    enqueue_mail(ledger, &cause, &state, state.episode, true, chosen)?;
    Ok(UnlockMailAnswer::Recorded)
}

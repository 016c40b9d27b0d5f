//! Settle: the transaction after a secret was verified, which decides what is revealed. It takes
//! the subject's row lock, reads everything that could have changed since the gate, lets
//! `lockout::decide` judge the *verified* outcome, and writes count, lock, mail, audit and session
//! together. `../shared/reference/protocol.md` names the rules; each is marked where it stands.
//!
//! It knows no web, no actor and no hash; it never sees a secret.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::oneshot;

use super::attempts::AttemptRow;
use super::committer::{Job, Store, Touched, Turn, Work, reply_of};
use super::error::StoreError;
use super::ledger::{Completion, Ledger, Owner, Place};
use super::sessions::Session;
use super::settle_log;
use super::sign_ins::{SignIn, SignInStatus};
use super::subjects::SubjectKey;
use crate::lockout::{self, Decision, Event, LockView, Look};
use crate::model::{
    AttemptId, Authenticator, CanonicalKey, ClientId, Count, Lane, Millis, SessionId, SignInId,
    Source, Span, TenantId, UserId,
};

/// What the verification off the actor found, with the credential version it looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    Right { credential_version: i64 },
    Wrong { credential_version: i64 },
}

/// The client of a sign-in: a known one, or one that the sign-in makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleClient {
    pub id: ClientId,
    /// SHA-256 of the rotating token that a *completed* sign-in gives it (anti-fixation).
    pub rotating_hash: String,
}

/// Which sign-in the attempt belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettleSignIn {
    /// Identifier and secret came together: a sign-in is made only if it completes.
    AtOnce { id: SignInId, identifier: String, locale: Option<String> },
    /// A sign-in that was created before.
    Existing(SignInId),
}

/// One verified attempt. `subject` is what the gate resolved; settle reads it again.
#[derive(Debug, Clone)]
pub struct SettleRequest {
    pub tenant: TenantId,
    /// Primary key of the attempts log: asked again under the same id, the stored answer comes back.
    pub attempt: AttemptId,
    pub key: CanonicalKey,
    pub subject: SubjectKey,
    /// What the subject would be if nobody has this identifier.
    pub phantom: SubjectKey,
    pub authenticator: Authenticator,
    pub verified: Verified,
    pub source: Source,
    pub lane: Lane,
    pub sign_in: SettleSignIn,
    pub client: SettleClient,
    /// Id of the session that is made if the sign-in completes.
    pub session: SessionId,
    pub session_lifetime: Span,
}

impl SettleRequest {
    fn place(&self) -> Place<'_> {
        Place {
            tenant: &self.tenant,
            subject: &self.subject,
            source: &self.source,
            lane: &self.lane,
        }
    }
}

/// What may be revealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Locked before this attempt: right or wrong was thrown away (rule 5).
    Locked(LockView),
    /// Wrong; `remaining` tries before the lock, `None` where failures are not counted.
    Wrong { remaining: Option<i64> },
    /// Wrong, and this failure locked.
    WrongAndLocked(LockView),
    /// Right, and the sign-in is complete.
    Complete { session: SessionId, sign_in: SignInId, client: ClientId, user: UserId },
    /// Right, but the user is banned.
    Banned,
    /// The sign-in cannot take a first factor any more (completed, replaced, abandoned, gone).
    SignInVoid,
    /// Identifier or credential changed meanwhile: once more from the gate (rules 4, 6).
    Again,
}

/// The answer of a settle and what the actor learns from it. Only this module can make one, so a
/// door that holds one has been through the row lock.
#[derive(Debug, Clone)]
pub struct Settled {
    answer: Answer,
    look: Look,
    keys: Vec<CanonicalKey>,
    policy_version: i64,
    at: Millis,
    order: u64,
}

impl Settled {
    #[must_use]
    pub const fn answer(&self) -> &Answer {
        &self.answer
    }

    /// The lane after the settle: what the gate may admit, what stands locked.
    #[must_use]
    pub const fn look(&self) -> &Look {
        &self.look
    }

    /// Every identifier of the subject, filled when a lock stands (for the published table).
    #[must_use]
    pub fn keys(&self) -> &[CanonicalKey] {
        &self.keys
    }

    /// Numbers the settles of one subject in this process in the order in which they were decided;
    /// their answers may come in another.
    #[must_use]
    pub const fn order(&self) -> u64 {
        self.order
    }

    #[must_use]
    pub const fn policy_version(&self) -> i64 {
        self.policy_version
    }

    /// The instant that decided.
    #[must_use]
    pub const fn at(&self) -> Millis {
        self.at
    }
}

/// What the application settles through. The store is the one that ships; tests hand in wrong
/// ones to prove that their checks bite.
pub trait SettlePort: Send + Sync + 'static {
    /// # Errors
    /// [`StoreError`]: the attempt may or may not count, and nothing may be revealed.
    fn settle(
        &self,
        request: SettleRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>>;
}

impl SettlePort for Store {
    fn settle(
        &self,
        request: SettleRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>> {
        let (reply, answer) = oneshot::channel();
        let tenant = request.tenant.clone();
        self.submit(&tenant, Box::new(SettleJob { request, settled: None, reply }));
        Box::pin(reply_of(answer))
    }
}

struct SettleJob {
    request: SettleRequest,
    settled: Option<Settled>,
    reply: oneshot::Sender<Result<Settled, StoreError>>,
}

impl Job for SettleJob {
    fn turn(&self) -> Turn {
        Turn::OverRows
    }

    fn touch(&self, touched: &mut Touched) {
        let request = &self.request;
        touched.subjects.insert((request.tenant.clone(), request.subject.clone()));
    }

    fn run(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        self.settled = Some(settle(work, &self.request)?);
        Ok(())
    }

    fn attempt(&self) -> Option<(TenantId, AttemptId)> {
        Some((self.request.tenant.clone(), self.request.attempt.clone()))
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let answer = match (outcome, self.settled) {
            (Ok(()), Some(settled)) => Ok(settled),
            (Ok(()), None) => Err(StoreError::Unclear),
            (Err(error), _) => Err(error),
        };
        // The attempt's task lives until here (rule 3); if it is gone the count stands all the same.
        let _gone = self.reply.send(answer);
    }
}

/// Decides one attempt and writes what follows from it. The order is the protocol's (rule 4): the
/// row is locked and the time taken by whoever opened the ledger; then attempt id, identifier,
/// policy, credential version, user status, sign-in, lane, decide.
///
/// # Errors
/// [`StoreError`]: nothing was decided, and the whole transaction is to be given up.
pub fn settle<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
) -> Result<Settled, StoreError> {
    if let Some(row) = ledger.attempt(&request.tenant, &request.attempt)? {
        return answered_before(ledger, request, &row);
    }
    let now = ledger.now();
    let live = ledger.policy(&request.tenant)?;
    let owner = ledger.owner(&request.tenant, &request.key)?;
    let owner_id = owner.as_ref().map(|owner| &owner.id);
    let view = ledger.view(request.place())?;
    let order = ledger.next_order();
    let settled = |answer, look: Look, keys| Settled {
        answer,
        look,
        keys,
        policy_version: live.version,
        at: now.max(view.subject.last_instant),
        order,
    };
    let look = lockout::look(&live.policy, &view, &request.lane, now);
    if request.subject != subject_of(request, owner_id) {
        return Ok(settled(Answer::Again, look, Vec::new()));
    }
    // Locked by now: right or wrong is thrown away (rule 5).
    if let Some(lock) = look.lock {
        let keys = keys_of(ledger, request, owner_id)?;
        let done = settled(Answer::Locked(lock), look, keys);
        settle_log::log(ledger, request, owner_id, &done, None)?;
        return Ok(done);
    }
    let (seen, right) = match request.verified {
        Verified::Right { credential_version } => (credential_version, true),
        Verified::Wrong { credential_version } => (credential_version, false),
    };
    // The credential changed since it was looked at: verify again (rule 6).
    if seen != owner.as_ref().map_or(0, |owner| owner.credential_version) {
        return Ok(settled(Answer::Again, look, Vec::new()));
    }
    let Some(sign_in) = sign_in_for(ledger, request)? else {
        return Ok(settled(Answer::SignInVoid, look, Vec::new()));
    };
    let user = owner.as_ref().filter(|_| right);
    if user.is_some_and(|user| user.banned) {
        let done = settled(Answer::Banned, look, Vec::new());
        settle_log::log(ledger, request, owner_id, &done, None)?;
        return Ok(done);
    }
    let outcome = lockout::decide(&live.policy, &view, &event_of(request, user), now);
    ledger.put(request.place(), &outcome.state)?;
    let look = lockout::look(&live.policy, &outcome.state, &request.lane, now);
    let answer = answer_of(request, &outcome.decision, &sign_in, user)?;
    let keys = match &answer {
        Answer::WrongAndLocked(_) => keys_of(ledger, request, owner_id)?,
        _ => Vec::new(),
    };
    let done = settled(answer, look, keys);
    if let (Answer::Complete { .. }, Some(user)) = (&done.answer, user) {
        complete(ledger, request, sign_in, user, &done)?;
    }
    let reason = match &outcome.decision {
        Decision::Uncounted(reason) => Some(*reason),
        _ => None,
    };
    settle_log::log(ledger, request, owner_id, &done, reason)?;
    super::subject_events::carry_out(ledger, request, owner_id, &outcome)?;
    ledger.count(Count::AttemptsSettled);
    if matches!(done.answer, Answer::WrongAndLocked(_)) {
        ledger.count(Count::Locks);
    }
    Ok(done)
}

/// The subject that the identifier is counted under now.
fn subject_of(request: &SettleRequest, owner: Option<&UserId>) -> SubjectKey {
    owner.map_or_else(|| request.phantom.clone(), SubjectKey::user)
}

/// What happened, to the lockout: `user` is the owner whose secret was right.
fn event_of(request: &SettleRequest, user: Option<&Owner>) -> Event {
    match user {
        Some(_) => Event::SignInCompleted { lane: request.lane.clone() },
        None => Event::Failure {
            authenticator: request.authenticator,
            lane: request.lane.clone(),
            weight: 1,
        },
    }
}

fn answer_of(
    request: &SettleRequest,
    decision: &Decision,
    sign_in: &SignIn,
    user: Option<&Owner>,
) -> Result<Answer, StoreError> {
    Ok(match (decision, user) {
        (Decision::CountedAndLocked(lock), _) => Answer::WrongAndLocked(*lock),
        (Decision::Counted { remaining }, _) => Answer::Wrong { remaining: Some(*remaining) },
        (Decision::Uncounted(_), _) => Answer::Wrong { remaining: None },
        (Decision::Refused(lock), _) => Answer::Locked(*lock),
        // The lane died meanwhile: the attempt goes public, from the gate.
        (Decision::LaneDead, _) => Answer::Again,
        (Decision::Completed, Some(user)) => Answer::Complete {
            session: request.session.clone(),
            sign_in: sign_in.id.clone(),
            client: request.client.id.clone(),
            user: user.id.clone(),
        },
        (
            Decision::Completed
            | Decision::Passed
            | Decision::StaffLocked(_)
            | Decision::StaffUnlocked { .. }
            | Decision::Unlocked { .. }
            | Decision::PressVoid(_)
            | Decision::Reset { .. },
            _,
        ) => return Err(StoreError::Corrupt("decide answered another event".to_owned())),
    })
}

/// The sign-in that a right secret would complete; `None` when it cannot take one any more.
fn sign_in_for<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
) -> Result<Option<SignIn>, StoreError> {
    let now = ledger.now();
    match &request.sign_in {
        SettleSignIn::AtOnce { id, identifier, locale } => Ok(Some(SignIn::fresh(
            request.tenant.clone(),
            id.clone(),
            request.client.id.clone(),
            SignInStatus::NeedsFirstFactor,
            Some((identifier.clone(), request.key.clone())),
            locale.clone(),
            now,
        ))),
        SettleSignIn::Existing(id) => {
            let found = ledger.sign_in(&request.tenant, id)?;
            Ok(found.filter(|s| {
                s.status == SignInStatus::NeedsFirstFactor
                    && s.client_id == request.client.id
                    && s.canonical_key.as_ref() == Some(&request.key)
                    && now < s.abandon_at
            }))
        }
    }
}

/// Writes the session and what hangs on it. Takes the [`Settled`] as proof.
fn complete<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    mut sign_in: SignIn,
    user: &Owner,
    proof: &Settled,
) -> Result<(), StoreError> {
    let now = ledger.now();
    let session = Session::begun(
        request.tenant.clone(),
        request.session.clone(),
        request.client.id.clone(),
        user.id.clone(),
        now,
        now.after(request.session_lifetime),
    );
    sign_in.status = SignInStatus::Complete;
    sign_in.user_id = Some(user.id.clone());
    sign_in.first_factor = Some(request.authenticator.as_str().to_owned());
    sign_in.first_factor_at = Some(now);
    sign_in.created_session_id = Some(request.session.clone());
    sign_in.updated_at = now;
    let completion = Completion {
        client: &request.client,
        sign_in: &sign_in,
        session: &session,
        others: ledger.other_sessions(&request.tenant)?,
        at: now,
    };
    ledger.complete(&completion, proof)
}

fn keys_of<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: Option<&UserId>,
) -> Result<Vec<CanonicalKey>, StoreError> {
    match user {
        Some(user) => ledger.keys_of(&request.tenant, user),
        None => Ok(vec![request.key.clone()]),
    }
}

/// The same attempt id again, after an unclear commit: the stored answer, no second count.
fn answered_before<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    row: &AttemptRow,
) -> Result<Settled, StoreError> {
    let live = ledger.policy(&request.tenant)?;
    let place = Place { subject: &row.subject, source: &row.source, ..request.place() };
    let view = ledger.view(place)?;
    let look = lockout::look(&live.policy, &view, &request.lane, ledger.now());
    let keys = keys_of(ledger, request, row.user_id.as_ref())?;
    Ok(Settled {
        answer: settle_log::stored_answer(request, row)?,
        look,
        keys,
        policy_version: row.policy_version,
        at: row.at,
        order: ledger.next_order(),
    })
}

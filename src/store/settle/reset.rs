//! The new password after a reset code: one transaction that writes it, lifts what a reset lifts, and
//! carries the sign-in on. The code was settled before and has brought the sign-in here; nothing is
//! guessed in this step. Knows no hash function.

use tokio::sync::oneshot;

use super::super::committer::{Job, Store, Touched, Turn, Work, reply_of};
use super::super::error::StoreError;
use super::super::factor::SecondFactor;
use super::super::lanes::DeviceWish;
use super::super::ledger::{Ledger, Place};
use super::super::settle_factors::{self, Beginning};
use super::super::settle_log;
use super::super::sign_ins::{SignIn, SignInStatus};
use super::super::subject_events::{self, SubjectRequest};
use super::super::subjects::SubjectKey;
use super::{Answer, SettleClient, Settled, Told, answered_before};
use crate::lockout::{self, Event};
use crate::model::{AttemptId, Lane, SessionId, SignInId, Source, Span, TenantId, UserId};

/// What becomes of the user's sessions elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherDevices {
    Kept,
    SignedOut,
}

/// A new password for the user of a sign-in that waits for one.
#[derive(Clone)]
pub struct ResetRequest {
    pub tenant: TenantId,
    /// As of an attempt: asked again under the same id, the stored answer comes back.
    pub attempt: AttemptId,
    pub user: UserId,
    pub sign_in: SignInId,
    pub client: SettleClient,
    pub source: Source,
    /// Whether the browser becomes a known device if the sign-in completes.
    pub device: DeviceWish,
    /// PHC string.
    pub password_hash: String,
    pub others: OtherDevices,
    /// Id of the session that is made if the sign-in completes.
    pub session: SessionId,
    pub session_lifetime: Span,
}

/// Without the hash.
impl std::fmt::Debug for ResetRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResetRequest").field("sign_in", &self.sign_in).finish_non_exhaustive()
    }
}

pub(super) async fn settled(store: &Store, request: ResetRequest) -> Result<Settled, StoreError> {
    let (reply, answer) = oneshot::channel();
    let tenant = request.tenant.clone();
    let subject = SubjectKey::user(&request.user);
    store.submit(&tenant, Box::new(ResetJob { request, subject, settled: None, reply }));
    reply_of(answer).await
}

struct ResetJob {
    request: ResetRequest,
    subject: SubjectKey,
    settled: Option<Settled>,
    reply: oneshot::Sender<Result<Settled, StoreError>>,
}

impl Job for ResetJob {
    /// It changes what the batch has read of the owner, so the batch reads that again after it.
    fn turn(&self) -> Turn {
        Turn::AfterRows
    }

    fn touch<'a>(&'a self, touched: &mut Touched<'a>) {
        let tenant = self.request.tenant.as_str();
        touched.subjects.push([tenant, self.subject.as_str(), ""]);
        touched.tenants.push(tenant);
    }

    fn run(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        let request = &self.request;
        self.settled = Some(work.in_savepoint(|work| reset(work, request))?);
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
        // Nobody waits any more: the password stands all the same.
        let _gone = self.reply.send(answer);
    }
}

/// Decides one reset. A relock since the code was taken does not end it, or nobody could finish one
/// while an attack goes on: only what raises the serial of all lanes does. A staff lock stays, and
/// keeps the session back.
///
/// # Errors
/// [`StoreError`]: nothing was decided, and the whole transaction is to be given up.
pub fn reset<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &ResetRequest,
) -> Result<Settled, StoreError> {
    let subject = SubjectKey::user(&request.user);
    let place = place_of(request, &subject);
    if let Some(row) = ledger.attempt(&request.tenant, &request.attempt)? {
        return answered_before(ledger, place, None, &request.client, &row);
    }
    let live = ledger.policy(&request.tenant)?;
    let order = ledger.next_order();
    let now = ledger.now();
    let before = ledger.view(place)?;
    let void = |answer| Settled {
        answer,
        look: lockout::look(&live.policy, &before, &Lane::Public, now),
        keys: Vec::new(),
        policy_version: live.version,
        at: now.max(before.subject.last_instant),
        order,
        told: Told::First,
    };
    let Some(owner) = ledger.user(&request.tenant, &request.user)? else {
        return Ok(void(Answer::Deleted));
    };
    let Some(sign_in) = waiting(ledger, request)? else { return Ok(void(Answer::SignInVoid)) };
    // Rule 18 (dies with its lane's lock), of what concerns every lane.
    if sign_in.all_serial != before.subject.all_serial {
        let done = void(Answer::FactorDied);
        settle_factors::fall_back(ledger, sign_in, &done)?;
        return Ok(done);
    }
    if owner.banned {
        return Ok(void(Answer::Banned));
    }
    let change = SubjectRequest {
        tenant: request.tenant.clone(),
        user: request.user.clone(),
        event: Event::Reset,
        actor: "reset_password".to_owned(),
        reason: None,
    };
    let change = subject_events::change(ledger, &change)??;
    let after = ledger.view(place)?;
    let still = ledger.second_factor(&request.tenant, &request.user)?;
    let (id, client) = (sign_in.id.clone(), request.client.id.clone());
    let answer = match (change.lock, still) {
        (Some(lock), SecondFactor::Nothing | SecondFactor::Wanted) => Answer::Locked(lock),
        (None, SecondFactor::Wanted) => {
            Answer::Passed { sign_in: id, client, user: request.user.clone() }
        }
        (None, SecondFactor::Nothing) => {
            let (session, user) = (request.session.clone(), request.user.clone());
            // Under the credentials that this very reset makes: devices of older ones are gone.
            let version = owner.credential_version.saturating_add(1);
            let wish = (request.device, &Lane::Public);
            let device = settle_factors::device_of(&live.policy, wish, &request.session, version);
            Answer::Complete { session, sign_in: id, client, user, device }
        }
    };
    let done = Settled {
        answer,
        look: lockout::look(&live.policy, &after, &Lane::Public, change.at),
        keys: change.keys,
        policy_version: live.version,
        at: change.at,
        order,
        told: Told::First,
    };
    carry_on(ledger, request, sign_in, &after, &done)?;
    // After sign-in, client and session, as in every write (rule 10).
    if request.others == OtherDevices::SignedOut {
        ledger.end_other_sessions(&request.tenant, &request.user, &request.session)?;
    }
    ledger.set_password(&request.tenant, &request.user, &request.password_hash, &done)?;
    settle_log::log_reset(ledger, request, &subject, &done)?;
    Ok(done)
}

/// A reset runs in the public lane, which it has just opened.
fn place_of<'a>(request: &'a ResetRequest, subject: &'a SubjectKey) -> Place<'a> {
    Place { tenant: &request.tenant, subject, source: &request.source, lane: &Lane::Public }
}

/// The sign-in, if it waits for a new password of this user.
fn waiting<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &ResetRequest,
) -> Result<Option<SignIn>, StoreError> {
    let now = ledger.now();
    let found = ledger.sign_in(&request.tenant, &request.sign_in)?;
    Ok(found.filter(|sign_in| {
        sign_in.status == SignInStatus::NeedsNewPassword
            && sign_in.client_id == request.client.id
            && sign_in.user_id.as_ref() == Some(&request.user)
            && now < sign_in.abandon_at
    }))
}

/// The sign-in goes on to its end or to the second factor, or back to its start under a staff lock.
fn carry_on<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &ResetRequest,
    mut sign_in: SignIn,
    after: &lockout::SubjectView,
    done: &Settled,
) -> Result<(), StoreError> {
    match done.answer() {
        Answer::Complete { .. } => {
            let subject = SubjectKey::user(&request.user);
            let beginning = Beginning {
                client: &request.client,
                user: &request.user,
                session: &request.session,
                lifetime: request.session_lifetime,
                place: place_of(request, &subject),
                device: request.device,
                view: after,
            };
            settle_factors::begin_session(ledger, &beginning, sign_in, done)
        }
        Answer::Passed { .. } => {
            sign_in.status = SignInStatus::NeedsSecondFactor;
            // The serials that the reset has just raised: its own proof outlives it.
            settle_factors::bind(&mut sign_in, &Lane::Public, after);
            sign_in.updated_at = ledger.now();
            ledger.hold(&request.client, &sign_in, done)
        }
        Answer::Locked(_) => settle_factors::fall_back(ledger, sign_in, done),
        Answer::Wrong { .. }
        | Answer::WrongAndLocked(_)
        | Answer::Verified { .. }
        | Answer::Banned
        | Answer::Deleted
        | Answer::SignInVoid
        | Answer::FactorDied
        | Answer::Again => Ok(()),
    }
}

//! Settle: the transaction after a secret was verified, which decides what is revealed. It takes
//! the subject's row lock, reads everything that could have changed since the gate, lets
//! `lockout::decide` judge the *verified* outcome, and writes count, lock, mail, audit and session
//! together. `docs/protocol.md` names the rules of the protocol.
//!
//! It knows no web, no actor and no hash; it never sees a secret.

mod job;
pub mod reset;

use std::future::Future;
use std::pin::Pin;

pub use reset::{OtherDevices, ResetRequest};

use super::attempts::AttemptRow;
use super::error::StoreError;
use super::factor::{Bound, Proof, Repetition, SecondFactor};
use super::lanes::{DeviceWish, GivenDevice};
use super::ledger::{Ledger, Owner, Place};
use super::settle_factors::{self, Joined};
use super::settle_log;
use super::sign_ins::SignIn;
use super::subjects::SubjectKey;
use crate::lockout::{self, Decision, Event, LockView, Look, Policy, UncountedReason};
use crate::model::{
    AttemptId, CanonicalKey, ClientId, Count, Lane, Millis, SessionId, SignInId, Source, Span,
    TenantId, UserId,
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
    /// None: a secret is checked for a user who is named by a server or a session, so `key` is
    /// [`CanonicalKey::of_user`]. It counts as any; a right one begins nothing and clears nothing.
    Check {
        /// The session whose factor is proved again, where there is one.
        aged: Option<SessionId>,
    },
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
    /// What was tried; its row is used up if it counts (rule 17).
    pub proof: Proof,
    pub verified: Verified,
    pub source: Source,
    pub lane: Lane,
    /// Whether the browser becomes a known device if the sign-in completes.
    pub device: DeviceWish,
    pub sign_in: SettleSignIn,
    pub client: SettleClient,
    /// Id of the session that is made if the sign-in completes.
    pub session: SessionId,
    pub session_lifetime: Span,
}

impl SettleRequest {
    pub(super) fn place(&self) -> Place<'_> {
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
    Complete {
        session: SessionId,
        sign_in: SignInId,
        client: ClientId,
        user: UserId,
        /// The device that the browser has become; `None` also where it was known already, and where
        /// the answer was taken from the log.
        device: Option<GivenDevice>,
    },
    /// Right, and the sign-in waits for what comes next: a second factor, or a new password.
    Passed { sign_in: SignInId, client: ClientId, user: UserId },
    /// Right; it was checked for a user, and nothing begins.
    Verified { user: UserId },
    /// Right, but the user is banned.
    Banned,
    /// The user for whom the sign-in had passed a factor, or who was named, is gone.
    Deleted,
    /// The sign-in cannot take a first factor any more (completed, replaced, abandoned, gone).
    SignInVoid,
    /// The factor that this sign-in had passed died meanwhile, of a lock or a change of credentials
    /// (rule 18): it needs a first factor again. What was tried is thrown away.
    FactorDied,
    /// Identifier or credential changed meanwhile: once more from the gate (rules 4, 6).
    Again,
}

impl Answer {
    /// Whether the log keeps it. Where nothing was revealed and nothing counted, there is nothing to
    /// remember.
    pub(super) const fn is_logged(&self) -> bool {
        match self {
            Self::Locked(_)
            | Self::Wrong { .. }
            | Self::WrongAndLocked(_)
            | Self::Complete { .. }
            | Self::Passed { .. }
            | Self::Verified { .. }
            | Self::Banned => true,
            // Its sign-in remembers it: a second look would find it asking for a first factor.
            Self::FactorDied => true,
            Self::SignInVoid | Self::Deleted | Self::Again => false,
        }
    }
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
    told: Told,
}

/// Whether the answer was decided now or taken from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    First,
    Again,
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

    /// The lock that this answer made or met, if it stands: one from the log may have ended since.
    #[must_use]
    pub fn lock(&self) -> Option<LockView> {
        let lock = match &self.answer {
            Answer::Locked(lock) | Answer::WrongAndLocked(lock) => *lock,
            Answer::Wrong { .. }
            | Answer::Complete { .. }
            | Answer::Passed { .. }
            | Answer::Verified { .. }
            | Answer::Banned
            | Answer::Deleted
            | Answer::SignInVoid
            | Answer::FactorDied
            | Answer::Again => return None,
        };
        match self.told {
            Told::First => Some(lock),
            Told::Again => self.look.lock.filter(|standing| *standing == lock),
        }
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

    /// # Errors
    /// As [`SettlePort::settle`].
    fn reset(
        &self,
        request: ResetRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Settled, StoreError>> + Send>>;
}

/// Decides one attempt and writes what follows from it. The order is the protocol's: the
/// row is locked and the time taken by whoever opened the ledger; then attempt id, identifier,
/// policy, credential version, user status, sign-in, lane, decide.
///
/// # Errors
/// [`StoreError`]: nothing was decided, and the whole transaction is to be given up.
pub fn settle<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
) -> Result<Settled, StoreError> {
    // Rule 7 (the attempt's id): asked again after an unclear commit, the log has the answer.
    if let Some(row) = ledger.attempt(&request.tenant, &request.attempt)? {
        return answered_before(ledger, request.place(), Some(&request.key), &request.client, &row);
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
        told: Told::First,
    };
    let look = lockout::look(&live.policy, &view, &request.lane, now);
    let named = settle_factors::named_sign_in(ledger, request)?;
    // Before the subject is compared: for a user who is gone no round would ever find it unchanged.
    if settle_factors::is_deserted(request, named.as_ref(), owner_id) {
        return Ok(settled(Answer::Deleted, look, Vec::new()));
    }
    if request.subject != subject_of(request, owner_id) {
        return Ok(settled(Answer::Again, look, Vec::new()));
    }
    // Rule 5 (locked at settle): right or wrong is thrown away, for the lock may be another node's.
    if let Some(lock) = look.lock.filter(|_| request.proof.bound() != Bound::ByItsOwnTries) {
        let keys = keys_of(ledger, request, owner_id)?;
        let done = settled(Answer::Locked(lock), look, keys);
        settle_log::log(ledger, request, owner_id, &done, None)?;
        return Ok(done);
    }
    let (seen, right) = match request.verified {
        Verified::Right { credential_version } => (credential_version, true),
        Verified::Wrong { credential_version } => (credential_version, false),
    };
    // Rule 6 (verify again): what was verified against an older credential is neither right nor wrong.
    if seen != owner.as_ref().map_or(0, |owner| owner.credential_version) {
        return Ok(settled(Answer::Again, look, Vec::new()));
    }
    let sign_in = match settle_factors::sign_in_for(request, named, &view, ledger.now()) {
        Joined::Waiting(sign_in) => Some(*sign_in),
        Joined::Nothing => None,
        Joined::Void => return Ok(settled(Answer::SignInVoid, look, Vec::new())),
        Joined::FactorDied(sign_in) => {
            let done = settled(Answer::FactorDied, look, Vec::new());
            settle_factors::fall_back(ledger, *sign_in, &done)?;
            return Ok(done);
        }
    };
    let user = owner.as_ref().filter(|_| right);
    if user.is_some_and(|user| user.banned) {
        let done = settled(Answer::Banned, look, Vec::new());
        settle_log::log(ledger, request, owner_id, &done, None)?;
        return Ok(done);
    }
    if !settle_factors::is_unused(ledger, request, sign_in.as_ref(), user)? {
        return Ok(settled(Answer::Again, look, Vec::new()));
    }
    let still = settle_factors::still_asked(ledger, request, user)?;
    let Some(event) = event_of(request, sign_in.as_ref(), user, still) else {
        let answer = settle_factors::answer_of_its_own(request, sign_in.as_ref(), user);
        let done = settled(answer, look, Vec::new());
        settle_factors::carry_out(ledger, request, sign_in, user, &view, &done)?;
        settle_log::log(ledger, request, owner_id, &done, None)?;
        return Ok(done);
    };
    let outcome = lockout::decide(&live.policy, &view, &event, now);
    ledger.put(request.place(), &outcome.state)?;
    let look = lockout::look(&live.policy, &outcome.state, &request.lane, now);
    let answer = answer_of(
        request,
        &live.policy,
        &outcome.decision,
        sign_in.as_ref(),
        user,
        look.remaining,
    )?;
    let keys = match &answer {
        Answer::WrongAndLocked(_) => keys_of(ledger, request, owner_id)?,
        _ => Vec::new(),
    };
    let done = settled(answer, look, keys);
    settle_factors::carry_out(ledger, request, sign_in, user, &outcome.state, &done)?;
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

/// What happened, to the lockout: `user` is the owner whose secret was right. `None`: nothing that
/// it counts or clears.
fn event_of(
    request: &SettleRequest,
    sign_in: Option<&SignIn>,
    user: Option<&Owner>,
    still: SecondFactor,
) -> Option<Event> {
    if request.proof.bound() == Bound::ByItsOwnTries {
        return None;
    }
    let lane = request.lane.clone();
    Some(match (user, sign_in, still) {
        (Some(_), Some(_), SecondFactor::Nothing) => Event::SignInCompleted { lane },
        // A secret that was checked proves one factor, whatever the user would be asked for next.
        (Some(_), Some(_), SecondFactor::Wanted) | (Some(_), None, _) => {
            Event::FactorPassed { lane }
        }
        (None, _, _) => {
            let authenticator = request.proof.authenticator()?;
            if request.proof == Proof::Password(Repetition::Repeated) {
                Event::RepeatedFailure { authenticator, lane }
            } else {
                Event::Failure { authenticator, lane, weight: 1 }
            }
        }
    })
}

fn answer_of(
    request: &SettleRequest,
    policy: &Policy,
    decision: &Decision,
    sign_in: Option<&SignIn>,
    user: Option<&Owner>,
    remaining: Option<i64>,
) -> Result<Answer, StoreError> {
    let run = user.map(|user| (user, sign_in));
    Ok(match (decision, run) {
        (Decision::CountedAndLocked(lock), _) => Answer::WrongAndLocked(*lock),
        (Decision::Counted { remaining }, _) => Answer::Wrong { remaining: Some(*remaining) },
        // As any wrong one, with as many tries left as before.
        (Decision::Uncounted(UncountedReason::Repeated), _) => Answer::Wrong { remaining },
        (
            Decision::Uncounted(
                UncountedReason::LockoutOff | UncountedReason::AuthenticatorNotSelected,
            ),
            _,
        ) => Answer::Wrong { remaining: None },
        (Decision::Refused(lock), _) => Answer::Locked(*lock),
        // The lane died meanwhile: the attempt goes public, from the gate.
        (Decision::LaneDead, _) => Answer::Again,
        (Decision::Completed, Some((user, Some(sign_in)))) => Answer::Complete {
            session: request.session.clone(),
            sign_in: sign_in.id.clone(),
            client: request.client.id.clone(),
            user: user.id.clone(),
            device: settle_factors::device_of(
                policy,
                (request.device, &request.lane),
                &request.session,
                user.credential_version,
            ),
        },
        (Decision::Passed, Some((user, Some(sign_in)))) => Answer::Passed {
            sign_in: sign_in.id.clone(),
            client: request.client.id.clone(),
            user: user.id.clone(),
        },
        (Decision::Passed, Some((user, None))) => Answer::Verified { user: user.id.clone() },
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
    place: Place<'_>,
    key: Option<&CanonicalKey>,
    client: &SettleClient,
    row: &AttemptRow,
) -> Result<Settled, StoreError> {
    let live = ledger.policy(place.tenant)?;
    let place = Place { subject: &row.subject, source: &row.source, ..place };
    let view = ledger.view(place)?;
    let look = lockout::look(&live.policy, &view, place.lane, ledger.now());
    let keys = match &row.user_id {
        Some(user) => ledger.keys_of(place.tenant, user)?,
        None => key.into_iter().cloned().collect(),
    };
    Ok(Settled {
        answer: settle_log::stored_answer(client, row)?,
        look,
        keys,
        policy_version: row.policy_version,
        at: row.at,
        order: ledger.next_order(),
        told: Told::Again,
    })
}

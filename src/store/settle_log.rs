//! The attempts log of a settle: what is written of an answer, and the answer made again from what
//! was written (protocol rule 7). Decides nothing.

use super::attempts::{AttemptDecision, AttemptOutcome, AttemptRow};
use super::error::StoreError;
use super::factor::{Bound, Proof, Repetition};
use super::ledger::Ledger;
use super::settle::{
    Answer, ResetRequest, SettleClient, SettleRequest, SettleSignIn, Settled, Verified,
};
use super::subjects::{
    SubjectKey, kind_from_column, kind_to_column, until_from_column, until_to_column,
};
use crate::lockout::{LockKind, LockView, UncountedReason};
use crate::model::{Authenticator, Lane, Millis, UserId};

/// Stands in the log for what no policy can select, because it cannot be guessed. Whoever counts
/// attempts again by authenticator passes over it.
const UNCOUNTABLE: &str = "none";

/// The attempts log: complete from the first day, and the memory of every answer (rule 7).
pub(super) fn log<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: Option<&UserId>,
    settled: &Settled,
    uncounted: Option<UncountedReason>,
) -> Result<(), StoreError> {
    let (decision, lock, remaining, session) = match settled.answer() {
        Answer::Wrong { .. } if request.proof.bound() == Bound::ByItsOwnTries => {
            (AttemptDecision::UncountedResetCode, None, None, None)
        }
        Answer::Wrong { .. } if request.proof.bound() == Bound::ByItsSignature => {
            (AttemptDecision::UncountedAuthenticator, None, None, None)
        }
        Answer::Locked(lock) => (AttemptDecision::Refused, Some(*lock), None, None),
        Answer::Wrong { remaining } => {
            let decision = match uncounted {
                Some(UncountedReason::LockoutOff) => AttemptDecision::UncountedLockoutOff,
                Some(UncountedReason::AuthenticatorNotSelected) => {
                    AttemptDecision::UncountedAuthenticator
                }
                Some(UncountedReason::Repeated) => AttemptDecision::UncountedRepeated,
                None => AttemptDecision::Counted,
            };
            (decision, None, *remaining, None)
        }
        Answer::WrongAndLocked(lock) => (AttemptDecision::Locked, Some(*lock), Some(0), None),
        Answer::Complete { session, .. } => {
            (AttemptDecision::Completed, None, None, Some(session.clone()))
        }
        Answer::Passed { .. } => (AttemptDecision::Passed, None, None, None),
        Answer::Verified { .. } => (AttemptDecision::Verified, None, None, None),
        Answer::Banned => (AttemptDecision::Banned, None, None, None),
        // Nothing was revealed and nothing counted: there is nothing to remember.
        Answer::SignInVoid | Answer::Deleted | Answer::FactorDied | Answer::Again => return Ok(()),
    };
    let outcome = match (decision, request.verified) {
        // Thrown away unseen, also by the log: replay must not learn it (rule 5).
        (AttemptDecision::Refused, _) => AttemptOutcome::Discarded,
        (_, Verified::Right { .. }) => AttemptOutcome::Right,
        (_, Verified::Wrong { .. }) => AttemptOutcome::Wrong,
    };
    let row = AttemptRow {
        tenant_id: request.tenant.clone(),
        id: request.attempt.clone(),
        at: settled.at(),
        subject: request.subject.clone(),
        user_id: user.cloned(),
        source: request.source.clone(),
        authenticator: request
            .proof
            .authenticator()
            .map_or(UNCOUNTABLE, Authenticator::as_str)
            .to_owned(),
        outcome,
        decision,
        repeated: request.proof == Proof::Password(Repetition::Repeated),
        lane: request.lane.stored(),
        device: device(&request.lane, settled),
        policy_version: settled.policy_version(),
        sign_in_id: match &request.sign_in {
            SettleSignIn::AtOnce { id, .. } | SettleSignIn::Existing(id) => Some(id.clone()),
            SettleSignIn::Check { .. } => None,
        },
        session_id: session,
        node: ledger.node().to_owned(),
        count_after: settled.look().count,
        remaining,
        lock_kind: lock.map(|l| lock_column(&l).to_owned()),
        lock_source_only: lock.is_some_and(|l| l.source_only),
        lock_since: lock.map(|l| l.since),
        lock_until: lock.map(|l| Millis(until_to_column(l.until))),
        previous: None,
    };
    ledger.log(row)
}

/// A new password was set: nothing was guessed, so there is nothing that a replay could count.
pub(super) fn log_reset<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &ResetRequest,
    subject: &SubjectKey,
    settled: &Settled,
) -> Result<(), StoreError> {
    let (decision, lock, session) = match settled.answer() {
        Answer::Locked(lock) => (AttemptDecision::Refused, Some(*lock), None),
        Answer::Complete { session, .. } => {
            (AttemptDecision::Completed, None, Some(session.clone()))
        }
        Answer::Passed { .. } => (AttemptDecision::Passed, None, None),
        Answer::Wrong { .. }
        | Answer::WrongAndLocked(_)
        | Answer::Verified { .. }
        | Answer::Banned
        | Answer::Deleted
        | Answer::SignInVoid
        | Answer::FactorDied
        | Answer::Again => return Ok(()),
    };
    let row = AttemptRow {
        tenant_id: request.tenant.clone(),
        id: request.attempt.clone(),
        at: settled.at(),
        subject: subject.clone(),
        user_id: Some(request.user.clone()),
        source: request.source.clone(),
        authenticator: UNCOUNTABLE.to_owned(),
        outcome: AttemptOutcome::Right,
        decision,
        repeated: false,
        lane: Lane::Public.stored(),
        device: device(&Lane::Public, settled),
        policy_version: settled.policy_version(),
        sign_in_id: Some(request.sign_in.clone()),
        session_id: session,
        node: ledger.node().to_owned(),
        count_after: settled.look().count,
        remaining: None,
        lock_kind: lock.map(|l| lock_column(&l).to_owned()),
        lock_source_only: lock.is_some_and(|l| l.source_only),
        lock_since: lock.map(|l| l.since),
        lock_until: lock.map(|l| Millis(until_to_column(l.until))),
        previous: None,
    };
    ledger.log(row)
}

/// The device in whose lane it ran, or which it made of its browser.
fn device(lane: &Lane, settled: &Settled) -> Option<String> {
    match (lane, settled.answer()) {
        (Lane::Device(id), _) => Some(id.0.clone()),
        (_, Answer::Complete { device: Some(given), .. }) => Some(given.lane.0.clone()),
        (Lane::Public | Lane::Pass(_), _) => None,
    }
}

const fn lock_column(lock: &LockView) -> &'static str {
    if lock.staff { "staff" } else { kind_to_column(lock.kind) }
}

pub(super) fn stored_answer(client: &SettleClient, row: &AttemptRow) -> Result<Answer, StoreError> {
    let lock = || -> Result<LockView, StoreError> {
        let (Some(kind), Some(since), Some(until)) =
            (&row.lock_kind, row.lock_since, row.lock_until)
        else {
            return Err(StoreError::Corrupt("an attempt that locked without a lock".to_owned()));
        };
        let staff = kind == "staff";
        Ok(LockView {
            staff,
            kind: if staff { LockKind::Automatic } else { kind_from_column(kind) },
            source_only: row.lock_source_only,
            since,
            until: until_from_column(until.0),
        })
    };
    Ok(match row.decision {
        AttemptDecision::Refused => Answer::Locked(lock()?),
        AttemptDecision::Locked => Answer::WrongAndLocked(lock()?),
        AttemptDecision::Counted
        | AttemptDecision::UncountedLockoutOff
        | AttemptDecision::UncountedAuthenticator
        | AttemptDecision::UncountedRepeated
        | AttemptDecision::UncountedResetCode => Answer::Wrong { remaining: row.remaining },
        AttemptDecision::Verified => {
            let user = row.user_id.clone();
            let nobody = || StoreError::Corrupt("a checked secret without its user".to_owned());
            Answer::Verified { user: user.ok_or_else(nobody)? }
        }
        AttemptDecision::Banned => Answer::Banned,
        AttemptDecision::Passed => {
            let (Some(sign_in), Some(user)) = (row.sign_in_id.clone(), row.user_id.clone()) else {
                return Err(StoreError::Corrupt("a passed factor without its sign-in".to_owned()));
            };
            Answer::Passed { sign_in, client: client.id.clone(), user }
        }
        AttemptDecision::Completed => {
            let (Some(session), Some(sign_in), Some(user)) =
                (row.session_id.clone(), row.sign_in_id.clone(), row.user_id.clone())
            else {
                return Err(StoreError::Corrupt(
                    "a completed attempt without its session".to_owned(),
                ));
            };
            Answer::Complete { session, sign_in, client: client.id.clone(), user, device: None }
        }
    })
}

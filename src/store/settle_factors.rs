//! The factors of a sign-in inside its settle: which one the sign-in waits for, whether the one it
//! passed before still lives, what a proof uses up, and what a right one leaves behind. Counts no
//! failure and knows no policy.

use super::error::StoreError;
use super::factor::{Bound, FactorStep, Proof, SecondFactor};
use super::ledger::{Completion, Ledger, Owner};
use super::one_time_codes::{CodePurpose, OneTimeCode};
use super::sessions::Session;
use super::settle::{Answer, SettleRequest, SettleSignIn, Settled};
use super::sign_ins::{SignIn, SignInStatus};
use crate::lockout::SubjectView;
use crate::model::{Lane, OneTimeCodeId};

/// How the sign-in of an attempt stands.
pub(super) enum Joined {
    /// It waits for a factor like this one.
    Waiting(SignIn),
    /// It cannot take this factor (any more).
    Void,
    /// It waits for the second factor, and its first one has died.
    FactorDied(SignIn),
}

/// The sign-in that a right proof would carry on.
pub(super) fn sign_in_for<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    view: &SubjectView,
) -> Result<Joined, StoreError> {
    let now = ledger.now();
    let step = request.proof.step();
    let id = match (&request.sign_in, step) {
        (SettleSignIn::AtOnce { .. }, FactorStep::Second) => return Ok(Joined::Void),
        (SettleSignIn::AtOnce { id, identifier, locale }, FactorStep::First) => {
            return Ok(Joined::Waiting(SignIn::fresh(
                request.tenant.clone(),
                id.clone(),
                request.client.id.clone(),
                SignInStatus::NeedsFirstFactor,
                Some((identifier.clone(), request.key.clone())),
                locale.clone(),
                now,
            )));
        }
        (SettleSignIn::Existing(id), FactorStep::First | FactorStep::Second) => id,
    };
    let awaited = match step {
        FactorStep::First => SignInStatus::NeedsFirstFactor,
        FactorStep::Second => SignInStatus::NeedsSecondFactor,
    };
    let found = ledger.sign_in(&request.tenant, id)?.filter(|sign_in| {
        sign_in.status == awaited
            && sign_in.client_id == request.client.id
            && sign_in.canonical_key.as_ref() == Some(&request.key)
            && now < sign_in.abandon_at
    });
    Ok(match (found, step) {
        (None, _) => Joined::Void,
        (Some(sign_in), FactorStep::Second) if !factor_lives(&sign_in, request, view) => {
            Joined::FactorDied(sign_in)
        }
        (Some(sign_in), _) => Joined::Waiting(sign_in),
    })
}

/// Rule 18 (dies with its lane's lock): a lock raises its lane's serial; staff locks, bans and
/// changes of credentials raise the subject's. What was passed under older ones is void.
fn factor_lives(sign_in: &SignIn, request: &SettleRequest, view: &SubjectView) -> bool {
    sign_in.lane.as_ref() == Some(&request.lane.stored())
        && sign_in.lane_serial == lane_serial(&request.lane, view)
        && sign_in.all_serial == view.subject.all_serial
}

const fn lane_serial(lane: &Lane, view: &SubjectView) -> i64 {
    match lane {
        Lane::Public => view.subject.public_serial,
        Lane::Device(_) | Lane::Pass(_) => view.lane.serial,
    }
}

/// The sign-in asks for a first factor again.
pub(super) fn fall_back<L: Ledger + ?Sized>(
    ledger: &mut L,
    mut sign_in: SignIn,
    proof: &Settled,
) -> Result<(), StoreError> {
    sign_in.status = SignInStatus::NeedsFirstFactor;
    sign_in.first_factor = None;
    sign_in.first_factor_at = None;
    sign_in.lane = None;
    sign_in.lane_serial = 0;
    sign_in.all_serial = 0;
    sign_in.updated_at = ledger.now();
    ledger.fall_back(&sign_in, proof)
}

/// Whether what was proved can still be used up: of two attempts with one code, the one that is
/// settled first has it.
///
/// Rule 17 (used up in the settle): read and written under the subject's row lock, or two parallel
/// rights with one code would be two sessions.
pub(super) fn is_unused<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: &Owner,
) -> Result<bool, StoreError> {
    let tenant = &request.tenant;
    Ok(match &request.proof {
        Proof::Password(_) => true,
        Proof::OneTimeCode(id) => {
            live_code(ledger, request, id.as_ref(), CodePurpose::SignIn)?.is_some()
        }
        Proof::ResetCode(id) => {
            live_code(ledger, request, id.as_ref(), CodePurpose::Reset)?.is_some()
        }
        Proof::Totp { step } => match (step, ledger.totp_step(tenant, &user.id)?) {
            (Some(step), Some(newest)) => *step > newest,
            (None, _) | (_, None) => false,
        },
        Proof::RecoveryCode { digest } => {
            ledger.recovery_code_is_unused(tenant, &user.id, digest)?
        }
    })
}

fn live_code<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    id: Option<&OneTimeCodeId>,
    purpose: CodePurpose,
) -> Result<Option<OneTimeCode>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    let now = ledger.now();
    let code = ledger.one_time_code(&request.tenant, id)?;
    Ok(code.filter(|code| code.is_live(&request.subject, purpose, now)))
}

/// What `user`, whose proof was right, is asked for before the sign-in is complete.
pub(super) fn still_asked<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: Option<&Owner>,
) -> Result<SecondFactor, StoreError> {
    match (user, request.proof.step()) {
        (Some(user), FactorStep::First) => ledger.second_factor(&request.tenant, &user.id),
        (None, _) | (_, FactorStep::Second) => Ok(SecondFactor::Nothing),
    }
}

/// The answer to a proof that no lockout counts.
pub(super) fn answer_of_its_own(
    request: &SettleRequest,
    sign_in: &SignIn,
    user: Option<&Owner>,
) -> Answer {
    match user {
        Some(user) => Answer::Passed {
            sign_in: sign_in.id.clone(),
            client: request.client.id.clone(),
            user: user.id.clone(),
        },
        None => Answer::Wrong { remaining: None },
    }
}

/// Writes what follows from an answer: the proof used up or its try spent, the sign-in carried on,
/// the session begun. Takes the [`Settled`] as proof. `view` is how the subject stands afterwards.
pub(super) fn carry_out<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    sign_in: SignIn,
    user: Option<&Owner>,
    view: &SubjectView,
    proof: &Settled,
) -> Result<(), StoreError> {
    match (proof.answer(), user) {
        (Answer::Complete { .. }, Some(user)) => {
            use_up(ledger, request, user)?;
            complete(ledger, request, sign_in, user, proof)
        }
        (Answer::Passed { .. }, Some(user)) => {
            use_up(ledger, request, user)?;
            pass(ledger, request, sign_in, user, view, proof)
        }
        (Answer::Wrong { .. } | Answer::WrongAndLocked(_), _) => spend_try(ledger, request),
        (
            Answer::Complete { .. }
            | Answer::Passed { .. }
            | Answer::Locked(_)
            | Answer::Banned
            | Answer::SignInVoid
            | Answer::FactorDied
            | Answer::Again,
            _,
        ) => Ok(()),
    }
}

fn use_up<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: &Owner,
) -> Result<(), StoreError> {
    let tenant = &request.tenant;
    match &request.proof {
        Proof::Password(_) | Proof::Totp { step: None } => Ok(()),
        Proof::OneTimeCode(id) | Proof::ResetCode(id) => {
            let Some(mut code) = code_of(ledger, request, id.as_ref())? else { return Ok(()) };
            code.tries = code.tries.saturating_add(1);
            code.used_at = Some(ledger.now());
            ledger.put_one_time_code(&code)
        }
        Proof::Totp { step: Some(step) } => ledger.take_totp_step(tenant, &user.id, *step),
        Proof::RecoveryCode { digest } => ledger.take_recovery_code(tenant, &user.id, digest),
    }
}

/// A wrong guess at a code costs one of its five tries, in the transaction that answers it.
fn spend_try<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
) -> Result<(), StoreError> {
    match &request.proof {
        Proof::Password(_) | Proof::Totp { .. } | Proof::RecoveryCode { .. } => Ok(()),
        Proof::OneTimeCode(id) | Proof::ResetCode(id) => {
            let Some(mut code) = code_of(ledger, request, id.as_ref())? else { return Ok(()) };
            code.tries = code.tries.saturating_add(1);
            ledger.put_one_time_code(&code)
        }
    }
}

fn code_of<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    id: Option<&OneTimeCodeId>,
) -> Result<Option<OneTimeCode>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    let code = ledger.one_time_code(&request.tenant, id)?;
    Ok(code.filter(|code| code.subject == request.subject))
}

/// Writes a passed factor with the serials that it depends on.
fn pass<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    mut sign_in: SignIn,
    user: &Owner,
    view: &SubjectView,
    proof: &Settled,
) -> Result<(), StoreError> {
    let now = ledger.now();
    sign_in.status = match request.proof.bound() {
        Bound::ByItsOwnTries => SignInStatus::NeedsNewPassword,
        Bound::ByLockout => SignInStatus::NeedsSecondFactor,
    };
    sign_in.user_id = Some(user.id.clone());
    sign_in.first_factor = Some(request.proof.strategy().to_owned());
    sign_in.first_factor_at = Some(now);
    sign_in.lane = Some(request.lane.stored());
    sign_in.lane_serial = lane_serial(&request.lane, view);
    sign_in.all_serial = view.subject.all_serial;
    sign_in.updated_at = now;
    ledger.hold(&request.client, &sign_in, proof)
}

/// Writes the session and what hangs on it.
fn complete<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    mut sign_in: SignIn,
    user: &Owner,
    proof: &Settled,
) -> Result<(), StoreError> {
    let now = ledger.now();
    let mut session = Session::begun(
        request.tenant.clone(),
        request.session.clone(),
        request.client.id.clone(),
        user.id.clone(),
        now,
        now.after(request.session_lifetime),
    );
    match request.proof.step() {
        FactorStep::First => {
            sign_in.first_factor = Some(request.proof.strategy().to_owned());
            sign_in.first_factor_at = Some(now);
        }
        FactorStep::Second => {
            session.first_factor_at = sign_in.first_factor_at;
            session.second_factor_at = Some(now);
        }
    }
    sign_in.status = SignInStatus::Complete;
    sign_in.user_id = Some(user.id.clone());
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

//! The factors of a sign-in inside its settle: which one the sign-in waits for, whether the one it
//! passed before still lives, what a proof uses up, and what a right one leaves behind. Counts no
//! failure and knows no policy.

use super::error::StoreError;
use super::factor::{Bound, FactorStep, Proof, SecondFactor, Voucher};
use super::lanes::{DeviceWish, GivenDevice, LaneCard};
use super::ledger::{Completion, Ledger, Owner, Place};
use super::one_time_codes::{CodePurpose, OneTimeCode};
use super::sessions::Session;
use super::settle::{Answer, SettleClient, SettleRequest, SettleSignIn, Settled};
use super::sign_ins::{SignIn, SignInStatus};
use crate::lockout::{LaneState, Policy, SubjectView};
use crate::model::{Lane, LaneId, Millis, OneTimeCodeId, SessionId, Span, UserId};

/// How the sign-in of an attempt stands.
pub(super) enum Joined {
    /// It waits for a factor like this one.
    Waiting(Box<SignIn>),
    /// There is none: a secret is checked.
    Nothing,
    /// It cannot take this factor (any more).
    Void,
    /// It waits for the second factor, and its first one has died.
    FactorDied(Box<SignIn>),
}

/// The row of the sign-in that the attempt names, if it is this client's and of this identifier.
pub(super) fn named_sign_in<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
) -> Result<Option<SignIn>, StoreError> {
    let SettleSignIn::Existing(id) = &request.sign_in else { return Ok(None) };
    let found = ledger.sign_in(&request.tenant, id)?;
    Ok(found.filter(|sign_in| {
        sign_in.client_id == request.client.id
            && sign_in.canonical_key.as_ref() == Some(&request.key)
    }))
}

/// Whether the user is gone whom the attempt names by id, or for whom its sign-in has passed a
/// factor. Who passed one has proved to know the user, and may be told.
pub(super) fn is_deserted(
    request: &SettleRequest,
    sign_in: Option<&SignIn>,
    owner: Option<&UserId>,
) -> bool {
    let proved = sign_in
        .filter(|sign_in| {
            matches!(
                sign_in.status,
                SignInStatus::NeedsSecondFactor | SignInStatus::NeedsNewPassword
            )
        })
        .and_then(|sign_in| sign_in.user_id.as_ref());
    let unknown = owner.is_none() && request.key.as_user().is_some();
    unknown || proved.is_some_and(|user| owner != Some(user))
}

/// The sign-in that a right proof would carry on.
pub(super) fn sign_in_for(
    request: &SettleRequest,
    named: Option<SignIn>,
    view: &SubjectView,
    now: Millis,
) -> Joined {
    let step = request.proof.step();
    match (&request.sign_in, step) {
        (SettleSignIn::Check { .. }, FactorStep::First | FactorStep::Second) => {
            return Joined::Nothing;
        }
        (SettleSignIn::AtOnce { .. }, FactorStep::Second) => return Joined::Void,
        (SettleSignIn::AtOnce { id, identifier, locale }, FactorStep::First) => {
            return Joined::Waiting(Box::new(SignIn::fresh(
                request.tenant.clone(),
                id.clone(),
                request.client.id.clone(),
                SignInStatus::NeedsFirstFactor,
                Some((identifier.clone(), request.key.clone())),
                locale.clone(),
                now,
            )));
        }
        (SettleSignIn::Existing(_), FactorStep::First | FactorStep::Second) => {}
    }
    let awaited = match step {
        FactorStep::First => SignInStatus::NeedsFirstFactor,
        FactorStep::Second => SignInStatus::NeedsSecondFactor,
    };
    let found = named.filter(|sign_in| sign_in.status == awaited && now < sign_in.abandon_at);
    match (found, step) {
        (None, _) => Joined::Void,
        (Some(sign_in), FactorStep::Second) if !factor_lives(&sign_in, request, view) => {
            Joined::FactorDied(Box::new(sign_in))
        }
        (Some(sign_in), _) => Joined::Waiting(Box::new(sign_in)),
    }
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

/// Notes the serials that a passed factor depends on.
pub(super) fn bind(sign_in: &mut SignIn, lane: &Lane, view: &SubjectView) {
    sign_in.lane = Some(lane.stored());
    sign_in.lane_serial = lane_serial(lane, view);
    sign_in.all_serial = view.subject.all_serial;
}

/// The sign-in asks for a first factor again.
pub(super) fn fall_back<L: Ledger + ?Sized>(
    ledger: &mut L,
    mut sign_in: SignIn,
    proof: &Settled,
) -> Result<(), StoreError> {
    sign_in.status = SignInStatus::NeedsFirstFactor;
    sign_in.unprepare();
    sign_in.first_factor = None;
    sign_in.first_factor_at = None;
    sign_in.lane = None;
    sign_in.lane_serial = 0;
    sign_in.all_serial = 0;
    sign_in.updated_at = ledger.now();
    ledger.fall_back(&sign_in, proof)
}

/// Whether what was tried can still be used up: of two attempts with one code, the one that is
/// settled first has it. `user` is the owner whose proof was right; a code is asked for in any case,
/// for a try beyond the five says nothing, be it wrong or right.
///
/// Rule 17 (used up in the settle): read and written under the subject's row lock, or two parallel
/// rights with one code would be two sessions.
pub(super) fn is_unused<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    sign_in: Option<&SignIn>,
    user: Option<&Owner>,
) -> Result<bool, StoreError> {
    let tenant = &request.tenant;
    Ok(match (&request.proof, user) {
        (Proof::Password(_) | Proof::Vouched(Voucher::Server), _) => true,
        (Proof::OneTimeCode { id, .. } | Proof::ResetCode(id), _) => {
            // A code belongs to the sign-in that asked for it: a stranger's does not stand for it.
            sign_in.is_none_or(|sign_in| sign_in.prepared_code.as_ref() == Some(id))
                && code_of(ledger, request, id)?
                    .is_some_and(|code| code.usable(&request.subject, ledger.now()).is_ok())
        }
        (
            Proof::Totp { .. }
            | Proof::RecoveryCode { .. }
            | Proof::Vouched(Voucher::SignInToken(_)),
            None,
        ) => true,
        (Proof::Totp { step }, Some(user)) => match (step, ledger.totp_step(tenant, &user.id)?) {
            (Some(step), Some(newest)) => *step > newest,
            (None, _) | (_, None) => false,
        },
        (Proof::RecoveryCode { digest }, Some(user)) => {
            ledger.recovery_code_is_unused(tenant, &user.id, digest)?
        }
        (Proof::Vouched(Voucher::SignInToken(token)), Some(user)) => {
            ledger.sign_in_token_is_unused(tenant, &user.id, token)?
        }
    })
}

/// The code that was tried, if it was sent for what it is tried for.
fn code_of<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    id: &OneTimeCodeId,
) -> Result<Option<OneTimeCode>, StoreError> {
    let purpose = CodePurpose::of(&request.proof);
    let code = ledger.one_time_code(&request.tenant, id)?;
    Ok(code.filter(|code| code.subject == request.subject && Some(code.purpose) == purpose))
}

/// What `user`, whose proof was right, is asked for before the sign-in is complete.
pub(super) fn still_asked<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    user: Option<&Owner>,
) -> Result<SecondFactor, StoreError> {
    match (user, request.proof.step()) {
        (Some(_), _) if request.proof == Proof::Vouched(Voucher::Server) => {
            Ok(SecondFactor::Nothing)
        }
        (Some(user), FactorStep::First) => ledger.second_factor(&request.tenant, &user.id),
        (None, _) | (_, FactorStep::Second) => Ok(SecondFactor::Nothing),
    }
}

/// The answer to a proof that no lockout counts.
pub(super) fn answer_of_its_own(
    request: &SettleRequest,
    sign_in: Option<&SignIn>,
    user: Option<&Owner>,
) -> Answer {
    match (user, sign_in) {
        (Some(user), Some(sign_in)) => Answer::Passed {
            sign_in: sign_in.id.clone(),
            client: request.client.id.clone(),
            user: user.id.clone(),
        },
        (Some(user), None) => Answer::Verified { user: user.id.clone() },
        (None, _) => Answer::Wrong { remaining: None },
    }
}

/// Writes what follows from an answer: the proof used up or its try spent, the sign-in carried on,
/// the session begun. Takes the [`Settled`] as proof. `view` is how the subject stands afterwards.
pub(super) fn carry_out<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    sign_in: Option<SignIn>,
    user: Option<&Owner>,
    view: &SubjectView,
    proof: &Settled,
) -> Result<(), StoreError> {
    match (proof.answer(), user, sign_in) {
        (Answer::Complete { .. }, Some(user), Some(sign_in)) => {
            use_up(ledger, request, user)?;
            complete(ledger, request, sign_in, user, view, proof)
        }
        (Answer::Passed { .. }, Some(user), Some(sign_in)) => {
            use_up(ledger, request, user)?;
            pass(ledger, request, sign_in, user, view, proof)
        }
        (Answer::Verified { .. }, Some(user), _) => {
            use_up(ledger, request, user)?;
            match &request.sign_in {
                SettleSignIn::Check { aged: Some(session) } => {
                    ledger.renew_session(&request.tenant, session, &request.proof, proof)
                }
                SettleSignIn::Check { aged: None }
                | SettleSignIn::AtOnce { .. }
                | SettleSignIn::Existing(_) => Ok(()),
            }
        }
        (Answer::Wrong { .. } | Answer::WrongAndLocked(_), _, _) => spend_try(ledger, request),
        (
            Answer::Complete { .. }
            | Answer::Passed { .. }
            | Answer::Verified { .. }
            | Answer::Locked(_)
            | Answer::Banned
            | Answer::Deleted
            | Answer::SignInVoid
            | Answer::FactorDied
            | Answer::Again,
            _,
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
        Proof::Password(_) | Proof::Totp { step: None } | Proof::Vouched(Voucher::Server) => Ok(()),
        Proof::OneTimeCode { id, .. } | Proof::ResetCode(id) => {
            let Some(mut code) = code_of(ledger, request, id)? else { return Ok(()) };
            code.tries = code.tries.saturating_add(1);
            code.used_at = Some(ledger.now());
            ledger.put_one_time_code(&code)
        }
        Proof::Totp { step: Some(step) } => ledger.take_totp_step(tenant, &user.id, *step),
        Proof::RecoveryCode { digest } => ledger.take_recovery_code(tenant, &user.id, digest),
        Proof::Vouched(Voucher::SignInToken(token)) => ledger.take_sign_in_token(tenant, token),
    }
}

/// A wrong guess at a code costs one of its five tries, in the transaction that answers it.
fn spend_try<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
) -> Result<(), StoreError> {
    match &request.proof {
        Proof::Password(_)
        | Proof::Totp { .. }
        | Proof::RecoveryCode { .. }
        | Proof::Vouched(_) => Ok(()),
        Proof::OneTimeCode { id, .. } | Proof::ResetCode(id) => {
            let Some(mut code) = code_of(ledger, request, id)? else { return Ok(()) };
            code.tries = code.tries.saturating_add(1);
            ledger.put_one_time_code(&code)
        }
    }
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
        Bound::ByLockout | Bound::ByItsSignature => SignInStatus::NeedsSecondFactor,
    };
    sign_in.unprepare();
    sign_in.user_id = Some(user.id.clone());
    sign_in.first_factor = Some(request.proof.strategy().to_owned());
    sign_in.first_factor_at = Some(now);
    bind(&mut sign_in, &request.lane, view);
    sign_in.updated_at = now;
    ledger.hold(&request.client, &sign_in, proof)
}

/// Writes the session and what hangs on it.
fn complete<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SettleRequest,
    mut sign_in: SignIn,
    user: &Owner,
    view: &SubjectView,
    proof: &Settled,
) -> Result<(), StoreError> {
    let now = ledger.now();
    let strategy = Some(request.proof.strategy().to_owned());
    match request.proof.step() {
        FactorStep::First => {
            sign_in.first_factor = strategy;
            sign_in.first_factor_at = Some(now);
        }
        FactorStep::Second => sign_in.second_factor = strategy,
    }
    let beginning = Beginning {
        client: &request.client,
        user: &user.id,
        session: &request.session,
        lifetime: request.session_lifetime,
        place: request.place(),
        device: request.device,
        view,
    };
    begin_session(ledger, &beginning, sign_in, proof)
}

/// A session that a complete sign-in begins.
pub(super) struct Beginning<'a> {
    pub client: &'a SettleClient,
    pub user: &'a UserId,
    pub session: &'a SessionId,
    pub lifetime: Span,
    /// Where it was completed, and what is wished for the browser.
    pub place: Place<'a>,
    pub device: DeviceWish,
    /// How the subject stands afterwards.
    pub view: &'a SubjectView,
}

/// The device that a completed sign-in makes of its browser, unless it came in one of its own. It is
/// named as the session: unguessable, and found again from the log.
pub(super) fn device_of(
    policy: &Policy,
    (wish, lane): (DeviceWish, &Lane),
    session: &SessionId,
    credential_version: i64,
) -> Option<GivenDevice> {
    match (wish, lane) {
        (DeviceWish::None, _) | (_, Lane::Device(_)) => None,
        (DeviceWish::Browser { .. }, Lane::Public | Lane::Pass(_)) => {
            let lane = LaneId(session.as_str().to_owned());
            policy.known_devices.then_some(GivenDevice { lane, credential_version })
        }
    }
}

/// Writes the row of the device that was given, or when the one that was used was used.
fn keep_lanes<L: Ledger + ?Sized>(
    ledger: &mut L,
    of: &Beginning<'_>,
    proof: &Settled,
) -> Result<(), StoreError> {
    if !of.place.lane.is_public() {
        ledger.note_lane_use(of.place, proof.at())?;
    }
    let (Answer::Complete { device: Some(given), .. }, DeviceWish::Browser { label }) =
        (proof.answer(), of.device)
    else {
        return Ok(());
    };
    let card = LaneCard {
        label: Some(label.stored()),
        source: Some(of.place.source.clone()),
        credential_version: given.credential_version,
    };
    let lane = Lane::Device(given.lane.clone());
    let place = Place { lane: &lane, ..of.place };
    ledger.issue_lane(place, &LaneState::device(&of.view.subject), &card)
}

/// Completes a sign-in whose factors are on it.
pub(super) fn begin_session<L: Ledger + ?Sized>(
    ledger: &mut L,
    of: &Beginning<'_>,
    mut sign_in: SignIn,
    proof: &Settled,
) -> Result<(), StoreError> {
    keep_lanes(ledger, of, proof)?;
    let now = ledger.now();
    let tenant = sign_in.tenant_id.clone();
    let mut session = Session::begun(
        tenant.clone(),
        of.session.clone(),
        of.client.id.clone(),
        of.user.clone(),
        now,
        now.after(of.lifetime),
    );
    session.first_factor_at = sign_in.first_factor_at;
    session.second_factor_at = sign_in.second_factor.as_ref().map(|_| now);
    session.strategy.clone_from(&sign_in.first_factor);
    sign_in.unprepare();
    sign_in.status = SignInStatus::Complete;
    sign_in.user_id = Some(of.user.clone());
    sign_in.created_session_id = Some(of.session.clone());
    sign_in.updated_at = now;
    let completion = Completion {
        client: of.client,
        sign_in: &sign_in,
        session: &session,
        others: ledger.other_sessions(&tenant)?,
        at: now,
    };
    ledger.complete(&completion, proof)
}

//! Proving again who uses a session, without a new one: a password or a sent code, then a code of an
//! app, one that was sent, or a recovery code. Each counts as in a sign-in.

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::SecretString;

use super::answer::{ClientOf, client_state, session_resource, wrapped};
use super::checks::{Check, check};
use super::form::{MAX_WORD, locale_of};
use super::front_door::Caller;
use super::session_codes::{self, SentAgain};
use super::sessions::own_session;
use crate::model::{Authenticator, UserId};
use crate::resource::session_verification::{Shown, Waits, session_verification};
use crate::store::reverification::VerificationLevel;
use crate::store::sessions::{Session, SessionStatus};
use crate::tenant::{
    CheckedSecret, ClientHandle, MAX_PASSWORD_BYTES, Password, TenantFault, UserCard,
};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Takes, Verb,
};
use crate::web::{ApiError, ErrorKind};

const LEVELS: [VerificationLevel; 3] = [
    VerificationLevel::FirstFactor,
    VerificationLevel::SecondFactor,
    VerificationLevel::MultiFactor,
];
/// Longest code looked at, in bytes.
const MAX_CODE_BYTES: usize = 128;

/// A live session of the client that asks, with its user.
struct Own {
    session: Session,
    client: ClientHandle,
    card: UserCard,
}

/// `POST client/sessions/{id}/verify`: from now on, what was passed before counts no more.
pub(super) async fn start(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let word = params.required("level", MAX_WORD)?;
    let level = LEVELS.into_iter().find(|level| level.as_str() == word);
    let level = level.ok_or_else(|| ApiError::of_param(ErrorKind::ParamValueInvalid, "level"))?;
    let mut own = own(&doors, &caller, &request).await?;
    let asked = doors.tenants.ask_again(&caller.profile, own.session.id.clone(), level).await;
    own.session = match asked {
        Err(TenantFault::NotFound) => return Err(ApiError::of(ErrorKind::SignedOut)),
        other => other?,
    };
    answer(&doors, &caller, &request, &own).await
}

/// `POST …/verify/prepare_first_factor`: has a code sent; a password needs none.
pub(super) async fn prepare_first(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let sent = SentAgain::first(params.required("strategy", MAX_WORD)?).ok_or_else(bad_strategy)?;
    prepare(&doors, &caller, &request, &params, (Waits::FirstFactor, sent)).await
}

/// `POST …/verify/prepare_second_factor`: has a code sent; neither an app nor paper needs any.
pub(super) async fn prepare_second(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let sent =
        SentAgain::second(params.required("strategy", MAX_WORD)?).ok_or_else(bad_strategy)?;
    prepare(&doors, &caller, &request, &params, (Waits::SecondFactor, sent)).await
}

/// `POST …/verify/attempt_first_factor`.
pub(super) async fn attempt_first(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let strategy = params.required("strategy", MAX_WORD)?;
    if let Some(sent) = SentAgain::first(strategy) {
        let typed = code(&params)?;
        let own = waiting(&doors, &caller, &request, Waits::FirstFactor).await?;
        let secret = session_codes::typed(&doors, &caller, &own.session, sent, typed).await?;
        return prove(&doors, &caller, &request, &params, own, secret, ApiError::code_incorrect)
            .await;
    }
    if strategy != "password" {
        return Err(bad_strategy());
    }
    let typed = params.required_secret("password", MAX_PASSWORD_BYTES)?;
    let nil = |_| ApiError::of_param(ErrorKind::ParamNil, "password");
    let secret = CheckedSecret::Password(Password::parse(typed).map_err(nil)?);
    let own = waiting(&doors, &caller, &request, Waits::FirstFactor).await?;
    if own.card.record.user.password_hash.is_none() {
        return Err(ApiError::of(ErrorKind::StrategyForUserInvalid));
    }
    prove(&doors, &caller, &request, &params, own, secret, ApiError::password_incorrect).await
}

/// `POST …/verify/attempt_second_factor`.
pub(super) async fn attempt_second(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let strategy = params.required("strategy", MAX_WORD)?;
    let typed = code(&params)?;
    let (own, secret) = match (strategy, SentAgain::second(strategy)) {
        (_, Some(sent)) => {
            let own = waiting(&doors, &caller, &request, Waits::SecondFactor).await?;
            let secret = session_codes::typed(&doors, &caller, &own.session, sent, typed).await?;
            (own, secret)
        }
        ("totp", None) => {
            let own = waiting(&doors, &caller, &request, Waits::SecondFactor).await?;
            (own, CheckedSecret::Totp(typed))
        }
        ("backup_code", None) => {
            let own = waiting(&doors, &caller, &request, Waits::SecondFactor).await?;
            (own, CheckedSecret::RecoveryCode(typed))
        }
        (_, None) => return Err(bad_strategy()),
    };
    prove(&doors, &caller, &request, &params, own, secret, ApiError::code_incorrect).await
}

async fn prove(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    params: &Params,
    own: Own,
    secret: CheckedSecret,
    wrong: fn() -> ApiError,
) -> Result<HttpResponse, ApiError> {
    let user = &own.card.record.user;
    let locale = locale_of(params).or(user.locale.as_deref());
    let aged = Some(own.session.id.clone());
    check(doors, caller, request, Check { user: &user.id, secret, aged, locale }, wrong).await?;
    let now_own = self::own(doors, caller, request).await?;
    answer(doors, caller, request, &now_own).await
}

async fn prepare(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    params: &Params,
    (step, sent): (Waits, SentAgain),
) -> Result<HttpResponse, ApiError> {
    let own = waiting(doors, caller, request, step).await?;
    let of = (&own.session, &own.card);
    session_codes::order(doors, caller, request, of, sent, params).await?;
    let now_own = self::own(doors, caller, request).await?;
    answer(doors, caller, request, &now_own).await
}

fn code(params: &Params) -> Result<SecretString, ApiError> {
    Ok(params.required_secret("code", MAX_CODE_BYTES)?.to_owned().into())
}

fn bad_strategy() -> ApiError {
    ApiError::of_param(ErrorKind::ParamValueInvalid, "strategy")
}

/// The session, if its re-verification waits for this step.
async fn waiting(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    step: Waits,
) -> Result<Own, ApiError> {
    let own = own(doors, caller, request).await?;
    match Waits::of(&own.session, &own.card) {
        Some(waits) if waits == step => Ok(own),
        Some(_) => Err(ApiError::invalid_action_for_session("this step of its verification")),
        None => Err(ApiError::of(ErrorKind::VerificationMissing)),
    }
}

async fn own(doors: &Doors, caller: &Caller, request: &HttpRequest) -> Result<Own, ApiError> {
    let (session, client) = own_session(doors, caller, request).await?;
    if session.status_at(doors.now()) != SessionStatus::Active {
        return Err(ApiError::of(ErrorKind::SignedOut));
    }
    let user: UserId = session.user_id.clone();
    let card = doors.tenants.user(&caller.profile, user).await?;
    let card = card.ok_or_else(|| ApiError::of(ErrorKind::SignedOut))?;
    Ok(Own { session, client, card })
}

async fn answer(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: &Own,
) -> Result<HttpResponse, ApiError> {
    let waits = Waits::of(&own.session, &own.card).unwrap_or(Waits::Nothing);
    let shown = Shown {
        session: session_resource(doors, caller, request, &own.session).await?,
        code: session_codes::last_sent(doors, caller, &own.session).await?,
        now: doors.now(),
    };
    let state =
        client_state(doors, caller, request, ClientOf::Admitted(&own.client.client)).await?;
    let resource = session_verification(&own.session, &own.card, waits, shown);
    wrapped(resource, state.map(|state| state.resource))
}

const VERIFICATION: &[Answered] =
    &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("SessionVerification")))];
const FORM: &[ErrorKind] = &[
    ErrorKind::SignedOut,
    ErrorKind::NotFound,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamDuplicate,
];
const PREPARE: &[ErrorKind] = &[
    ErrorKind::UserLocked,
    ErrorKind::CodeTooSoon,
    ErrorKind::CodeRateLimit,
    ErrorKind::StrategyForUserInvalid,
    ErrorKind::NoSecondFactors,
    ErrorKind::SignedOut,
    ErrorKind::NotFound,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamDuplicate,
    ErrorKind::InvalidActionForSession,
    ErrorKind::VerificationMissing,
];
const ATTEMPT: &[ErrorKind] = &[
    ErrorKind::UserLocked,
    ErrorKind::UserBanned,
    ErrorKind::PasswordIncorrect,
    ErrorKind::CodeIncorrect,
    ErrorKind::LockoutWarning,
    ErrorKind::StrategyForUserInvalid,
    ErrorKind::SignedOut,
    ErrorKind::NotFound,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamDuplicate,
    ErrorKind::InvalidActionForSession,
    ErrorKind::VerificationMissing,
    ErrorKind::VerificationStrategyInvalid,
    ErrorKind::VerificationExpired,
    ErrorKind::VerificationFailed,
];
const FIRST: &[Takes] = &[
    Takes::SecretBySession(Authenticator::Password),
    Takes::SecretBySession(Authenticator::OobOtp),
];
const SECOND: &[Takes] = &[
    Takes::SecretBySession(Authenticator::Totp),
    Takes::SecretBySession(Authenticator::OobOtp),
    Takes::SecretBySession(Authenticator::RecoveryCode),
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(
        Verb::Post,
        "/client/sessions/{id}/verify",
        "startSessionReverification",
        NOTHING,
        || web::to(start),
    )
    .body(&[Must("level", Kind::Word(&["first_factor", "second_factor", "multi_factor"]))])
    .answers(VERIFICATION)
    .errors(FORM),
    Operation::clerks(
        Verb::Post,
        "/client/sessions/{id}/verify/prepare_first_factor",
        "prepareSessionReverificationFirstFactor",
        NOTHING,
        || web::to(prepare_first),
    )
    .body(&[
        Must("strategy", Kind::Word(&["email_code", "phone_code"])),
        May("email_address_id", Kind::Text),
        May("phone_number_id", Kind::Text),
        May("locale", Kind::Text),
    ])
    .answers(VERIFICATION)
    .errors(PREPARE),
    Operation::clerks(
        Verb::Post,
        "/client/sessions/{id}/verify/attempt_first_factor",
        "attemptSessionReverificationFirstFactor",
        FIRST,
        || web::to(attempt_first),
    )
    .body(&[
        Must("strategy", Kind::Word(&["password", "email_code", "phone_code"])),
        May("password", Kind::Secret),
        May("code", Kind::Secret),
        May("locale", Kind::Text),
    ])
    .answers(VERIFICATION)
    .errors(ATTEMPT),
    Operation::clerks(
        Verb::Post,
        "/client/sessions/{id}/verify/prepare_second_factor",
        "prepareSessionReverificationSecondFactor",
        NOTHING,
        || web::to(prepare_second),
    )
    .body(&[
        Must("strategy", Kind::Word(&["phone_code"])),
        May("phone_number_id", Kind::Text),
        May("locale", Kind::Text),
    ])
    .answers(VERIFICATION)
    .errors(PREPARE),
    Operation::clerks(
        Verb::Post,
        "/client/sessions/{id}/verify/attempt_second_factor",
        "attemptSessionReverificationSecondFactor",
        SECOND,
        || web::to(attempt_second),
    )
    .body(&[
        Must("strategy", Kind::Word(&["totp", "phone_code", "backup_code"])),
        Must("code", Kind::Secret),
        May("locale", Kind::Text),
    ])
    .answers(VERIFICATION)
    .errors(ATTEMPT),
];

//! Sign-ins: create, read, prepare, attempt. A request that tries a secret asks the published locks
//! before a client, a sign-in or a cookie is made; one that only names an identifier is never
//! refused for a lock, because the reset door starts there.

use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::{ClientOf, client_state, client_state_and, sign_in_resource, wrapped};
use super::codes::{order, order_second, try_code};
use super::factors::{Field, Tried, answered, second_is_theirs, try_second};
use super::form::{
    Created, Secret, attempted, attempted_second, created, locale_of, new_password, phone_of,
    prepared, second_strategy,
};
use super::front_door::Caller;
use super::password::{PasswordTry, password_is_theirs, try_password};
use super::refusals::{bad_second_strategy, refused};
use super::starts::{may_start, no_transfer};
use super::tickets::{sign_in_with_ticket, try_ticket};
use crate::model::{Authenticator, Identifier, SignInId};
use crate::resource;
use crate::sign_in::{Action, Place, Run, Strategy, StrategyFault, judge};
use crate::store::sign_ins::{SignIn, SignInStatus};
use crate::tenant::{ClientHandle, NewPassword, OpenedSignIn, OtherDevices, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation, Param,
    Param::{May, Must},
    Takes, Verb,
};
use crate::web::{ApiError, ErrorKind};

/// `POST client/sign_ins`.
pub(super) async fn create(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    match created(&params)? {
        Created::Blank => open(&doors, &caller, &request, None, &params).await,
        Created::Named(identifier) => {
            open(&doors, &caller, &request, Some(identifier), &params).await
        }
        Created::WithPassword(identifier, password) => {
            let locale = locale_of(&params).map(str::to_owned);
            let started = PasswordTry::begin(&doors, &caller, &request, identifier, locale).await?;
            let client = caller.client(&doors, &request).await?;
            may_start(&doors, &caller, client.as_ref(), &started.identifier).await?;
            password_is_theirs(&doors, &caller, &started.identifier, None).await?;
            try_password(&doors, &caller, &request, started, password, None, client.as_ref()).await
        }
        Created::Prepared(identifier, sent) => {
            let opened = opened(&doors, &caller, &request, Some(&identifier), &params).await?;
            // What cannot be sent now is asked for again by the client: the sign-in stands.
            let row = &opened.sign_in;
            let _told = order(&doors, &caller, &request, row, sent, None, &params).await;
            shown_open(&doors, &caller, &request, opened).await
        }
        Created::Ticket(ticket) => {
            let locale = locale_of(&params).map(str::to_owned);
            sign_in_with_ticket(&doors, &caller, &request, ticket, locale).await
        }
        Created::Transfer => {
            let client = caller.client(&doors, &request).await?;
            Err(no_transfer(&doors, &caller, client.as_ref()).await?)
        }
    }
}

/// `GET client/sign_ins/{id}`.
pub(super) async fn show(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = own_sign_in(&doors, &caller, &request, Action::Show).await?;
    wrapped(sign_in_resource(&doors, &caller.profile, &own.sign_in).await?, None)
}

/// `POST client/sign_ins/{id}/prepare_first_factor`: the same for a name that nobody has.
pub(super) async fn prepare_first_factor(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (sent, address) = prepared(&params)?;
    let own = own_sign_in(&doors, &caller, &request, Action::PrepareFirstFactor).await?;
    order(&doors, &caller, &request, &own.sign_in, sent, address, &params).await?;
    shown_as_prepared(&doors, &caller, &request, own).await
}

/// The sign-in with what was sent for it.
async fn shown_as_prepared(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: Own,
) -> Result<HttpResponse, ApiError> {
    let (of, asked) = (ClientOf::Admitted(&own.client.client), Some(own.sign_in.id));
    let state = client_state_and(doors, caller, request, of, asked).await?;
    let state = state.ok_or_else(ApiError::service_unavailable)?;
    let row = state.asked.as_ref().ok_or_else(ApiError::service_unavailable)?;
    let resource = sign_in_resource(doors, &caller.profile, row).await?;
    wrapped(resource, Some(state.resource))
}

/// `POST client/sign_ins/{id}/attempt_first_factor`.
pub(super) async fn attempt_first_factor(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let secret = attempted(&params)?;
    let own = own_sign_in(&doors, &caller, &request, Action::AttemptFirstFactor).await?;
    let password = match secret {
        Secret::Password(password) => password,
        Secret::Code(sent, typed) => {
            return try_code(&doors, &caller, &request, own, sent, typed).await;
        }
        Secret::Ticket(ticket) => {
            return try_ticket(&doors, &caller, &request, own, ticket).await;
        }
    };
    let named = own.sign_in.identifier.as_deref().and_then(|text| Identifier::parse(text).ok());
    // A sign-in that takes a first factor has an identifier; the flow has just said so.
    let identifier = named.ok_or_else(ApiError::internal)?;
    let locale = locale_of(&params).map(str::to_owned).or_else(|| own.sign_in.locale.clone());
    let started = PasswordTry::begin(&doors, &caller, &request, identifier, locale).await?;
    password_is_theirs(&doors, &caller, &started.identifier, Some(&own.sign_in)).await?;
    let (id, client) = (own.sign_in.id, Some(&own.client));
    try_password(&doors, &caller, &request, started, password, Some(id), client).await
}

/// `POST client/sign_ins/{id}/prepare_second_factor`. An app and a recovery code need no preparing.
pub(super) async fn prepare_second_factor(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (strategy, action) = (second_strategy(&params)?, Action::PrepareSecondFactor);
    let own = own_sign_in(&doors, &caller, &request, action).await?;
    second_is_theirs(&doors, &caller, &own, strategy, action).await?;
    if strategy != Strategy::PhoneCode {
        return Err(bad_second_strategy(StrategyFault::Unknown));
    }
    let phone = phone_of(&params)?;
    order_second(&doors, &caller, &request, &own.sign_in, phone, &params).await?;
    shown_as_prepared(&doors, &caller, &request, own).await
}

/// `POST client/sign_ins/{id}/attempt_second_factor`.
pub(super) async fn attempt_second_factor(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let typed = attempted_second(&params)?;
    let own = own_sign_in(&doors, &caller, &request, Action::AttemptSecondFactor).await?;
    try_second(&doors, &caller, &request, own, typed).await
}

/// `POST client/sign_ins/{id}/reset_password`. Judged first: it hashes.
pub(super) async fn reset_password(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let action = Action::ResetPassword;
    let password = new_password(&params)?;
    let others = match params.flag("sign_out_of_other_sessions")? {
        Some(true) => OtherDevices::SignedOut,
        Some(false) | None => OtherDevices::Kept,
    };
    let own = own_sign_in(&doors, &caller, &request, action).await?;
    let user = own.sign_in.user_id.clone().ok_or_else(ApiError::internal)?;
    let new = NewPassword {
        profile: caller.profile.clone(),
        user,
        sign_in: own.sign_in.id.clone(),
        client: own.client.client.id.clone(),
        password,
        source: doors.address(&request).source,
        browser: caller.browser(&doors, &request),
        others,
    };
    let answer = doors.tenants.reset_password(new).await?;
    let (sign_in, field) = (Some(&own.sign_in.id), Field::Password);
    let tried = Tried { sign_in, action, field, locale: own.sign_in.locale.as_deref() };
    answered(&doors, &caller, &request, &tried, answer).await
}

/// A sign-in of the client that asks.
pub(super) struct Own {
    pub sign_in: SignIn,
    pub client: ClientHandle,
}

/// Reads the sign-in of the path, if its own client asks and `action` is the next step.
async fn own_sign_in(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    action: Action,
) -> Result<Own, ApiError> {
    let id = request.match_info().get("id").unwrap_or("");
    let not_found = || ApiError::sign_in_not_found(id);
    let client = match (caller.client(doors, request).await?, action) {
        (Some(client), _) => client,
        // Reading tells nothing about whether there is such a sign-in.
        (None, Action::Show) => return Err(not_found()),
        (None, _) => return Err(ApiError::of(ErrorKind::ClientNotFound)),
    };
    let known = SignInId::parse(id).ok_or_else(not_found)?;
    let found = doors.reader().sign_in(caller.profile.id().clone(), known).await;
    let sign_in = found.map_err(TenantFault::from)?.ok_or_else(not_found)?;
    let run = Run {
        status: resource::sign_in::status(sign_in.status),
        place: place(&sign_in, &client),
        abandon_at: sign_in.abandon_at,
    };
    judge(&run, action, doors.now()).map_err(|refusal| refused(refusal, action, id))?;
    Ok(Own { sign_in, client })
}

pub(super) fn place(sign_in: &SignIn, asking: &ClientHandle) -> Place {
    let client = &asking.client;
    if sign_in.client_id != client.id {
        return Place::Elsewhere;
    }
    let present = match &client.sign_in_id {
        Some(present) => *present == sign_in.id,
        // A completed sign-in leaves its client without one.
        None => sign_in.status == SignInStatus::Complete,
    };
    if present { Place::Current } else { Place::Older }
}

/// Opens a sign-in that waits for an identifier or its first factor.
async fn open(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    identifier: Option<Identifier>,
    params: &Params,
) -> Result<HttpResponse, ApiError> {
    let opened = opened(doors, caller, request, identifier.as_ref(), params).await?;
    shown_open(doors, caller, request, opened).await
}

async fn opened(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    identifier: Option<&Identifier>,
    params: &Params,
) -> Result<OpenedSignIn, ApiError> {
    let client = caller.client(doors, request).await?;
    if let Some(identifier) = identifier {
        may_start(doors, caller, client.as_ref(), identifier).await?;
    }
    let locale = locale_of(params).map(str::to_owned);
    let opening = doors.tenants.open_sign_in(&caller.profile, client.as_ref(), identifier, locale);
    Ok(opening.await?)
}

async fn shown_open(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    opened: OpenedSignIn,
) -> Result<HttpResponse, ApiError> {
    let of = ClientOf::of(opened.known.as_ref(), &opened.client);
    let state = client_state(doors, caller, request, of).await?;
    // As the client shows it: something may have been prepared since it was opened.
    let found = doors.reader().sign_in(caller.profile.id().clone(), opened.sign_in.id.clone());
    let row = found.await.map_err(TenantFault::from)?.unwrap_or(opened.sign_in);
    let resource = sign_in_resource(doors, &caller.profile, &row).await?;
    let mut response = wrapped(resource, state.map(|state| state.resource))?;
    if let Some(token) = &opened.client_token {
        super::answer::give_client(doors, caller, &mut response, token)?;
    }
    Ok(response)
}

const SIGN_IN: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("SignIn")))];
const AT_ONCE: &[Takes] = &[Takes::Secret(Authenticator::Password), Takes::Proof];
const FIRST: &[Takes] = &[
    Takes::Secret(Authenticator::Password),
    Takes::Secret(Authenticator::OobOtp),
    Takes::ProvesMailbox,
    Takes::Proof,
];
const SECOND: &[Takes] = &[
    Takes::Secret(Authenticator::Totp),
    Takes::Secret(Authenticator::OobOtp),
    Takes::Secret(Authenticator::RecoveryCode),
];
const STRATEGY: Param = Must("strategy", Kind::Text);

/// What the form and the turn of a step can be refused for.
const OF_A_STEP: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamValueDisabled,
    ErrorKind::ParamDuplicate,
    ErrorKind::ClientNotFound,
    ErrorKind::ClientStateInvalid,
    ErrorKind::OlderSignIn,
    ErrorKind::SignInNotFound,
    // Those of a try, where one is made.
    ErrorKind::UserLocked,
    ErrorKind::UserBanned,
    ErrorKind::PasswordIncorrect,
    ErrorKind::CodeIncorrect,
    ErrorKind::NoSecondFactors,
    ErrorKind::IdentificationOrUserDeleted,
    ErrorKind::IdentificationOfOther,
    ErrorKind::NotFound,
    ErrorKind::StrategyForUserInvalid,
    ErrorKind::VerificationMissing,
    ErrorKind::VerificationExpired,
    ErrorKind::VerificationFailed,
    ErrorKind::VerificationStrategyInvalid,
    ErrorKind::CodeTooSoon,
    ErrorKind::CodeRateLimit,
    ErrorKind::PasswordTooShort,
    ErrorKind::TicketInvalid,
    ErrorKind::TicketExpired,
    ErrorKind::SignInTokenRevoked,
    ErrorKind::SignInTokenUsed,
    ErrorKind::SignInTokenCannotBeUsed,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/client/sign_ins", "createSignIn", AT_ONCE, || web::to(create))
        .body(&[
            May("identifier", Kind::Text),
            May("strategy", Kind::Text),
            May("password", Kind::Secret),
            May("ticket", Kind::Secret),
            May("redirect_url", Kind::Text),
            May("transfer", Kind::Flag),
            May("locale", Kind::Text),
        ])
        .answers(SIGN_IN)
        .errors(&[
            ErrorKind::ParamMissing,
            ErrorKind::ParamNil,
            ErrorKind::ParamTooLong,
            ErrorKind::ParamFormatInvalid,
            ErrorKind::ParamValueInvalid,
            ErrorKind::ParamValueDisabled,
            ErrorKind::ParamDuplicate,
            ErrorKind::ConditionalParamMissing,
            ErrorKind::ClientNotFound,
            ErrorKind::SessionExists,
            ErrorKind::AlreadySignedIn,
            ErrorKind::AccountTransferInvalid,
            ErrorKind::IdentificationClaimed,
            ErrorKind::StrategyForUserInvalid,
            ErrorKind::NoIdentificationForUser,
            ErrorKind::TicketInvalid,
            ErrorKind::TicketExpired,
            ErrorKind::SignInTokenRevoked,
            ErrorKind::SignInTokenUsed,
            ErrorKind::SignInTokenCannotBeUsed,
            ErrorKind::IdentifierNotFound,
            ErrorKind::UserLocked,
            ErrorKind::UserBanned,
            ErrorKind::PasswordIncorrect,
        ]),
    Operation::clerks(Verb::Get, "/client/sign_ins/{id}", "getSignIn", NOTHING, || web::to(show))
        .answers(SIGN_IN)
        .errors(&[ErrorKind::SignInNotFound]),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ins/{id}/prepare_first_factor",
        "prepareSignInFactorOne",
        NOTHING,
        || web::to(prepare_first_factor),
    )
    .body(&[
        STRATEGY,
        May("email_address_id", Kind::Text),
        May("phone_number_id", Kind::Text),
        May("redirect_url", Kind::Text),
        May("locale", Kind::Text),
    ])
    .answers(SIGN_IN)
    .errors(OF_A_STEP),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ins/{id}/attempt_first_factor",
        "attemptSignInFactorOne",
        FIRST,
        || web::to(attempt_first_factor),
    )
    .body(&[
        STRATEGY,
        May("password", Kind::Secret),
        May("code", Kind::Secret),
        May("ticket", Kind::Secret),
        May("locale", Kind::Text),
    ])
    .answers(SIGN_IN)
    .errors(OF_A_STEP),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ins/{id}/prepare_second_factor",
        "prepareSignInFactorTwo",
        NOTHING,
        || web::to(prepare_second_factor),
    )
    .body(&[STRATEGY, May("phone_number_id", Kind::Text), May("locale", Kind::Text)])
    .answers(SIGN_IN)
    .errors(OF_A_STEP),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ins/{id}/attempt_second_factor",
        "attemptSignInFactorTwo",
        SECOND,
        || web::to(attempt_second_factor),
    )
    .body(&[STRATEGY, Must("code", Kind::Secret)])
    .answers(SIGN_IN)
    .errors(OF_A_STEP),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ins/{id}/reset_password",
        "resetPassword",
        NOTHING,
        || web::to(reset_password),
    )
    .body(&[Must("password", Kind::NewSecret), May("sign_out_of_other_sessions", Kind::Flag)])
    .answers(SIGN_IN)
    .errors(OF_A_STEP),
];

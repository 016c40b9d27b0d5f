//! Sign-ups: create, read, change, prepare, attempt. Open where the tenant says so. Whether somebody
//! has an address is told to nobody who has not proved it, except in the revealing mode.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::address_codes::{
    CODE, EMAIL, EMAIL_CODE, STRATEGY, email_code, identifier, sent, typed_code, unproved,
};
use super::answer::{
    ClientOf, client_state, give_client, give_last_change, live_sessions, sign_up_resource, wrapped,
};
use super::form::{MAX_WORD, locale_of};
use super::front_door::Caller;
use super::refusals;
use crate::model::{IdentifierKind, SignUpId};
use crate::store::sign_ups::{SignUpRecord, SignUpStatus};
use crate::store::tenants::SignUpMode;
use crate::tenant::{
    AddressOrder, AttemptAnswer, ClientHandle, Legal, MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS,
    Ordered, Password, SignUpForm, SignUpTry, SignUpVisitor, SignedIn, TenantFault, is_long_enough,
};
use crate::web::body::{Params, parse_object};
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param, Param::May, Takes, Verb};
use crate::web::{ApiError, ErrorKind};

type Answer = Result<HttpResponse, ApiError>;

/// Longest name, in bytes, as of every user.
const MAX_NAME_BYTES: usize = 256;
/// Largest metadata object, in bytes of JSON, as of every user.
const MAX_METADATA_BYTES: usize = 8 * 1024;

/// `POST client/sign_ups`.
pub(super) async fn create(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    let profile = &caller.profile;
    match profile.tenant.sign_up {
        SignUpMode::Restricted => return Err(ApiError::of(ErrorKind::SignUpRestricted)),
        SignUpMode::Public => {}
    }
    let client = caller.client(&doors, &request).await?;
    if let Some(known) = &client
        && profile.tenant.single_session
        && !live_sessions(&doors, &known.client).await?.is_empty()
    {
        return Err(ApiError::of(ErrorKind::SessionExists));
    }
    let form = form_of(&doors, &caller, &params).await?;
    let source = doors.address(&request).source;
    let opened = doors.tenants.open_sign_up(profile, client.as_ref(), form, source).await?;
    let mut record = opened.record;
    if params.text("strategy", MAX_WORD)? == Some(EMAIL_CODE) {
        // Too soon or too many: the person asks again, and is told then.
        record = prepared(&doors, &caller, &request, record).await?.0;
    }
    let of = ClientOf::of(opened.known.as_ref(), &opened.client);
    let state = client_state(&doors, &caller, &request, of).await?;
    let resource = sign_up_resource(&doors, profile, &record).await?;
    let mut response = wrapped(resource, state.map(|state| state.resource))?;
    if let Some(token) = &opened.client_token {
        give_client(&doors, &caller, &mut response, token)?;
    }
    Ok(response)
}

/// `GET client/sign_ups/{id}`.
pub(super) async fn show(doors: web::Data<Doors>, caller: Caller, request: HttpRequest) -> Answer {
    let own = own_sign_up(&doors, &caller, &request).await?;
    wrapped(sign_up_resource(&doors, &caller.profile, &own.record).await?, None)
}

/// `PATCH client/sign_ups/{id}`.
pub(super) async fn change(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    let own = own_sign_up(&doors, &caller, &request).await?.changeable()?;
    let form = form_of(&doors, &caller, &params).await?;
    let (profile, source) = (&caller.profile, doors.address(&request).source);
    let changed = doors.tenants.change_sign_up(profile, own.record.sign_up.id, form, source).await;
    let record = changed.map_err(finished_meanwhile)?;
    let visitor = visitor(&doors, &caller, &request, &own.client);
    let done = doors.tenants.finish_sign_up(profile, record, visitor).await;
    told(&doors, &caller, &request, &own.client, done.map_err(finished_meanwhile)?).await
}

/// `POST client/sign_ups/{id}/prepare_verification`.
pub(super) async fn prepare(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    email_code(&params)?;
    let own = own_sign_up(&doors, &caller, &request).await?.changeable()?;
    match own.record.email() {
        None => {
            return Err(ApiError::conditional_param_missing(EMAIL, "a code is asked for"));
        }
        Some(address) if address.verified_at.is_some() => {
            return Err(ApiError::of(ErrorKind::VerificationAlreadyVerified));
        }
        Some(_) => {}
    }
    let (record, ordered) = prepared(&doors, &caller, &request, own.record).await?;
    ordered.map_or(Ok(()), sent)?;
    shown(&doors, &caller, &request, &own.client, &record).await
}

/// `POST client/sign_ups/{id}/attempt_verification`.
pub(super) async fn attempt(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    email_code(&params)?;
    let typed = typed_code(&params)?;
    let own = own_sign_up(&doors, &caller, &request).await?.changeable()?;
    if own.record.email().is_some_and(|address| address.verified_at.is_some()) {
        return Err(ApiError::of(ErrorKind::VerificationAlreadyVerified));
    }
    let visitor = visitor(&doors, &caller, &request, &own.client);
    let tried = doors.tenants.attempt_sign_up(&caller.profile, own.record, &typed, visitor).await;
    told(&doors, &caller, &request, &own.client, tried.map_err(finished_meanwhile)?).await
}

/// A sign-up of the client that asks.
struct Own {
    record: SignUpRecord,
    client: ClientHandle,
}

impl Own {
    /// Changes are for the client's present sign-up, while it is not finished.
    fn changeable(self) -> Result<Self, ApiError> {
        match self.record.sign_up.status {
            SignUpStatus::Complete => Err(finished()),
            SignUpStatus::Abandoned => Err(ApiError::of(ErrorKind::OlderSignUp)),
            SignUpStatus::MissingRequirements => {
                match self.client.client.sign_up_id.as_ref() == Some(&self.record.sign_up.id) {
                    true => Ok(self),
                    false => Err(ApiError::of(ErrorKind::OlderSignUp)),
                }
            }
        }
    }
}

async fn own_sign_up(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
) -> Result<Own, ApiError> {
    let id = request.match_info().get("id").unwrap_or("");
    let missing = || ApiError::sign_up_not_found(id);
    let client = caller.client(doors, request).await?.ok_or_else(missing)?;
    let known = SignUpId::parse(id).ok_or_else(missing)?;
    let found = doors.tenants.sign_up(&caller.profile, known).await?.ok_or_else(missing)?;
    let gone =
        found.sign_up.status != SignUpStatus::Complete && doors.now() >= found.sign_up.abandon_at;
    if gone || found.sign_up.client_id != client.client.id {
        return Err(missing());
    }
    Ok(Own { record: found, client })
}

/// Asks for a code to the address, if there is one; the sign-up as it then stands.
async fn prepared(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    record: SignUpRecord,
) -> Result<(SignUpRecord, Option<Ordered>), ApiError> {
    let Some(address) = record.email() else { return Ok((record, None)) };
    let source = doors.address(request).source;
    let locale = record.sign_up.locale.clone();
    let order = AddressOrder { address, source: Some(&source), locale };
    let ordered = doors.tenants.order_address_code(&caller.profile, order).await?;
    let id = record.sign_up.id.clone();
    let again = doors.tenants.sign_up(&caller.profile, id).await?;
    Ok((again.ok_or_else(ApiError::service_unavailable)?, Some(ordered)))
}

/// What came of a try, in the words of the contract.
async fn told(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    client: &ClientHandle,
    tried: SignUpTry,
) -> Answer {
    match tried {
        SignUpTry::Unproved(why) => Err(unproved(why)),
        SignUpTry::UsernameTaken => Err(ApiError::identifier_exists("username", "username")),
        SignUpTry::Proved(record) => shown(doors, caller, request, client, &record).await,
        SignUpTry::Complete(record, answer) => match *answer {
            AttemptAnswer::Complete(signed_in) => {
                signed_up(doors, caller, request, &record, &signed_in).await
            }
            AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
                let locale = record.sign_up.locale.as_deref();
                Err(refusals::locked(doors, &caller.profile, &lock, locale))
            }
            AttemptAnswer::Banned => Err(ApiError::of(ErrorKind::UserBanned)),
            // The user stands and can sign in; only the session did not begin.
            AttemptAnswer::Wrong { .. }
            | AttemptAnswer::Passed(_)
            | AttemptAnswer::Verified(_)
            | AttemptAnswer::Deleted
            | AttemptAnswer::Unusable(_)
            | AttemptAnswer::SignInVoid
            | AttemptAnswer::FactorDied => Err(ApiError::service_unavailable()),
        },
    }
}

/// The finished sign-up with its session, under a new client token.
async fn signed_up(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    record: &SignUpRecord,
    signed_in: &SignedIn,
) -> Answer {
    let state = client_state(doors, caller, request, ClientOf::Given(&signed_in.client)).await?;
    let state = state.ok_or_else(ApiError::service_unavailable)?;
    let resource = sign_up_resource(doors, &caller.profile, record).await?;
    let mut response = wrapped(resource, Some(state.resource))?;
    give_client(doors, caller, &mut response, &signed_in.client_token)?;
    doors.give_lane(&caller.profile, request, &mut response, signed_in.lane_token.as_deref());
    give_last_change(doors, caller, request, &mut response, Some(state.updated_at))?;
    Ok(response)
}

async fn shown(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    client: &ClientHandle,
    record: &SignUpRecord,
) -> Answer {
    let state = client_state(doors, caller, request, ClientOf::Admitted(&client.client)).await?;
    let resource = sign_up_resource(doors, &caller.profile, record).await?;
    wrapped(resource, state.map(|state| state.resource))
}

fn visitor(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    client: &ClientHandle,
) -> SignUpVisitor {
    SignUpVisitor {
        client: client.client.id.clone(),
        source: doors.address(request).source,
        browser: caller.browser(doors, request),
    }
}

/// Reads and bounds what a sign-up says. In the revealing mode a taken name is told at once.
async fn form_of(doors: &Doors, caller: &Caller, params: &Params) -> Result<SignUpForm, ApiError> {
    let email = identifier(params, EMAIL, IdentifierKind::EmailAddress)?;
    let username = identifier(params, "username", IdentifierKind::Username)?;
    if caller.profile.tenant.revealing {
        for (field, words, found) in
            [(EMAIL, "email address", &email), ("username", "username", &username)]
        {
            let Some(found) = found else { continue };
            let tenant = caller.profile.id().clone();
            let owner = doors.reader().identified(tenant, found.key.clone()).await;
            if owner.map_err(TenantFault::from)?.is_some() {
                return Err(ApiError::identifier_exists(field, words));
            }
        }
    }
    let text = |field| -> Result<Option<String>, ApiError> {
        Ok(params.text(field, MAX_NAME_BYTES)?.map(str::to_owned))
    };
    Ok(SignUpForm {
        email,
        username,
        password: password(params)?,
        first_name: text("first_name")?,
        last_name: text("last_name")?,
        unsafe_metadata: metadata(params)?,
        locale: locale_of(params).map(str::to_owned),
        legal_accepted: params.flag("legal_accepted")?.map(|accepted| match accepted {
            true => Legal::Accepted,
            false => Legal::NotAccepted,
        }),
    })
}

fn password(params: &Params) -> Result<Option<Password>, ApiError> {
    let Some(text) = params.secret("password", MAX_PASSWORD_BYTES)? else { return Ok(None) };
    if !is_long_enough(text) {
        return Err(ApiError::password_too_short(usize::from(MIN_PASSWORD_CHARS)));
    }
    let odd = |_| ApiError::of_param(ErrorKind::ParamFormatInvalid, "password");
    Password::parse(text).map(Some).map_err(odd)
}

fn metadata(params: &Params) -> Result<Option<String>, ApiError> {
    let Some(text) = params.long_text("unsafe_metadata", MAX_METADATA_BYTES)? else {
        return Ok(None);
    };
    let odd = |_| ApiError::of_param(ErrorKind::ParamFormatInvalid, "unsafe_metadata");
    parse_object(text.as_bytes()).map(|object| Some(Value::Object(object).to_string())).map_err(odd)
}

fn finished() -> ApiError {
    ApiError::client_state_invalid(
        "changing the sign up",
        "This sign up is complete; start a new one.",
    )
}

fn finished_meanwhile(fault: TenantFault) -> ApiError {
    match fault {
        TenantFault::Conflict { what: "sign_up" } => finished(),
        TenantFault::Conflict { .. }
        | TenantFault::NotFound
        | TenantFault::Busy { .. }
        | TenantFault::Unavailable => ApiError::from(fault),
    }
}

const SIGN_UP: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("SignUp")))];
const MAILBOX: &[Takes] = &[Takes::ProvesMailbox];

const SAID: &[Param] = &[
    May(EMAIL, Kind::Text),
    May("username", Kind::Text),
    May("password", Kind::NewSecret),
    May("first_name", Kind::Text),
    May("last_name", Kind::Text),
    May("unsafe_metadata", Kind::Text),
    May("legal_accepted", Kind::Flag),
    May("locale", Kind::Text),
    May("strategy", Kind::Text),
];

/// What form, turn and code of a sign-up can be refused for.
const ERRORS: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamDuplicate,
    ErrorKind::ConditionalParamMissing,
    ErrorKind::PasswordTooShort,
    ErrorKind::IdentifierExists,
    ErrorKind::SignUpRestricted,
    ErrorKind::SessionExists,
    ErrorKind::SignUpNotFound,
    ErrorKind::OlderSignUp,
    ErrorKind::ClientStateInvalid,
    ErrorKind::VerificationMissing,
    ErrorKind::VerificationExpired,
    ErrorKind::VerificationFailed,
    ErrorKind::VerificationAlreadyVerified,
    ErrorKind::CodeIncorrect,
    ErrorKind::CodeTooSoon,
    ErrorKind::CodeRateLimit,
    ErrorKind::IdentificationClaimed,
    ErrorKind::UserLocked,
    ErrorKind::UserBanned,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/client/sign_ups", "createSignUps", NOTHING, || web::to(create))
        .body(SAID)
        .answers(SIGN_UP)
        .errors(ERRORS),
    Operation::clerks(Verb::Get, "/client/sign_ups/{id}", "getSignUps", NOTHING, || web::to(show))
        .answers(SIGN_UP)
        .errors(&[ErrorKind::SignUpNotFound]),
    Operation::clerks(Verb::Patch, "/client/sign_ups/{id}", "updateSignUps", NOTHING, || {
        web::to(change)
    })
    .body(SAID)
    .answers(SIGN_UP)
    .errors(ERRORS),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ups/{id}/prepare_verification",
        "prepareSignUpsVerification",
        NOTHING,
        || web::to(prepare),
    )
    .body(&[STRATEGY])
    .answers(SIGN_UP)
    .errors(ERRORS),
    Operation::clerks(
        Verb::Post,
        "/client/sign_ups/{id}/attempt_verification",
        "attemptSignUpsVerification",
        MAILBOX,
        || web::to(attempt),
    )
    .body(&[STRATEGY, CODE])
    .answers(SIGN_UP)
    .errors(ERRORS),
];

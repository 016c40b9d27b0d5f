//! The steps of a sign-in beside the password: second factors, and the one place
//! where what an attempt was told becomes an answer. Decides nothing itself.

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError as _};
use secrecy::SecretString;

use super::answer::{
    ClientOf, client_state_and, give_client, give_last_change, sign_in_resource, wrapped,
};
use super::front_door::Caller;
use super::refusals;
use super::sign_ins::Own;
use crate::model::{ClientId, SignInId};
use crate::resource;
use crate::sign_in::{
    Action, Candour, Facts, Has, Place, Prepared, Presence, Refusal, Run, Strategy, judge,
    judge_factor,
};
use crate::store::user_cards::UserFactors;
use crate::tenant::{AttemptAnswer, CodeAttempt, FactorStep, Sent, TenantFault};
use crate::web::doors::Doors;
use crate::web::request_id::RefusedTry;
use crate::web::{ApiError, ErrorKind};

/// What a try was made with, as far as its answer needs it.
pub(super) struct Tried<'a> {
    /// The sign-in it was posted to, if any.
    pub sign_in: Option<&'a SignInId>,
    pub action: Action,
    pub field: Field,
    pub locale: Option<&'a str>,
}

/// The field of the form that a wrong secret is told of.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Password,
    Code,
}

/// Where a right secret brought the sign-in, with the client's new token.
struct Carried<'a> {
    client: &'a ClientId,
    sign_in: &'a SignInId,
    token: &'a str,
    /// The known device that the browser has become.
    lane: Option<&'a str>,
    change: Change,
}

/// Whether somebody is signed in now who was not before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    SignedIn,
    NotYet,
}

/// Tries a second factor in a sign-in that was found to wait for it.
pub(super) async fn try_second(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: Own,
    (strategy, typed): (Strategy, SecretString),
) -> Result<HttpResponse, ApiError> {
    let action = Action::AttemptSecondFactor;
    let profile = &caller.profile;
    let locale = own.sign_in.locale.clone();
    let key = own.sign_in.canonical_key.clone().ok_or_else(ApiError::internal)?;
    let source = doors.address(request).source;
    let browser = caller.browser(doors, request);
    if let Some(lock) =
        doors.tenants.locked_already(profile, &key, &source, &browser.claims).await?
    {
        request.extensions_mut().insert(RefusedTry(profile.clone()));
        return Err(refusals::locked(doors, profile, &lock, locale.as_deref()));
    }
    second_is_theirs(doors, caller, &own, strategy, action).await?;
    let (code, id) = (own.sign_in.prepared_code.clone(), own.sign_in.id.clone());
    let attempt = CodeAttempt {
        profile: profile.clone(),
        key,
        typed,
        source,
        browser,
        sign_in: own.sign_in.id.clone(),
        client: own.client.client.id.clone(),
    };
    let answer = match strategy {
        Strategy::Totp => doors.tenants.attempt_totp(attempt).await?,
        Strategy::BackupCode => doors.tenants.attempt_recovery_code(attempt).await?,
        Strategy::PhoneCode => {
            let missing = || refusals::refused(Refusal::NotPrepared, action, id.as_str());
            let code = code.ok_or_else(missing)?;
            doors.tenants.attempt_code(attempt, code, Sent::Text, FactorStep::Second).await?
        }
        Strategy::Password
        | Strategy::EmailCode
        | Strategy::EmailLink
        | Strategy::ResetPasswordEmailCode
        | Strategy::ResetPasswordPhoneCode
        | Strategy::Ticket => {
            let refusal = Refusal::NoSecondFactor(strategy);
            return Err(refusals::refused(refusal, action, own.sign_in.id.as_str()));
        }
    };
    let (sign_in, field) = (Some(&own.sign_in.id), Field::Code);
    let tried = Tried { sign_in, action, field, locale: locale.as_deref() };
    answered(doors, caller, request, &tried, answer).await
}

/// Whether the user who passed the first factor is there and has this second one.
///
/// # Errors
/// The refusal of the contract.
pub(super) async fn second_is_theirs(
    doors: &Doors,
    caller: &Caller,
    own: &Own,
    strategy: Strategy,
    action: Action,
) -> Result<(), ApiError> {
    let user = own.sign_in.user_id.clone().ok_or_else(ApiError::internal)?;
    let card = doors.tenants.user(&caller.profile, user).await?;
    let facts = Facts {
        answer: candour(caller),
        user: card.as_ref().map_or(Presence::Deleted, |_| Presence::There),
        strategy,
        has: match card.map(|card| card.factors) {
            Some(factors) if has(factors, strategy) => Has::Yes,
            Some(_) => Has::No,
            None => Has::Unknown,
        },
        prepared: match own.sign_in.prepared.as_deref() {
            // An app and a recovery code need no preparing.
            _ if strategy != Strategy::PhoneCode => Prepared::NotNeeded,
            None => Prepared::Nothing,
            Some(word) if word == strategy.as_str() => Prepared::This,
            Some(_) => Prepared::Otherwise,
        },
    };
    let run = Run {
        status: resource::sign_in::status(own.sign_in.status),
        place: Place::Current,
        abandon_at: own.sign_in.abandon_at,
    };
    judge_factor(&run, action, &facts, None, doors.now())
        .map_err(|refusal| refusals::refused(refusal, action, own.sign_in.id.as_str()))
}

const fn has(factors: UserFactors, strategy: Strategy) -> bool {
    match strategy {
        Strategy::Totp => factors.totp,
        Strategy::BackupCode => factors.recovery_codes,
        Strategy::PhoneCode => factors.phone,
        Strategy::Password
        | Strategy::EmailCode
        | Strategy::EmailLink
        | Strategy::ResetPasswordEmailCode
        | Strategy::ResetPasswordPhoneCode
        | Strategy::Ticket => false,
    }
}

pub(super) fn candour(caller: &Caller) -> Candour {
    match caller.profile.tenant.revealing {
        true => Candour::Revealing,
        false => Candour::Silent,
    }
}

/// What may be told about an attempt.
pub(super) async fn answered(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    tried: &Tried<'_>,
    answer: AttemptAnswer,
) -> Result<HttpResponse, ApiError> {
    let profile = &caller.profile;
    match answer {
        AttemptAnswer::Complete(done) => {
            let (client, sign_in, token) = (&done.client, &done.sign_in, &*done.client_token);
            let lane = done.lane_token.as_deref();
            let to = Carried { client, sign_in, token, lane, change: Change::SignedIn };
            carried_on(doors, caller, request, &to).await
        }
        AttemptAnswer::Passed(passed) => {
            let (client, sign_in, token) = (&passed.client, &passed.sign_in, &*passed.client_token);
            let to = Carried { client, sign_in, token, lane: None, change: Change::NotYet };
            carried_on(doors, caller, request, &to).await
        }
        AttemptAnswer::Wrong { remaining } => Err(match tried.field {
            Field::Password => refusals::wrong_password(remaining, tried.locale),
            Field::Code => refusals::wrong_code(remaining, tried.locale),
        }),
        AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
            Err(refusals::locked(doors, profile, &lock, tried.locale))
        }
        AttemptAnswer::Banned => Err(ApiError::of(ErrorKind::UserBanned)),
        AttemptAnswer::Unusable(fault) => Err(refusals::unusable(fault)),
        AttemptAnswer::Deleted => {
            let id = tried.sign_in.map_or("", SignInId::as_str);
            Err(refusals::refused(Refusal::Deleted, tried.action, id))
        }
        // Nothing is checked outside a sign-in by these doors.
        AttemptAnswer::Verified(_) => Err(ApiError::internal()),
        AttemptAnswer::SignInVoid | AttemptAnswer::FactorDied => {
            Err(void(doors, caller, tried).await?)
        }
    }
}

/// The client after a right secret, under a new token: what was planted before is worth nothing.
/// The sign-in stands by now, so the token is given also where a read after it fails: the old one
/// opens nothing any more, and its owner would be signed out of the client's other sessions.
async fn carried_on(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    to: &Carried<'_>,
) -> Result<HttpResponse, ApiError> {
    let told = shown(doors, caller, request, to).await;
    let mut response = told.unwrap_or_else(|error| error.error_response());
    give_client(doors, caller, &mut response, to.token)?;
    doors.give_lane(&caller.profile, request, &mut response, to.lane);
    Ok(response)
}

/// The sign-in as it now stands, as the API shows it.
async fn shown(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    to: &Carried<'_>,
) -> Result<HttpResponse, ApiError> {
    let asked = Some(to.sign_in.clone());
    let state = client_state_and(doors, caller, request, ClientOf::Given(to.client), asked).await?;
    // Without a client or a sign-in somebody removed them since the settle.
    let state = state.ok_or_else(ApiError::service_unavailable)?;
    let row = state.asked.as_ref().ok_or_else(ApiError::service_unavailable)?;
    let resource = sign_in_resource(doors, &caller.profile, row).await?;
    let mut response = wrapped(resource, Some(state.resource))?;
    if to.change == Change::SignedIn {
        give_last_change(doors, caller, request, &mut response, Some(state.updated_at))?;
    }
    Ok(response)
}

/// Between the look at the sign-in and the settle it was completed, replaced or deleted, or its
/// factor died.
async fn void(doors: &Doors, caller: &Caller, tried: &Tried<'_>) -> Result<ApiError, ApiError> {
    let Some(id) = tried.sign_in else { return Ok(ApiError::of(ErrorKind::ClientNotFound)) };
    let found = doors.reader().sign_in(caller.profile.id().clone(), id.clone()).await;
    let refusal = match found.map_err(TenantFault::from)? {
        None => Refusal::NotFound,
        Some(row) => {
            let status = resource::sign_in::status(row.status);
            let run = Run { status, place: Place::Current, abandon_at: row.abandon_at };
            // Still waiting for this very step: it is its age that made it void.
            judge(&run, tried.action, doors.now()).err().unwrap_or(Refusal::NotFound)
        }
    };
    Ok(refusals::refused(refusal, tried.action, id.as_str()))
}

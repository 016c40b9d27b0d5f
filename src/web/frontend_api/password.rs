//! One password try: the published locks first, then the attempt, then the one answer that may be
//! told. Decides nothing itself.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError as _};

use super::answer::{client_state_and, give_client, give_last_change, sign_in_resource, wrapped};
use super::front_door::Caller;
use super::refusals;
use crate::model::{Identifier, Lane, SignInId, Source};
use crate::sign_in::{Action, Refusal, Status};
use crate::tenant::{
    AttemptAnswer, ClientHandle, Password, PasswordAttempt, SignedIn, TenantFault,
};
use crate::web::doors::Doors;
use crate::web::request_id::RefusedTry;
use crate::web::{ApiError, ErrorKind};

/// A try that the published locks let through. Nothing was written for it so far.
pub(super) struct PasswordTry {
    pub identifier: Identifier,
    source: Source,
    locale: Option<String>,
}

impl PasswordTry {
    /// Asks the published locks: no wait, no hash, no write, no client, no cookie. Every request is
    /// asked, because no device or pass cookie exists yet.
    ///
    /// # Errors
    /// 403 `user_locked`.
    pub(super) async fn begin(
        doors: &Doors,
        caller: &Caller,
        request: &HttpRequest,
        identifier: Identifier,
        locale: Option<String>,
    ) -> Result<Self, ApiError> {
        let profile = &caller.profile;
        let source = doors.address(request).source;
        match doors.tenants.locked_already(profile, &identifier.key, &source).await? {
            Some(lock) => {
                request.extensions_mut().insert(RefusedTry(Arc::clone(profile)));
                Err(refusals::locked(doors, profile, &lock, locale.as_deref()))
            }
            None => Ok(Self { identifier, source, locale }),
        }
    }
}

/// Tries the password; `sign_in` is the one it was posted to, if any.
pub(super) async fn try_password(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    started: PasswordTry,
    password: Password,
    sign_in: Option<SignInId>,
    client: Option<&ClientHandle>,
) -> Result<HttpResponse, ApiError> {
    let profile = &caller.profile;
    let PasswordTry { identifier, source, locale } = started;
    let attempt = PasswordAttempt {
        profile: profile.clone(),
        identifier,
        password,
        source,
        lane: Lane::Public,
        sign_in: sign_in.clone(),
        client: client.map(|known| known.client.id.clone()),
        locale: locale.clone(),
    };
    match doors.tenants.attempt_password(attempt).await? {
        AttemptAnswer::Complete(signed_in) => completed(doors, caller, request, &signed_in).await,
        AttemptAnswer::Wrong { remaining } => {
            Err(refusals::wrong_password(remaining, locale.as_deref()))
        }
        AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
            Err(refusals::locked(doors, profile, &lock, locale.as_deref()))
        }
        AttemptAnswer::Banned => Err(ApiError::of(ErrorKind::UserBanned)),
        // This door does not ask for a second factor yet, so nobody has been able to set one up.
        AttemptAnswer::SignInVoid
        | AttemptAnswer::Passed(_)
        | AttemptAnswer::Verified(_)
        | AttemptAnswer::Deleted
        | AttemptAnswer::Unusable(_)
        | AttemptAnswer::FactorDied => Err(void(doors, caller, sign_in).await?),
    }
}

/// The client with its new session, under a new token: what was planted before is worth nothing.
/// The sign-in stands by now, so the token is given also where a read after it fails: the old one
/// opens nothing any more, and its owner would be signed out of the client's other sessions.
async fn completed(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    signed_in: &SignedIn,
) -> Result<HttpResponse, ApiError> {
    let told = shown(doors, caller, request, signed_in).await;
    let mut response = told.unwrap_or_else(|error| error.error_response());
    give_client(doors, caller, &mut response, &signed_in.client_token)?;
    Ok(response)
}

/// The completed sign-in as the API shows it.
async fn shown(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    signed_in: &SignedIn,
) -> Result<HttpResponse, ApiError> {
    let profile = &caller.profile;
    let asked = Some(signed_in.sign_in.clone());
    let state = client_state_and(doors, caller, request, &signed_in.client, asked).await?;
    // Without a client or a sign-in somebody removed them since the settle.
    let state = state.ok_or_else(ApiError::service_unavailable)?;
    let row = state.asked.as_ref().ok_or_else(ApiError::service_unavailable)?;
    let mut response = wrapped(sign_in_resource(profile, row), Some(state.resource))?;
    give_last_change(doors, caller, request, &mut response, Some(state.updated_at))?;
    Ok(response)
}

/// Between the look at the sign-in and the settle it was completed, replaced or deleted.
async fn void(
    doors: &Doors,
    caller: &Caller,
    sign_in: Option<SignInId>,
) -> Result<ApiError, ApiError> {
    let Some(id) = sign_in else { return Ok(ApiError::of(ErrorKind::ClientNotFound)) };
    let found = doors.reader().sign_in(caller.profile.id().clone(), id.clone()).await;
    let refusal = match found.map_err(TenantFault::from)? {
        None => Refusal::NotFound,
        Some(row) => match crate::resource::sign_in::status(row.status) {
            Status::Abandoned => Refusal::Older,
            // Still open, so it is its age that made it void.
            Status::NeedsFirstFactor => Refusal::NotFound,
            status @ (Status::NeedsIdentifier
            | Status::NeedsSecondFactor
            | Status::NeedsNewPassword
            | Status::Complete) => Refusal::WrongState(status),
        },
    };
    Ok(refusals::refused(refusal, Action::AttemptFirstFactor, id.as_str()))
}

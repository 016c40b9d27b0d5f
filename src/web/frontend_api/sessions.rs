//! Sessions of the client that asks: reading, touching, ending, and their short-lived tokens.

use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::{ClientOf, client_state, give_last_change, session_resource, wrapped};
use super::front_door::{Caller, origin};
use crate::model::SessionId;
use crate::resource::session::last_active_token;
use crate::store::sessions::{Session, SessionStatus};
use crate::tenant::{ClientHandle, TenantFault};
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};
use crate::web::{ApiError, ErrorKind, error};

/// `GET client/sessions/{id}`.
pub(super) async fn show(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (session, _) = own_session(&doors, &caller, &request).await?;
    wrapped(session_resource(&doors, &caller, &request, &session).await?, None)
}

/// `POST client/sessions/{id}/touch`: in use, and the client's active one.
pub(super) async fn touch(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (session, client) = own_session(&doors, &caller, &request).await?;
    let id = client.client.id.clone();
    let touched = match doors.tenants.touch_session(&caller.profile, session.id, id).await {
        Ok(touched) => touched,
        Err(TenantFault::NotFound) => {
            return Err(ApiError::invalid_action_for_session("touching it"));
        }
        Err(fault) => return Err(fault.into()),
    };
    answer(&doors, &caller, &request, &touched, &client).await
}

/// `POST client/sessions/{id}/end`.
pub(super) async fn end(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    finish(&doors, &caller, &request, SessionStatus::Ended).await
}

/// `POST client/sessions/{id}/remove`.
pub(super) async fn remove(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    finish(&doors, &caller, &request, SessionStatus::Removed).await
}

/// `DELETE client/sessions`: everybody on this client signs out; the client stays.
pub(super) async fn remove_all(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let client = caller.known_client(&doors, &request).await?;
    let id = client.client.id.clone();
    let status = SessionStatus::Removed;
    doors.tenants.end_sessions_of_client(&caller.profile, id.clone(), status).await?;
    let state = client_state(&doors, &caller, &request, ClientOf::Admitted(&client.client)).await?;
    let resource = state.map(|state| state.resource).unwrap_or_default();
    let mut response = wrapped(resource.clone(), Some(resource))?;
    give_last_change(&doors, &caller, &request, &mut response, None)?;
    Ok(response)
}

/// `POST client/sessions/{id}/tokens`: bare, without the wrapper. 401 makes the browser library
/// sign out, which is right for a session that has ended.
pub(super) async fn tokens(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (session, _) = own_session(&doors, &caller, &request).await?;
    if session.status_at(doors.now()) != SessionStatus::Active {
        return Err(ApiError::of(ErrorKind::SignedOut));
    }
    let jwt = doors.tenants.session_token(&caller.profile, &session, origin(&request)).await?;
    error::json(&last_active_token(&jwt))
}

async fn finish(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    status: SessionStatus,
) -> Result<HttpResponse, ApiError> {
    let (session, client) = own_session(doors, caller, request).await?;
    let ended = doors.tenants.end_session(&caller.profile, session.id, status).await?;
    answer(doors, caller, request, &ended, &client).await
}

/// The session and the client as they stand now.
async fn answer(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    session: &Session,
    client: &ClientHandle,
) -> Result<HttpResponse, ApiError> {
    let state = client_state(doors, caller, request, ClientOf::Admitted(&client.client)).await?;
    let live = state.as_ref().is_some_and(|state| !state.live.is_empty());
    let resource = session_resource(doors, caller, request, session).await?;
    let mut response = wrapped(resource, state.map(|state| state.resource))?;
    if !live {
        give_last_change(doors, caller, request, &mut response, None)?;
    }
    Ok(response)
}

/// The session of the path, if it is of the client that asks.
pub(super) async fn own_session(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
) -> Result<(Session, ClientHandle), ApiError> {
    let known = caller.client(doors, request).await?;
    let client = known.ok_or_else(|| ApiError::of(ErrorKind::SignedOut))?;
    let not_found = || ApiError::not_found("session");
    let id = request.match_info().get("id").and_then(SessionId::parse).ok_or_else(not_found)?;
    let found = doors.reader().session(caller.profile.id().clone(), id).await;
    let session = found.map_err(TenantFault::from)?;
    match session.filter(|session| session.client_id == client.client.id) {
        Some(session) => Ok((session, client)),
        None => Err(not_found()),
    }
}

const SESSION: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("Session")))];
const OF_A_SESSION: &[ErrorKind] = &[ErrorKind::SignedOut, ErrorKind::NotFound];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Delete, "/client/sessions", "deleteClientSessions", NOTHING, || {
        web::to(remove_all)
    })
    .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("Client")))])
    .errors(&[ErrorKind::ClientNotFound]),
    Operation::clerks(Verb::Get, "/client/sessions/{id}", "getSession", NOTHING, || web::to(show))
        .answers(SESSION)
        .errors(OF_A_SESSION),
    Operation::clerks(Verb::Post, "/client/sessions/{id}/touch", "touchSession", NOTHING, || {
        web::to(touch)
    })
    .answers(SESSION)
    .errors(&[ErrorKind::SignedOut, ErrorKind::NotFound, ErrorKind::InvalidActionForSession]),
    Operation::clerks(Verb::Post, "/client/sessions/{id}/end", "endSession", NOTHING, || {
        web::to(end)
    })
    .answers(SESSION)
    .errors(OF_A_SESSION),
    Operation::clerks(Verb::Post, "/client/sessions/{id}/remove", "removeSession", NOTHING, || {
        web::to(remove)
    })
    .answers(SESSION)
    .errors(OF_A_SESSION),
    Operation::clerks(
        Verb::Post,
        "/client/sessions/{id}/tokens",
        "createSessionToken",
        NOTHING,
        || web::to(tokens),
    )
    .answers(&[Answered::Json(200, Shape::Ref("Token"))])
    .errors(OF_A_SESSION),
];

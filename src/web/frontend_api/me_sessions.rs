//! A user's own sessions on all of their browsers and apps: listing and ending. Knows no tokens.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::front_door::Caller;
use super::me::{BY_SESSION, Own};
use crate::model::{Millis, SessionId};
use crate::resource::session::{Activity, session_of_user};
use crate::store::sessions::SessionStatus;
use crate::tenant::{PlacedSession, TenantFault};
use crate::web::doors::Doors;
use crate::web::error::json as answer;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};
use crate::web::{ApiError, ErrorKind};

/// `GET me/sessions`: of any status, bare.
pub(super) async fn list(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    listed(&doors, &caller, &request, None).await
}

/// `GET me/sessions/active`: bare, as the browser library reads it.
pub(super) async fn list_active(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    listed(&doors, &caller, &request, Some(SessionStatus::Active)).await
}

/// `POST me/sessions/{id}/revoke`. One that has ended already stays as it is.
pub(super) async fn revoke(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(&doors, &caller, &request).await?;
    let not_found = || ApiError::not_found("session");
    let id = request.match_info().get("id").and_then(SessionId::parse).ok_or_else(not_found)?;
    let found = doors.reader().session(caller.profile.id().clone(), id.clone()).await;
    let found = found.map_err(TenantFault::from)?;
    // Another user's is answered as one that never existed.
    found.filter(|found| found.user_id == own.session.user_id).ok_or_else(not_found)?;
    let ended = doors.tenants.end_session(&caller.profile, id, SessionStatus::Revoked).await?;
    let user = &own.session.user_id;
    let mut placed = doors.tenants.placed(&caller.profile, user, vec![ended]).await?;
    let ended = placed.pop().ok_or_else(ApiError::internal)?;
    own.answer(&doors, &caller, &request, shown(&ended, doors.now())).await
}

async fn listed(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    status: Option<SessionStatus>,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(doors, caller, request).await?;
    let (now, user) = (doors.now(), own.session.user_id.clone());
    let found = doors.tenants.sessions_of(&caller.profile, user, status).await?;
    let sessions: Vec<Value> = found.iter().map(|session| shown(session, now)).collect();
    answer(&sessions)
}

fn shown(of: &PlacedSession, now: Millis) -> Value {
    let activity = Activity { source: of.source.clone(), label: of.label };
    session_of_user(&of.session, &activity, now)
}

const SESSIONS: &[Answered] =
    &[Answered::Json(200, Shape::List(&Shape::Ref("SessionWithActivity")))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/me/sessions", "getMySessions", NOTHING, || web::to(list))
        .query(BY_SESSION)
        .answers(SESSIONS)
        .errors(&[ErrorKind::SignedOut]),
    Operation::clerks(Verb::Get, "/me/sessions/active", "getMyActiveSessions", NOTHING, || {
        web::to(list_active)
    })
    .query(BY_SESSION)
    .answers(SESSIONS)
    .errors(&[ErrorKind::SignedOut]),
    Operation::clerks(Verb::Post, "/me/sessions/{id}/revoke", "revokeMySession", NOTHING, || {
        web::to(revoke)
    })
    .query(BY_SESSION)
    .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("SessionWithActivity")))])
    .errors(&[ErrorKind::SignedOut, ErrorKind::NotFound]),
];

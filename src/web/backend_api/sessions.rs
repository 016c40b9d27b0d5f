//! Sessions for the tenant's servers: listing, reading, revoking. Knows no tokens.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::fault::{refused, unanswered};
use super::key::Keyed;
use super::query::{LIMIT, OFFSET, Query};
use crate::model::{ClientId, SessionId, UserId};
use crate::resource::session::session_of_servers;
use crate::store::sessions::{SessionFilter, SessionStatus};
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param::May, Verb};

const STATUSES: [SessionStatus; 8] = [
    SessionStatus::Active,
    SessionStatus::Ended,
    SessionStatus::Removed,
    SessionStatus::Revoked,
    SessionStatus::Expired,
    SessionStatus::Replaced,
    SessionStatus::Abandoned,
    SessionStatus::Pending,
];

/// `GET /v1/sessions`: an array, or with `paginated=true` `{data, total_count}`.
pub(super) async fn list(keyed: Keyed<()>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let now = keyed.now();
    let mut query = Query::of(&request)?;
    let filter = SessionFilter {
        at: Some(now),
        // A text that is no id names nobody's session: the empty id.
        user: query.one("user_id").map(|id| UserId::parse(id).unwrap_or_else(no_user)),
        client: query.one("client_id").map(|id| ClientId::parse(id).unwrap_or_else(no_client)),
        status: query.word("status", &STATUSES, SessionStatus::as_str),
    };
    let (limit, offset) = query.page();
    let paginated = query.flag("paginated").unwrap_or(false);
    query.finish()?;
    let (tenant, reader) = (keyed.profile.id().clone(), keyed.doors.reader());
    let page = reader.sessions(tenant.clone(), filter.clone(), limit, offset).await;
    let page = page.map_err(unanswered)?;
    let data: Vec<Value> = page.iter().map(|found| session_of_servers(found, now)).collect();
    if !paginated {
        return answer(&data);
    }
    let total = reader.count_sessions(tenant, filter).await.map_err(unanswered)?;
    answer(&json!({ "data": data, "total_count": total }))
}

/// `GET /v1/sessions/{id}`.
pub(super) async fn show(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let found = keyed.doors.reader().session(keyed.profile.id().clone(), id).await;
    let found = found.map_err(unanswered)?.ok_or_else(|| ApiError::not_found("session"))?;
    answer(&session_of_servers(&found, keyed.now()))
}

/// `POST /v1/sessions/{id}/revoke`. One that has ended already stays as it is.
pub(super) async fn revoke(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let ended = keyed.tenants().end_session(&keyed.profile, id, SessionStatus::Revoked).await;
    let ended = ended.map_err(|fault| refused(fault, "session"))?;
    answer(&session_of_servers(&ended, keyed.now()))
}

fn id(path: &str) -> Result<SessionId, ApiError> {
    SessionId::parse(path).ok_or_else(|| ApiError::not_found("session"))
}

fn no_user() -> UserId {
    UserId::from_stored(String::new())
}

fn no_client() -> ClientId {
    ClientId::from_stored(String::new())
}

/// What `status` can be.
const STATUS_WORDS: &[&str] =
    &["active", "ended", "removed", "revoked", "expired", "replaced", "abandoned", "pending"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/sessions", "GetSessionList", NOTHING, || web::to(list))
        .query(&[
            May("user_id", Kind::Text),
            May("client_id", Kind::Text),
            May("status", Kind::Word(STATUS_WORDS)),
            May("paginated", Kind::Flag),
            LIMIT,
            OFFSET,
        ])
        .answers(&[Answered::Json(
            200,
            Shape::Either(&[
                Shape::List(&Shape::Ref("SessionOfServers")),
                Shape::Page(&Shape::Ref("SessionOfServers")),
            ]),
        )])
        .errors(super::user_form::FORM),
    Operation::clerks(Verb::Get, "/sessions/{id}", "GetSession", NOTHING, || web::to(show))
        .answers(&[Answered::Json(200, Shape::Ref("SessionOfServers"))])
        .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Post, "/sessions/{id}/revoke", "RevokeSession", NOTHING, || {
        web::to(revoke)
    })
    .answers(&[Answered::Json(200, Shape::Ref("SessionOfServers"))])
    .errors(&[ErrorKind::NotFound]),
];

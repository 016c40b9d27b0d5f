//! Sessions for the tenant's servers: listing, making in development, reading, revoking, and their
//! tokens.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::fault::{locked, refused, unanswered};
use super::key::Keyed;
use super::query::{LIMIT, OFFSET, Query};
use super::users::MAX_ID_BYTES;
use crate::model::{ClientId, SessionId, Source, Span, UserId};
use crate::resource::session::{last_active_token, session_of_servers};
use crate::store::sessions::{SessionFilter, SessionStatus};
use crate::tenant::AttemptAnswer;
use crate::token::LONGEST_SESSION_TOKEN;
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Verb,
};

/// Clerk's bounds of a token's life: half a minute to ten years. The session may end long before.
const MIN_TOKEN_SECONDS: i64 = 30;
const MAX_TOKEN_SECONDS: i64 = LONGEST_SESSION_TOKEN.as_seconds_up();

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
        except: None,
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

/// `POST /v1/sessions`: a session that nobody signed in for, on a client of its own. Development
/// tenants only; a locked user gets none here either.
pub(super) async fn create(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    let user = fields.required("user_id", MAX_ID_BYTES).unwrap_or_default();
    fields.finish()?;
    if keyed.profile.tenant.live {
        return Err(ApiError::feature_not_enabled("sessions without a sign-in, on live tenants"));
    }
    let user = UserId::parse(user).ok_or_else(|| ApiError::not_found("user"))?;
    let source = Source::from_stored("server".to_owned());
    let begun = keyed.tenants().begin_session(&keyed.profile, user, source).await;
    let Some(told) = begun.map_err(|fault| refused(fault, "user"))? else {
        return Err(ApiError::of(ErrorKind::NoIdentificationForUser));
    };
    let session = match told {
        AttemptAnswer::Complete(done) => done.session,
        AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
            return Err(locked(&lock, keyed.now(), keyed.profile.support_email()));
        }
        AttemptAnswer::Banned => return Err(ApiError::of(ErrorKind::UserBanned)),
        // The name went to somebody else since it was read, or the user is gone.
        AttemptAnswer::Wrong { .. } | AttemptAnswer::Deleted => {
            return Err(ApiError::not_found("user"));
        }
        AttemptAnswer::Passed(_)
        | AttemptAnswer::Verified(_)
        | AttemptAnswer::Unusable(_)
        | AttemptAnswer::SignInVoid
        | AttemptAnswer::FactorDied => return Err(ApiError::internal()),
    };
    let found = keyed.doors.reader().session(keyed.profile.id().clone(), session).await;
    let found = found.map_err(unanswered)?.ok_or_else(|| ApiError::not_found("session"))?;
    answer(&session_of_servers(&found, keyed.now()))
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

/// `POST /v1/sessions/{id}/tokens`: a session token, as long-lived as the caller wishes.
pub(super) async fn tokens(
    keyed: Keyed<JsonBody>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    let seconds = fields.number("expires_in_seconds", MIN_TOKEN_SECONDS, MAX_TOKEN_SECONDS);
    fields.finish()?;
    let found = keyed.doors.reader().session(keyed.profile.id().clone(), id(&path)?).await;
    let found = found.map_err(unanswered)?.ok_or_else(|| ApiError::not_found("session"))?;
    if found.status_at(keyed.now()) != SessionStatus::Active {
        return Err(ApiError::invalid_action_for_session("making a token of it"));
    }
    let (tenants, profile) = (keyed.tenants(), &keyed.profile);
    let signed = match seconds {
        Some(seconds) => {
            let lifetime = Span::SECOND.times(seconds);
            tenants.session_token_for(profile, &found, None, lifetime).await
        }
        None => tenants.session_token(profile, &found, None).await,
    };
    let jwt = signed.map_err(|fault| refused(fault, "session"))?;
    answer(&last_active_token(&jwt))
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
    Operation::clerks(Verb::Post, "/sessions", "createSession", NOTHING, || web::to(create))
        .body(&[Must("user_id", Kind::Text)])
        .answers(&[Answered::Json(200, Shape::Ref("SessionOfServers"))])
        .errors(&[
            ErrorKind::NotFound,
            ErrorKind::NoIdentificationForUser,
            ErrorKind::FeatureNotEnabled,
            ErrorKind::UserLocked,
            ErrorKind::UserBanned,
            ErrorKind::ParamMissing,
            ErrorKind::ParamNil,
            ErrorKind::ParamTooLong,
            ErrorKind::ParamFormatInvalid,
        ]),
    Operation::clerks(Verb::Get, "/sessions/{id}", "GetSession", NOTHING, || web::to(show))
        .answers(&[Answered::Json(200, Shape::Ref("SessionOfServers"))])
        .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Post, "/sessions/{id}/revoke", "RevokeSession", NOTHING, || {
        web::to(revoke)
    })
    .answers(&[Answered::Json(200, Shape::Ref("SessionOfServers"))])
    .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Post, "/sessions/{id}/tokens", "CreateSessionToken", NOTHING, || {
        web::to(tokens)
    })
    .body(&[May("expires_in_seconds", Kind::Number(30, 315_360_000))])
    .answers(&[Answered::Json(200, Shape::Ref("Token"))])
    .errors(&[
        ErrorKind::NotFound,
        ErrorKind::InvalidActionForSession,
        ErrorKind::ParamFormatInvalid,
        ErrorKind::ParamValueInvalid,
    ]),
];

//! Clients for the tenant's servers: browsers and apps with their sessions, and whose a session
//! token is. Knows no cookies.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::fault::{refused, unanswered};
use super::key::Keyed;
use super::query::{LIMIT, OFFSET, Query};
use crate::model::{ClientId, Millis, SessionId};
use crate::resource::client::client_of_servers;
use crate::resource::session::session_of_servers;
use crate::store::client_views::ClientSessions;
use crate::store::sessions::SessionStatus;
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Takes, Verb,
};

/// Longest session token looked at, in bytes; ours have about 900.
const MAX_TOKEN_BYTES: usize = 4_096;

/// `GET /v1/clients`: an array, or with `paginated=true` `{data, total_count}`.
pub(super) async fn list(keyed: Keyed<()>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    let (limit, offset) = query.page();
    let paginated = query.flag("paginated").unwrap_or(false);
    query.finish()?;
    let page = keyed.doors.reader().clients(keyed.profile.id().clone(), limit, offset).await;
    let (page, total) = page.map_err(unanswered)?;
    let data: Vec<Value> = page.iter().map(|found| client(found, keyed.now())).collect();
    match paginated {
        true => answer(&json!({ "data": data, "total_count": total })),
        false => answer(&data),
    }
}

/// `GET /v1/clients/{id}`.
pub(super) async fn show(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    shown(&keyed, ClientId::parse(&path).ok_or_else(not_found)?).await
}

/// `POST /v1/clients/verify`: the client whose live session a session token names. Nobody can guess
/// one, and a lock ends no session.
pub(super) async fn verify(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    let token = fields.required_secret("token", MAX_TOKEN_BYTES);
    fields.finish()?;
    let found = keyed.tenants().session_of_token(&keyed.profile, token.unwrap_or_default()).await;
    let found = found.map_err(|fault| refused(fault, "client"))?;
    shown(&keyed, found.ok_or_else(not_found)?.client_id).await
}

async fn shown<T>(keyed: &Keyed<T>, id: ClientId) -> Result<HttpResponse, ApiError> {
    let found = keyed.doors.reader().client_sessions(keyed.profile.id().clone(), id).await;
    let found = found.map_err(unanswered)?.ok_or_else(not_found)?;
    answer(&client(&found, keyed.now()))
}

fn client((client, sessions): &ClientSessions, now: Millis) -> Value {
    let live = sessions.iter().filter(|found| found.status_at(now) == SessionStatus::Active);
    let live: Vec<_> = live.collect();
    let ids: Vec<SessionId> = live.iter().map(|found| found.id.clone()).collect();
    let shown = live.iter().map(|found| session_of_servers(found, now)).collect();
    let last_strategy = sessions.last().and_then(|found| found.strategy.as_deref());
    client_of_servers(client, &ids, shown, last_strategy)
}

fn not_found() -> ApiError {
    ApiError::not_found("client")
}

const CLIENT: &[Answered] = &[Answered::Json(200, Shape::Ref("ClientOfServers"))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/clients", "GetClientList", NOTHING, || web::to(list))
        .query(&[May("paginated", Kind::Flag), LIMIT, OFFSET])
        .answers(&[Answered::Json(
            200,
            Shape::Either(&[
                Shape::List(&Shape::Ref("ClientOfServers")),
                Shape::Page(&Shape::Ref("ClientOfServers")),
            ]),
        )])
        .errors(super::user_form::FORM),
    Operation::clerks(Verb::Get, "/clients/{id}", "GetClient", NOTHING, || web::to(show))
        .answers(CLIENT)
        .errors(&[ErrorKind::NotFound]),
    Operation::clerks(
        Verb::Post,
        "/clients/verify",
        "VerifyClient",
        &[Takes::SessionToken],
        || web::to(verify),
    )
    .body(&[Must("token", Kind::Secret)])
    .answers(CLIENT)
    .errors(&[
        ErrorKind::NotFound,
        ErrorKind::ParamMissing,
        ErrorKind::ParamFormatInvalid,
        ErrorKind::ParamTooLong,
    ]),
];

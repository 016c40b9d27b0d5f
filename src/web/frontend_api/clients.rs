//! The client itself: a browser or app installation, before and after anybody signs in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::answer::{ClientOf, client_state, give_client, give_last_change, wrapped};
use super::front_door::{Caller, Carrier};
use crate::model::ClientId;
use crate::store::sessions::SessionStatus;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};
use crate::web::{ApiError, ErrorKind, error};

/// `GET client`: null for a request that shows none; the browser library then works with an empty
/// one of its own.
pub(super) async fn show(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let Some(known) = caller.client(&doors, &request).await? else {
        return wrapped(Value::Null, None);
    };
    let state = client_state(&doors, &caller, &request, ClientOf::Admitted(&known.client)).await?;
    wrapped(state.map(|state| state.resource).unwrap_or_default(), None)
}

/// `PUT client` and `POST client`: the client of the request, made if there is none.
pub(super) async fn make(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (client, token) = match caller.client(&doors, &request).await? {
        Some(known) => (known.client, None),
        None => {
            let (client, token) = doors.tenants.create_client(&caller.profile).await?;
            (client, Some(token))
        }
    };
    let state = client_state(&doors, &caller, &request, ClientOf::Admitted(&client)).await?;
    let resource = state.map(|state| state.resource).unwrap_or_default();
    let mut response = wrapped(resource.clone(), Some(resource))?;
    if let Some(token) = token {
        give_client(&doors, &caller, &mut response, &token)?;
    }
    Ok(response)
}

/// `DELETE client`: its sessions end and the browser forgets it.
pub(super) async fn delete(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let known = caller.known_client(&doors, &request).await?;
    let id = known.client.id;
    let ended = SessionStatus::Ended;
    doors.tenants.end_sessions_of_client(&caller.profile, id.clone(), ended).await?;
    let mut response = wrapped(json!({ "object": "client", "id": id, "deleted": true }), None)?;
    match caller.carrier {
        Carrier::Cookie => {
            let removal = doors.client_cookie(&caller.profile).removal();
            response.add_cookie(&removal).map_err(|_| ApiError::internal())?;
        }
        // An app forgets its token by itself.
        Carrier::Header => {}
    }
    give_last_change(&doors, &caller, &request, &mut response, None)?;
    Ok(response)
}

/// `POST dev_browser`: a name for a development browser. Ours are known by their cookie, so that
/// it stands for nothing; client libraries only want to have one.
pub(super) async fn dev_browser(doors: web::Data<Doors>) -> Result<HttpResponse, ApiError> {
    let id = ClientId::generate(doors.now()).into_string();
    let digits = id.strip_prefix(ClientId::PREFIX).unwrap_or_default();
    error::json(&json!({ "id": format!("dvb_{digits}"), "object": "dev_browser" }))
}

const CLIENT: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("Client")))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/dev_browser", "createDevBrowser", NOTHING, || {
        web::to(dev_browser)
    })
    .answers(&[Answered::Json(200, Shape::Ref("DevBrowser"))]),
    Operation::clerks(Verb::Get, "/client", "getClient", NOTHING, || web::to(show))
        .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Nullable(&Shape::Ref("Client"))))]),
    Operation::clerks(Verb::Put, "/client", "putClient", NOTHING, || web::to(make)).answers(CLIENT),
    Operation::clerks(Verb::Post, "/client", "postClient", NOTHING, || web::to(make))
        .answers(CLIENT),
    Operation::clerks(Verb::Delete, "/client", "deleteClient", NOTHING, || web::to(delete))
        .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("DeletedObject")))])
        .errors(&[ErrorKind::ClientNotFound]),
];

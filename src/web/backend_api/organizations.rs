//! Organizations of a user: there are none here, said as an empty page, because Clerk's libraries ask
//! for them along with a user.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::key::Keyed;
use super::query::{LIMIT, OFFSET, Query};
use super::users::{id, record};
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};

/// `GET /v1/users/{id}/organization_memberships` and `/organization_invitations`.
pub(super) async fn none(
    keyed: Keyed<()>,
    path: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request)?;
    query.page();
    query.finish()?;
    record(&keyed, id(&path)?).await?;
    answer(&json!({ "data": [], "total_count": 0 }))
}

const ERRORS: &[ErrorKind] =
    &[ErrorKind::NotFound, ErrorKind::ParamFormatInvalid, ErrorKind::ParamValueInvalid];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(
        Verb::Get,
        "/users/{id}/organization_memberships",
        "UsersGetOrganizationMemberships",
        NOTHING,
        || web::to(none),
    )
    .query(&[LIMIT, OFFSET])
    .answers(&[Answered::Json(200, Shape::Page(&Shape::Ref("Organization")))])
    .errors(ERRORS),
    Operation::clerks(
        Verb::Get,
        "/users/{id}/organization_invitations",
        "UsersGetOrganizationInvitations",
        NOTHING,
        || web::to(none),
    )
    .query(&[LIMIT, OFFSET])
    .answers(&[Answered::Json(200, Shape::Page(&Shape::Ref("Organization")))])
    .errors(ERRORS),
];

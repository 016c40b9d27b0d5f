//! E-mail addresses for the tenant's servers: giving a user one, reading, changing, taking away.

use actix_web::HttpResponse;
use actix_web::web::{self, Path};

use super::key::Keyed;
use super::names::Names;
use crate::model::IdentifierKind;
use crate::web::ApiError;
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation, Param,
    Param::{May, Must},
    Verb,
};

type Answer = Result<HttpResponse, ApiError>;

const NAMES: Names =
    Names { kind: IdentifierKind::EmailAddress, field: "email_address", words: "email address" };

/// `POST /v1/email_addresses`.
pub(super) async fn create(keyed: Keyed<JsonBody>) -> Answer {
    NAMES.create(keyed).await
}

/// `GET /v1/email_addresses/{id}`.
pub(super) async fn show(keyed: Keyed<()>, path: Path<String>) -> Answer {
    NAMES.show(keyed, path).await
}

/// `PATCH /v1/email_addresses/{id}`.
pub(super) async fn change(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    NAMES.change(keyed, path).await
}

/// `DELETE /v1/email_addresses/{id}`.
pub(super) async fn delete(keyed: Keyed<()>, path: Path<String>) -> Answer {
    NAMES.delete(keyed, path).await
}

const CHANGE: &[Param] = &[May("verified", Kind::Flag), May("primary", Kind::Flag)];

/// Faults of single fields, and of a name that somebody has.
const FORM: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::IdentifierExists,
    ErrorKind::Conflict,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/email_addresses", "CreateEmailAddress", NOTHING, || {
        web::to(create)
    })
    .body(&[
        Must("user_id", Kind::Text),
        Must("email_address", Kind::Text),
        May("verified", Kind::Flag),
        May("primary", Kind::Flag),
    ])
    .answers(&[Answered::Json(200, Shape::Ref("EmailAddress"))])
    .errors(FORM),
    Operation::clerks(Verb::Get, "/email_addresses/{id}", "GetEmailAddress", NOTHING, || {
        web::to(show)
    })
    .answers(&[Answered::Json(200, Shape::Ref("EmailAddress"))])
    .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Patch, "/email_addresses/{id}", "UpdateEmailAddress", NOTHING, || {
        web::to(change)
    })
    .body(CHANGE)
    .answers(&[Answered::Json(200, Shape::Ref("EmailAddress"))])
    .errors(FORM),
    Operation::clerks(Verb::Delete, "/email_addresses/{id}", "DeleteEmailAddress", NOTHING, || {
        web::to(delete)
    })
    .answers(&[Answered::Json(200, Shape::Ref("DeletedObject"))])
    .errors(&[ErrorKind::NotFound]),
];

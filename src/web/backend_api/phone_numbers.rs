//! Phone numbers for the tenant's servers: giving a user one, reading, changing, taking away.

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
    Names { kind: IdentifierKind::PhoneNumber, field: "phone_number", words: "phone number" };

/// `POST /v1/phone_numbers`.
pub(super) async fn create(keyed: Keyed<JsonBody>) -> Answer {
    NAMES.create(keyed).await
}

/// `GET /v1/phone_numbers/{id}`.
pub(super) async fn show(keyed: Keyed<()>, path: Path<String>) -> Answer {
    NAMES.show(keyed, path).await
}

/// `PATCH /v1/phone_numbers/{id}`.
pub(super) async fn change(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    NAMES.change(keyed, path).await
}

/// `DELETE /v1/phone_numbers/{id}`.
pub(super) async fn delete(keyed: Keyed<()>, path: Path<String>) -> Answer {
    NAMES.delete(keyed, path).await
}

const CHANGE: &[Param] = &[
    May("verified", Kind::Flag),
    May("primary", Kind::Flag),
    May("reserved_for_second_factor", Kind::Flag),
];

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
    Operation::clerks(Verb::Post, "/phone_numbers", "CreatePhoneNumber", NOTHING, || {
        web::to(create)
    })
    .body(&[
        Must("user_id", Kind::Text),
        Must("phone_number", Kind::Text),
        May("verified", Kind::Flag),
        May("primary", Kind::Flag),
        May("reserved_for_second_factor", Kind::Flag),
    ])
    .answers(&[Answered::Json(200, Shape::Ref("PhoneNumber"))])
    .errors(FORM),
    Operation::clerks(Verb::Get, "/phone_numbers/{id}", "GetPhoneNumber", NOTHING, || {
        web::to(show)
    })
    .answers(&[Answered::Json(200, Shape::Ref("PhoneNumber"))])
    .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Patch, "/phone_numbers/{id}", "UpdatePhoneNumber", NOTHING, || {
        web::to(change)
    })
    .body(CHANGE)
    .answers(&[Answered::Json(200, Shape::Ref("PhoneNumber"))])
    .errors(FORM),
    Operation::clerks(Verb::Delete, "/phone_numbers/{id}", "DeletePhoneNumber", NOTHING, || {
        web::to(delete)
    })
    .answers(&[Answered::Json(200, Shape::Ref("DeletedObject"))])
    .errors(&[ErrorKind::NotFound]),
];

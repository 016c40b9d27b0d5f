//! A message to support, for which Clerk has no word: answered alike for an identifier that somebody
//! has and one that nobody has.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::answer::wrapped;
use super::form::locale_of;
use super::front_door::Caller;
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::tenant::{ContactForm, ContactReceipt};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Verb,
};
use crate::web::{ApiError, ErrorKind};

/// Bounds of a message, in bytes: long enough for a story, short enough to be read.
const MAX_NAME: usize = 200;
const MAX_SUBJECT: usize = 200;
const MAX_MESSAGE: usize = 5_000;

/// `POST client/support_requests`: stored before it is answered.
pub(super) async fn support(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let form = ContactForm {
        // As typed: somebody who cannot get in may not know their own identifier.
        identifier: params.required("identifier", MAX_IDENTIFIER_BYTES)?.to_owned(),
        name: params.text("name", MAX_NAME)?.unwrap_or_default().to_owned(),
        subject: params.text("subject", MAX_SUBJECT)?.unwrap_or_default().to_owned(),
        message: message(&params)?.to_owned(),
        source: doors.address(&request).source,
        locale: locale_of(&params).map(str::to_owned),
        lock: None,
    };
    match doors.tenants.file_contact_request(&caller.profile, form).await? {
        ContactReceipt::Filed { reference, at, acknowledged, .. } => wrapped(
            json!({
                "object": "support_request",
                "reference": reference,
                "acknowledged": acknowledged,
                "created_at": at,
            }),
            None,
        ),
        ContactReceipt::TooMany { retry_after } => {
            let seconds = u64::try_from(retry_after.as_seconds_up()).unwrap_or(1);
            Err(ApiError::too_many_requests(seconds.max(1)))
        }
    }
}

fn message(params: &Params) -> Result<&str, ApiError> {
    // Missing and empty are told apart by `required`, lines are allowed by `long_text`.
    match params.long_text("message", MAX_MESSAGE)? {
        Some(text) if !text.trim().is_empty() => Ok(text),
        Some(_) => Err(ApiError::of_param(ErrorKind::ParamNil, "message")),
        None => params.required("message", MAX_MESSAGE),
    }
}

/// Faults of its fields.
const FORM: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamDuplicate,
];

pub(super) const OPERATIONS: &[Operation] = &[Operation::ours(
    Verb::Post,
    "/client/support_requests",
    "createSupportRequest",
    NOTHING,
    || web::to(support),
)
.body(&[
    Must("identifier", Kind::Text),
    Must("message", Kind::Text),
    May("name", Kind::Text),
    May("subject", Kind::Text),
    May("locale", Kind::Text),
])
.answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("SupportRequest")))])
.errors(FORM)];

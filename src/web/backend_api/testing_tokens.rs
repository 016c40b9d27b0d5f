//! Testing tokens: what Clerk's test helper asks for before a run, to get past bot checks. There are
//! none here, so a token opens nothing; the helper only wants to have one.

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::key::Keyed;
use crate::model::{ClientId, Span};
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};

/// How long the helper may believe in it: a day, longer than any run.
const LIFETIME: Span = Span::DAY;

/// `POST /v1/testing_tokens`; `expires_at` in seconds.
pub(super) async fn create(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    // A name nobody else has; it is kept nowhere.
    let token = ClientId::generate(keyed.now()).into_string();
    let token = token.replacen(ClientId::PREFIX, "testing_", 1);
    let expires_at = keyed.now().after(LIFETIME).as_seconds();
    answer(&json!({ "object": "testing_token", "token": token, "expires_at": expires_at }))
}

pub(super) const OPERATIONS: &[Operation] =
    &[Operation::clerks(Verb::Post, "/testing_tokens", "CreateTestingToken", NOTHING, || {
        web::to(create)
    })
    .answers(&[Answered::Json(200, Shape::Ref("TestingToken"))])];

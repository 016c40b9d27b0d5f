//! Sign-in tokens for the tenant's servers: making one for a user, and taking it back.

use actix_web::HttpResponse;
use actix_web::web::{self, Path};
use serde_json::{Value, json};

use super::fault::refused;
use super::key::Keyed;
use super::users::MAX_ID_BYTES;
use crate::model::{SignInTokenId, Span, UserId};
use crate::store::sign_in_tokens::SignInTokenStatus;
use crate::tenant::{IssuedTicket, TenantProfile};
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

/// Clerk's default: thirty days.
const DEFAULT_SECONDS: i64 = 2_592_000;
/// Ten years, as of session tokens.
const MAX_SECONDS: i64 = 315_360_000;

/// `POST /v1/sign_in_tokens`.
pub(super) async fn create(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    let user = fields.required("user_id", MAX_ID_BYTES).unwrap_or_default();
    let seconds = fields.number("expires_in_seconds", 1, MAX_SECONDS).unwrap_or(DEFAULT_SECONDS);
    fields.finish()?;
    let user = UserId::parse(user).ok_or_else(|| ApiError::not_found("user"))?;
    let (tenants, lifetime) = (keyed.tenants(), Span::SECOND.times(seconds));
    let made = tenants.create_sign_in_token(&keyed.profile, user, lifetime).await;
    answer(&resource(&keyed.profile, &made.map_err(|fault| refused(fault, "user"))?))
}

/// `POST /v1/sign_in_tokens/{id}/revoke`. A revoked one stays so.
pub(super) async fn revoke(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let missing = "sign in token";
    let id = SignInTokenId::parse(&path).ok_or_else(|| ApiError::not_found(missing))?;
    let ended = keyed.tenants().revoke_sign_in_token(&keyed.profile, id).await;
    let ended = ended.map_err(|fault| refused(fault, missing))?;
    match ended.row.status {
        SignInTokenStatus::Accepted => Err(ApiError::of(ErrorKind::SignInTokenUsed)),
        SignInTokenStatus::Pending | SignInTokenStatus::Revoked => {
            answer(&resource(&keyed.profile, &ended))
        }
    }
}

fn resource(profile: &TenantProfile, of: &IssuedTicket) -> Value {
    // Where the hosted pages are: a browser that follows it ends at one of them.
    let url = format!("{}/v1/tickets/accept?ticket={}", profile.pages_url, of.token);
    let row = &of.row;
    json!({
        "object": "sign_in_token",
        "id": row.id,
        "status": row.status.as_str(),
        "user_id": row.user_id,
        "token": of.token,
        "url": url,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    })
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/sign_in_tokens", "CreateSignInToken", NOTHING, || {
        web::to(create)
    })
    .body(&[Must("user_id", Kind::Text), May("expires_in_seconds", Kind::Number(1, 315_360_000))])
    .answers(&[Answered::Json(200, Shape::Ref("SignInToken"))])
    .errors(&[
        ErrorKind::NotFound,
        ErrorKind::ParamMissing,
        ErrorKind::ParamNil,
        ErrorKind::ParamTooLong,
        ErrorKind::ParamFormatInvalid,
        ErrorKind::ParamValueInvalid,
    ]),
    Operation::clerks(
        Verb::Post,
        "/sign_in_tokens/{id}/revoke",
        "RevokeSignInToken",
        NOTHING,
        || web::to(revoke),
    )
    .answers(&[Answered::Json(200, Shape::Ref("SignInToken"))])
    .errors(&[ErrorKind::NotFound, ErrorKind::SignInTokenUsed]),
];

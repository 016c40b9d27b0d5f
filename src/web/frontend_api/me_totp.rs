//! A user's own authenticator app: set up, confirmed by a code of it, taken away. Only soon after a
//! first factor.

use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::ExposeSecret;
use serde_json::json;

use super::checks::require_fresh;
use super::front_door::Caller;
use super::me::{BY_SESSION, Own};
use crate::resource::totp::{NewApp, totp};
use crate::store::users::UserRecord;
use crate::tenant::{Enrolment, TenantFault, UserChangeForm};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param::Must, Verb};
use crate::web::{ApiError, ErrorKind};

/// Longest code looked at, in bytes.
const MAX_CODE_BYTES: usize = 64;

/// `POST me/totp`: a secret that counts for nothing until it is confirmed.
pub(super) async fn begin(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(&doors, &caller, &request).await?;
    require_fresh(&own.session, doors.now())?;
    let session = own.session.id.clone();
    let secret = match doors.tenants.begin_enrolment(&caller.profile, session).await {
        Err(TenantFault::NotFound) => return Err(ApiError::of(ErrorKind::SignedOut)),
        other => other?.to_base32(),
    };
    let app = NewApp {
        secret: secret.expose_secret(),
        issuer: &caller.profile.tenant.name,
        account: account(&own.card.record),
    };
    let shown = totp(&own.name("totp_"), Some(&app), None, doors.now());
    own.answer(&doors, &caller, &request, shown).await
}

/// `POST me/totp/attempt_verification`.
pub(super) async fn confirm(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let typed = params.required_secret("code", MAX_CODE_BYTES)?;
    let own = Own::of(&doors, &caller, &request).await?;
    let session = own.session.id.clone();
    let tried = doors.tenants.confirm_enrolment(&caller.profile, &own.card, session, typed).await;
    let codes = match tried {
        Err(TenantFault::NotFound) => return Err(ApiError::of(ErrorKind::SignedOut)),
        Err(fault) => return Err(fault.into()),
        Ok(Enrolment::Confirmed { codes, .. }) => codes,
        Ok(Enrolment::Wrong) => return Err(ApiError::code_incorrect()),
        Ok(Enrolment::Nothing) => return Err(ApiError::of(ErrorKind::VerificationMissing)),
        Ok(Enrolment::Expired) => return Err(ApiError::of(ErrorKind::VerificationExpired)),
        Ok(Enrolment::Spent) => return Err(ApiError::of(ErrorKind::VerificationFailed)),
    };
    let codes: Vec<String> = codes.iter().map(|code| code.expose().to_owned()).collect();
    let codes = (!codes.is_empty()).then_some(codes.as_slice());
    let shown = totp(&own.name("totp_"), None, codes, doors.now());
    own.answer(&doors, &caller, &request, shown).await
}

/// `DELETE me/totp`: the app and the recovery codes that stand in for it.
pub(super) async fn remove(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(&doors, &caller, &request).await?;
    require_fresh(&own.session, doors.now())?;
    if !own.card.factors.totp {
        return Err(ApiError::not_found("authenticator app"));
    }
    let form = UserChangeForm { totp: Some(None), ..UserChangeForm::default() };
    own.write(&doors, &caller, form).await?;
    let gone = json!({ "object": "totp", "id": own.name("totp_"), "deleted": true });
    own.answer(&doors, &caller, &request, gone).await
}

/// What a user knows their account by: the primary name, else the oldest.
fn account(record: &UserRecord) -> &str {
    let primary = record.user.primary_identification_id.as_ref();
    let found = record.identifications.iter().find(|found| Some(&found.id) == primary);
    let found = found.or_else(|| record.identifications.first());
    found.map_or(record.user.id.as_str(), |found| &found.value)
}

const TOTP: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("Totp")))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/me/totp", "postTOTP", NOTHING, || web::to(begin))
        .query(BY_SESSION)
        .answers(TOTP)
        .errors(&[ErrorKind::SignedOut, ErrorKind::SessionReverification]),
    // A code of the caller's own new secret: there is nothing to guess.
    Operation::clerks(Verb::Post, "/me/totp/attempt_verification", "verifyTOTP", NOTHING, || {
        web::to(confirm)
    })
    .query(BY_SESSION)
    .body(&[Must("code", Kind::NewSecret)])
    .answers(TOTP)
    .errors(&[
        ErrorKind::SignedOut,
        ErrorKind::CodeIncorrect,
        ErrorKind::VerificationMissing,
        ErrorKind::VerificationExpired,
        ErrorKind::VerificationFailed,
        ErrorKind::ParamMissing,
        ErrorKind::ParamNil,
        ErrorKind::ParamTooLong,
        ErrorKind::ParamFormatInvalid,
        ErrorKind::ParamDuplicate,
    ]),
    Operation::clerks(Verb::Delete, "/me/totp", "deleteTOTP", NOTHING, || web::to(remove))
        .query(BY_SESSION)
        .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("DeletedObject")))])
        .errors(&[ErrorKind::SignedOut, ErrorKind::SessionReverification, ErrorKind::NotFound]),
];

//! The way out of a lock, for which Clerk has no word: a new unlock mail, and the short code that it
//! brings. Both are answered alike for an identifier that somebody has and one that nobody has, until
//! a right code has proved the mailbox.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::answer::wrapped;
use super::form::{identifier, locale_of};
use super::front_door::{Caller, Carrier};
use super::refusals::locked;
use crate::lockout::PressVoid;
use crate::model::UserId;
use crate::tenant::{CodePress, PassToken, PressAnswer};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation, Param::May, Param::Must, Takes, Verb,
};
use crate::web::{ApiError, ErrorKind};

/// Longest code looked at, in bytes.
const MAX_CODE: usize = 64;

/// `POST client/unlock_requests`: asks for the mail with the link. Whether there is an account,
/// whether it is locked and whether a mail goes out is told to its mailbox only.
async fn ask(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let identifier = identifier(&params)?;
    let source = doors.address(&request).source;
    if let Err(wait) = doors.tenants.spend_mail_request(&caller.profile, &source) {
        return Err(ApiError::too_many_requests(wait.as_secs().saturating_add(1)));
    }
    doors.tenants.request_unlock_mail(&caller.profile, &identifier).await?;
    wrapped(json!({ "object": "unlock_request", "status": "accepted" }), None)
}

/// `POST client/unlock_requests/attempt`: the press by code. It never signs in; a browser gets the
/// grace pass with the answer.
async fn attempt(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let identifier = identifier(&params)?;
    let code = params.required("code", MAX_CODE)?.to_owned();
    let source = doors.address(&request).source;
    let profile = &caller.profile;
    let tried = doors.tenants.press_code(profile, &identifier, &code.into(), &source).await?;
    let answer = match tried {
        CodePress::Pressed(answer) => answer,
        CodePress::Wrong => return Err(ApiError::code_incorrect()),
        CodePress::TooMany { wait } => {
            return Err(ApiError::too_many_requests(wait.as_secs().saturating_add(1)));
        }
    };
    let (status, pass) = match answer {
        PressAnswer::Unlocked { pass, .. } => ("unlocked", pass),
        PressAnswer::Void { user, why, pass } => match why {
            PressVoid::AlreadyUnlocked { .. } => ("already_unlocked", pass),
            PressVoid::EpisodeOver { .. } => ("ended", pass),
            PressVoid::StaffLocked | PressVoid::LongRunLocked | PressVoid::DailyLimit { .. } => {
                match still_locked(&doors, &caller, user, locale_of(&params)).await? {
                    Some(error) => return Err(error),
                    None => ("ended", pass),
                }
            }
            PressVoid::Superseded | PressVoid::Unknown => return Err(ApiError::code_incorrect()),
        },
        PressAnswer::Expired { .. } | PressAnswer::Forged => {
            return Err(ApiError::code_incorrect());
        }
    };
    let mut response = wrapped(json!({ "object": "unlock_request", "status": status }), None)?;
    give_pass(&doors, &caller, &request, &mut response, pass.as_ref());
    Ok(response)
}

/// 403 `user_locked` for the lock that the code does not end; `None`: it is over by now.
async fn still_locked(
    doors: &Doors,
    caller: &Caller,
    user: UserId,
    locale: Option<&str>,
) -> Result<Option<ApiError>, ApiError> {
    let card = doors.tenants.user(&caller.profile, user).await?;
    let lock = card.and_then(|card| card.lock);
    Ok(lock.map(|lock| locked(doors, &caller.profile, &lock, locale)))
}

/// An app without cookies could not keep it.
fn give_pass(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    response: &mut HttpResponse,
    pass: Option<&PassToken>,
) {
    match caller.carrier {
        Carrier::Cookie => {
            let token = pass.map(|pass| pass.0.as_str());
            doors.give_lane(&caller.profile, request, response, token);
        }
        Carrier::Header => {}
    }
}

/// Faults of the fields of both.
const FORM: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamDuplicate,
];

/// And what a code meets.
const TRIED: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamDuplicate,
    ErrorKind::CodeIncorrect,
    ErrorKind::UserLocked,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::ours(Verb::Post, "/client/unlock_requests", "createUnlockRequest", NOTHING, || {
        web::to(ask)
    })
    .body(&[Must("identifier", Kind::Text)])
    .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("UnlockRequest")))])
    .errors(FORM),
    Operation::ours(
        Verb::Post,
        "/client/unlock_requests/attempt",
        "attemptUnlockRequest",
        &[Takes::ProvesMailbox],
        || web::to(attempt),
    )
    .body(&[Must("identifier", Kind::Text), Must("code", Kind::Secret), May("locale", Kind::Text)])
    .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("UnlockAttempt")))])
    .errors(TRIED),
];

//! Secrets of a user as the tenant's servers check them and take them away. A check counts as a try of
//! a sign-in does: a server that passes on what people type is a door like any other. Setting secrets
//! is part of changing the user.

use std::sync::Arc;

use actix_web::web::{self, Path};
use serde_json::json;

use super::fault::{locked, refused, unanswered};
use super::key::Keyed;
use super::users::{Answer, USER, id, not_found, shown};
use crate::model::{Authenticator, Source, UserId};
use crate::tenant::{
    AttemptAnswer, Browser, CheckedSecret, MAX_PASSWORD_BYTES, OpenSessions, Password, SecretCheck,
    UserCard, UserChangeForm,
};
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

/// Longest code looked at, in bytes.
const MAX_CODE_BYTES: usize = 128;
/// Digits of an app's code; what has others is a recovery code.
const APP_DIGITS: usize = 6;

/// `POST /v1/users/{id}/verify_password`.
pub(super) async fn verify_password(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let mut fields = keyed.body.fields();
    let typed = fields.required_secret("password", MAX_PASSWORD_BYTES).unwrap_or_default();
    fields.finish()?;
    let nil = |_| ApiError::of_param(ErrorKind::ParamNil, "password");
    let password = Password::parse(typed).map_err(nil)?;
    let user = card(&keyed, &path).await?.record.user;
    if user.password_hash.is_none() {
        return Err(ApiError::of(ErrorKind::NoPasswordSet));
    }
    let wrong = ErrorKind::IncorrectPassword;
    check(&keyed, user.id, CheckedSecret::Password(password), wrong).await?;
    answer(&json!({ "verified": true }))
}

/// `POST /v1/users/{id}/verify_totp`: an app's code, or a recovery code, which is used up.
pub(super) async fn verify_totp(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let mut fields = keyed.body.fields();
    let typed = fields.required_secret("code", MAX_CODE_BYTES).unwrap_or_default().trim();
    fields.finish()?;
    let card = card(&keyed, &path).await?;
    if !card.factors.totp {
        return Err(ApiError::of(ErrorKind::TotpDisabled));
    }
    let digits = typed.bytes().all(|byte| byte.is_ascii_digit());
    let (kind, secret) = match typed.chars().count() {
        APP_DIGITS if digits => ("totp", CheckedSecret::Totp(typed.into())),
        // Too short for any code: nothing that could be a guess.
        0..=APP_DIGITS => return Err(ApiError::of_param(ErrorKind::TotpLength, "code")),
        _ => ("backup_code", CheckedSecret::RecoveryCode(typed.into())),
    };
    check(&keyed, card.record.user.id, secret, ErrorKind::TotpIncorrect).await?;
    answer(&json!({ "verified": true, "code_type": kind }))
}

/// Right, or the refusal to answer with.
async fn check(
    keyed: &Keyed<JsonBody>,
    user: UserId,
    secret: CheckedSecret,
    wrong: ErrorKind,
) -> Result<(), ApiError> {
    let checked = SecretCheck {
        profile: Arc::clone(&keyed.profile),
        user,
        secret,
        // Who typed it is not known here: all servers of a tenant are one source.
        source: Source::from_stored("server".to_owned()),
        browser: Browser::NONE,
        aged: None,
    };
    let answered = keyed.tenants().check_secret(checked).await;
    match answered.map_err(|fault| refused(fault, "user"))? {
        AttemptAnswer::Verified(_) => Ok(()),
        AttemptAnswer::Wrong { .. } => Err(ApiError::of(wrong)),
        AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
            Err(locked(&lock, keyed.now(), keyed.profile.support_email()))
        }
        AttemptAnswer::Banned => Err(ApiError::of(ErrorKind::UserBanned)),
        AttemptAnswer::Deleted => Err(not_found()),
        // Only a sign-in or a code that was sent ends so.
        AttemptAnswer::Complete(_)
        | AttemptAnswer::Passed(_)
        | AttemptAnswer::Unusable(_)
        | AttemptAnswer::SignInVoid
        | AttemptAnswer::FactorDied => Err(ApiError::internal()),
    }
}

async fn card(keyed: &Keyed<JsonBody>, path: &str) -> Result<UserCard, ApiError> {
    let found = keyed.tenants().user(&keyed.profile, id(path)?).await;
    found.map_err(unanswered)?.ok_or_else(not_found)
}

/// `POST /v1/users/{id}/remove_password`.
pub(super) async fn remove_password(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let form = UserChangeForm { password: Some(None), ..UserChangeForm::default() };
    shown(&keyed, keyed.tenants().change_user(&keyed.profile, id(&path)?, form).await)
}

/// `POST /v1/users/{id}/password/set_compromised`: it opens nothing until there is a new one.
pub(super) async fn set_compromised(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let mut fields = keyed.body.fields();
    let sessions = match fields.flag("revoke_all_sessions") {
        Some(true) => OpenSessions::End,
        Some(false) | None => OpenSessions::Keep,
    };
    fields.finish()?;
    let form = UserChangeForm { compromised: Some(true), sessions, ..UserChangeForm::default() };
    shown(&keyed, keyed.tenants().change_user(&keyed.profile, id(&path)?, form).await)
}

/// `POST /v1/users/{id}/password/unset_compromised`.
pub(super) async fn unset_compromised(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let form = UserChangeForm { compromised: Some(false), ..UserChangeForm::default() };
    shown(&keyed, keyed.tenants().change_user(&keyed.profile, id(&path)?, form).await)
}

/// `DELETE /v1/users/{id}/mfa` and `/totp`: the app and the recovery codes that stand in for it.
pub(super) async fn remove_app(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let form = UserChangeForm { totp: Some(None), ..UserChangeForm::default() };
    changed(keyed, path, form).await
}

/// `DELETE /v1/users/{id}/backup_code`.
pub(super) async fn remove_codes(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let form = UserChangeForm { recovery_codes: Some(Vec::new()), ..UserChangeForm::default() };
    changed(keyed, path, form).await
}

async fn changed(keyed: Keyed<()>, path: Path<String>, form: UserChangeForm) -> Answer {
    let card = keyed.tenants().change_user(&keyed.profile, id(&path)?, form).await;
    let card = card.map_err(|fault| refused(fault, "user"))?;
    answer(&json!({ "user_id": card.record.user.id }))
}

const USER_ID: &[Answered] = &[Answered::Json(200, Shape::Ref("UserId"))];
const NOT_FOUND: &[ErrorKind] = &[ErrorKind::NotFound];

const CHECKED: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::UserLocked,
    ErrorKind::UserBanned,
    ErrorKind::NoPasswordSet,
    ErrorKind::IncorrectPassword,
    ErrorKind::TotpDisabled,
    ErrorKind::TotpIncorrect,
    ErrorKind::TotpLength,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
];
const PASSWORD: &[Takes] = &[Takes::Secret(Authenticator::Password)];
const CODE: &[Takes] =
    &[Takes::Secret(Authenticator::Totp), Takes::Secret(Authenticator::RecoveryCode)];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(
        Verb::Post,
        "/users/{id}/verify_password",
        "VerifyPassword",
        PASSWORD,
        || web::to(verify_password),
    )
    .body(&[Must("password", Kind::Secret)])
    .answers(&[Answered::Json(200, Shape::Ref("Verified"))])
    .errors(CHECKED),
    Operation::clerks(Verb::Post, "/users/{id}/verify_totp", "VerifyTOTP", CODE, || {
        web::to(verify_totp)
    })
    .body(&[Must("code", Kind::Secret)])
    .answers(&[Answered::Json(200, Shape::Ref("VerifiedCode"))])
    .errors(CHECKED),
    Operation::clerks(
        Verb::Post,
        "/users/{id}/remove_password",
        "UsersRemovePassword",
        NOTHING,
        || web::to(remove_password),
    )
    .answers(USER)
    .errors(NOT_FOUND),
    Operation::clerks(
        Verb::Post,
        "/users/{id}/password/set_compromised",
        "SetUserPasswordCompromised",
        NOTHING,
        || web::to(set_compromised),
    )
    .body(&[May("revoke_all_sessions", Kind::Flag)])
    .answers(USER)
    .errors(&[ErrorKind::NotFound, ErrorKind::ParamFormatInvalid]),
    Operation::clerks(
        Verb::Post,
        "/users/{id}/password/unset_compromised",
        "UnsetUserPasswordCompromised",
        NOTHING,
        || web::to(unset_compromised),
    )
    .answers(USER)
    .errors(NOT_FOUND),
    Operation::clerks(Verb::Delete, "/users/{id}/mfa", "DisableMFA", NOTHING, || {
        web::to(remove_app)
    })
    .answers(USER_ID)
    .errors(NOT_FOUND),
    Operation::clerks(Verb::Delete, "/users/{id}/totp", "DeleteTOTP", NOTHING, || {
        web::to(remove_app)
    })
    .answers(USER_ID)
    .errors(NOT_FOUND),
    Operation::clerks(Verb::Delete, "/users/{id}/backup_code", "DeleteBackupCode", NOTHING, || {
        web::to(remove_codes)
    })
    .answers(USER_ID)
    .errors(NOT_FOUND),
];

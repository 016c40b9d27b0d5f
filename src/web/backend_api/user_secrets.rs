//! Secrets of a user as the tenant's servers take them away. Setting them is part of changing the
//! user.

use actix_web::web::{self, Path};
use serde_json::json;

use super::fault::refused;
use super::key::Keyed;
use super::users::{Answer, USER, id, shown};
use crate::tenant::UserChangeForm;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, NOTHING, Operation, Verb};

/// `POST /v1/users/{id}/remove_password`.
pub(super) async fn remove_password(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let form = UserChangeForm { password: Some(None), ..UserChangeForm::default() };
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

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(
        Verb::Post,
        "/users/{id}/remove_password",
        "UsersRemovePassword",
        NOTHING,
        || web::to(remove_password),
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

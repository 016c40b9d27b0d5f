//! Bans for the tenant's servers, of one user or of several. Knows nothing of locks: those end, a
//! ban does not.

use std::collections::BTreeSet;

use actix_web::web::{self, Path};
use serde_json::Value;

use super::fault::refused;
use super::key::Keyed;
use super::users::{Answer, USER, id, not_found, shown, shown_all};
use crate::model::UserId;
use crate::store::users::Standing;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param, Param::Must, Verb};

/// Most users of one request (Clerk's number).
const MAX_USERS: usize = 50;
const MAX_ID_BYTES: usize = 64;

/// `POST /v1/users/{id}/ban`: every session ends.
pub(super) async fn ban(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let id = id(&path)?;
    shown(&keyed, keyed.tenants().set_standing(&keyed.profile, id, Standing::Banned).await)
}

/// `POST /v1/users/{id}/unban`.
pub(super) async fn unban(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let id = id(&path)?;
    shown(&keyed, keyed.tenants().set_standing(&keyed.profile, id, Standing::Allowed).await)
}

/// `POST /v1/users/ban`: all of `user_ids` or none.
pub(super) async fn ban_all(keyed: Keyed<JsonBody>) -> Answer {
    set_all(keyed, Standing::Banned).await
}

/// `POST /v1/users/unban`: all of `user_ids` or none.
pub(super) async fn unban_all(keyed: Keyed<JsonBody>) -> Answer {
    set_all(keyed, Standing::Allowed).await
}

async fn set_all(keyed: Keyed<JsonBody>, standing: Standing) -> Answer {
    let mut fields = keyed.body.fields();
    let named = fields.texts("user_ids", MAX_USERS, MAX_ID_BYTES);
    match keyed.body.0.get("user_ids") {
        None | Some(Value::Null) => fields.refuse(ErrorKind::ParamMissing, "user_ids"),
        Some(Value::Array(ids)) if ids.is_empty() => {
            fields.refuse(ErrorKind::ParamNil, "user_ids");
        }
        Some(_) => {}
    }
    fields.finish()?;
    let mut seen = BTreeSet::new();
    let mut ids = Vec::with_capacity(named.len());
    for text in named.into_iter().filter(|text| seen.insert(*text)) {
        ids.push(UserId::parse(text).ok_or_else(not_found)?);
    }
    let cards = keyed.tenants().set_standings(&keyed.profile, ids, standing).await;
    let cards = cards.map_err(|fault| refused(fault, "user"))?;
    answer(&shown_all(&keyed, &cards))
}

const USERS: &[Answered] = &[Answered::Json(200, Shape::List(&Shape::Ref("User")))];
const IDS: &[Param] = &[Must("user_ids", Kind::Texts)];
const OF_SEVERAL: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/users/{id}/ban", "BanUser", NOTHING, || web::to(ban))
        .answers(USER)
        .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Post, "/users/{id}/unban", "UnbanUser", NOTHING, || web::to(unban))
        .answers(USER)
        .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Post, "/users/ban", "UsersBan", NOTHING, || web::to(ban_all))
        .body(IDS)
        .answers(USERS)
        .errors(OF_SEVERAL),
    Operation::clerks(Verb::Post, "/users/unban", "UsersUnban", NOTHING, || web::to(unban_all))
        .body(IDS)
        .answers(USERS)
        .errors(OF_SEVERAL),
];

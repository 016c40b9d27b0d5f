//! Users for the tenant's servers: making, finding, changing, locking, deleting. A user of
//! another tenant is answered exactly as one that never existed.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::fault::{refused, unanswered};
use super::key::Keyed;
use super::query::Query;
use super::user_form::{self, MAX_METADATA_BYTES};
use super::{ACTOR, lockout_policy, user_list};
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::model::{IdentificationId, IdentifierKind, UserId};
use crate::resource::user::{Audience, user};
use crate::store::user_lists::{Cursor, UserSort};
use crate::store::user_metadata::MetadataChange;
use crate::store::users::{UserChange, UserRecord};
use crate::tenant::{NewNames, OpenSessions, TenantFault, UserCard, UserChangeForm};
use crate::web::ApiError;
use crate::web::error::{ErrorEntry, json as answer};
use crate::web::error_code::ErrorKind;
use crate::web::fields::{Change, Fields, JsonBody};
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param, Param::May, Verb};

pub(super) type Answer = Result<HttpResponse, ApiError>;

/// Longest reason of a lock or unlock, in bytes (ours).
const MAX_REASON_BYTES: usize = 500;
pub(super) const MAX_ID_BYTES: usize = 64;

/// `GET /v1/users`: a bare array.
pub(super) async fn list(keyed: Keyed<()>, request: HttpRequest) -> Answer {
    let mut query = Query::of(&request)?;
    let mut filter = user_list::filter(&mut query, keyed.now());
    let order = user_list::order(&mut query);
    let (limit, offset) = query.page();
    let after = query.one("starting_after").map(UserId::parse);
    if after.is_some() && order.0 != UserSort::CreatedAt {
        query.refuse(ErrorKind::ParamValueInvalid, "starting_after");
    }
    query.finish()?;
    let (tenant, reader) = (keyed.profile.id().clone(), keyed.doors.reader());
    if let Some(id) = after {
        let found = record(&keyed, id.ok_or_else(not_found)?).await?;
        let (created_at, id) = (found.user.created_at, found.user.id);
        filter.beyond = Some(Cursor { created_at, id, direction: order.1 });
    }
    let page = reader.users(tenant, filter, order, limit, offset).await.map_err(unanswered)?;
    let cards = keyed.tenants().user_cards(&keyed.profile, page).await.map_err(unanswered)?;
    answer(&shown_all(&keyed, &cards))
}

/// `GET /v1/users/count`, with the filters of the list.
pub(super) async fn count(keyed: Keyed<()>, request: HttpRequest) -> Answer {
    let mut query = Query::of(&request)?;
    let filter = user_list::filter(&mut query, keyed.now());
    query.finish()?;
    let total = keyed.doors.reader().count_users(keyed.profile.id().clone(), filter).await;
    let total = total.map_err(unanswered)?;
    answer(&json!({ "object": "total_count", "total_count": total }))
}

/// `POST /v1/users`: 200 with the user.
pub(super) async fn create(keyed: Keyed<JsonBody>) -> Answer {
    let form = user_form::new_user(&keyed).await?;
    if form.locked {
        require_lockout(&keyed).await?;
    }
    shown(&keyed, keyed.tenants().create_user(&keyed.profile, form, ACTOR).await)
}

/// `GET /v1/users/{id}`.
pub(super) async fn show(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let found = keyed.tenants().user(&keyed.profile, id(&path)?).await;
    shown(&keyed, found.and_then(|card| card.ok_or(TenantFault::NotFound)))
}

/// `PATCH /v1/users/{id}`. Metadata given here replaces what stood there.
pub(super) async fn change(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let found = record(&keyed, id(&path)?).await?;
    let mut fields = keyed.body.fields();
    let mut profile = user_form::profile_change(&mut fields);
    profile.primary_identification_id =
        primary(&mut fields, "primary_email_address_id", IdentifierKind::EmailAddress, &found);
    profile.primary_phone_id =
        primary(&mut fields, "primary_phone_number_id", IdentifierKind::PhoneNumber, &found);
    let form = UserChangeForm {
        names: username(&keyed, &mut fields, &found).await?,
        password: user_form::password(&mut fields).map(Some),
        totp: user_form::totp_secret(&mut fields).map(Some),
        recovery_codes: user_form::recovery_codes(&mut fields, &keyed.body),
        sessions: match fields.flag("sign_out_of_other_sessions") {
            Some(true) => OpenSessions::End,
            Some(false) | None => OpenSessions::Keep,
        },
        profile,
        ..UserChangeForm::default()
    };
    user_form::refuse_not_yet(&mut fields, &keyed.body);
    if !matches!(&form.profile.external_id, Some(wanted) if *wanted == found.user.external_id) {
        user_form::refuse_taken_external_id(&keyed, &form.profile, &mut fields).await?;
    }
    fields.finish()?;
    shown(&keyed, keyed.tenants().change_user(&keyed.profile, found.user.id, form).await)
}

/// `PATCH /v1/users/{id}/metadata`: merged at every depth, `null` removes a key.
pub(super) async fn merge_metadata(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    change_metadata(keyed, path, MetadataChange::Merge).await
}

/// `PUT /v1/users/{id}/metadata`: replaces those that are given.
pub(super) async fn replace_metadata(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    change_metadata(keyed, path, MetadataChange::Replace).await
}

/// `DELETE /v1/users/{id}`.
pub(super) async fn delete(keyed: Keyed<()>, path: Path<String>) -> Answer {
    let found = record(&keyed, id(&path)?).await?.user;
    let deleted = keyed.tenants().delete_user(&keyed.profile, found.id.clone()).await;
    deleted.map_err(|fault| refused(fault, "user"))?;
    answer(&json!({
        "object": "user",
        "id": found.id,
        "external_id": found.external_id,
        "deleted": true,
    }))
}

/// `POST /v1/users/{id}/lock`, for the policy's `manual_lock_duration`. Sessions live on. The body
/// may hold a `reason` for the audit log.
pub(super) async fn lock(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let id = record(&keyed, id(&path)?).await?.user.id;
    let reason = reason(&keyed.body)?;
    require_lockout(&keyed).await?;
    shown(&keyed, keyed.tenants().lock_user(&keyed.profile, id, ACTOR, reason).await)
}

/// `POST /v1/users/{id}/unlock`. Also while lockout is off: a lock from before still stands.
pub(super) async fn unlock(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let id = record(&keyed, id(&path)?).await?.user.id;
    let reason = reason(&keyed.body)?;
    shown(&keyed, keyed.tenants().unlock_user(&keyed.profile, id, ACTOR, reason).await)
}

pub(super) fn id(path: &str) -> Result<UserId, ApiError> {
    UserId::parse(path).ok_or_else(not_found)
}

pub(super) fn not_found() -> ApiError {
    ApiError::not_found("user")
}

pub(super) async fn record<T>(keyed: &Keyed<T>, id: UserId) -> Result<UserRecord, ApiError> {
    let found = keyed.doors.reader().user(keyed.profile.id().clone(), id).await;
    found.map_err(unanswered)?.ok_or_else(not_found)
}

pub(super) fn shown_all<T>(keyed: &Keyed<T>, cards: &[UserCard]) -> Vec<Value> {
    let (now, avatars) = (keyed.now(), keyed.profile.avatars());
    cards.iter().map(|card| user(card, now, Audience::Backend, &avatars)).collect()
}

pub(super) fn shown<T>(keyed: &Keyed<T>, card: Result<UserCard, TenantFault>) -> Answer {
    let card = card.map_err(|fault| refused(fault, "user"))?;
    answer(&user(&card, keyed.now(), Audience::Backend, &keyed.profile.avatars()))
}

/// 403 while the policy has lockout switched off.
async fn require_lockout<T>(keyed: &Keyed<T>) -> Result<(), ApiError> {
    let (_, policy) = lockout_policy::live(keyed).await?;
    if policy.enabled { Ok(()) } else { Err(ApiError::feature_not_enabled("account lockout")) }
}

fn reason(body: &JsonBody) -> Result<Option<String>, ApiError> {
    let mut fields = body.fields();
    let reason = fields.text("reason", MAX_REASON_BYTES).map(str::to_owned);
    fields.finish()?;
    Ok(reason)
}

async fn change_metadata(
    keyed: Keyed<JsonBody>,
    path: Path<String>,
    how: fn(Map<String, Value>) -> MetadataChange,
) -> Answer {
    let found = record(&keyed, id(&path)?).await?.user;
    let mut fields = keyed.body.fields();
    let change = UserChange {
        public_metadata: user_form::metadata(&mut fields, "public_metadata", how),
        private_metadata: user_form::metadata(&mut fields, "private_metadata", how),
        unsafe_metadata: user_form::metadata(&mut fields, "unsafe_metadata", how),
        ..UserChange::default()
    };
    // The merge itself is made in the transaction; two at once may pass the limit by one of them.
    for (name, stored, wanted) in [
        ("public_metadata", &found.public_metadata, &change.public_metadata),
        ("private_metadata", &found.private_metadata, &change.private_metadata),
        ("unsafe_metadata", &found.unsafe_metadata, &change.unsafe_metadata),
    ] {
        let too_long =
            |change: &MetadataChange| change.applied_to(stored).len() > MAX_METADATA_BYTES;
        if wanted.as_ref().is_some_and(too_long) {
            let most = MAX_METADATA_BYTES.to_string();
            let entry = ErrorEntry::filled(ErrorKind::ParamTooLong, &[name, &most]);
            fields.refuse_with(entry.with_param(name));
        }
    }
    fields.finish()?;
    shown(&keyed, keyed.tenants().update_user(&keyed.profile, found.id, change).await)
}

/// A field that must name a proved address of this user.
fn primary(
    fields: &mut Fields<'_>,
    name: &str,
    kind: IdentifierKind,
    of: &UserRecord,
) -> Option<Option<IdentificationId>> {
    let wanted = fields.text(name, MAX_ID_BYTES)?;
    let mut own = of.identifications.iter().filter(|found| found.kind == kind.as_str());
    let found = own.find(|found| found.id.as_str() == wanted).map(|found| Some(found.id.clone()));
    if found.is_none() {
        fields.refuse(ErrorKind::ParamValueInvalid, name);
    }
    found
}

/// A username takes the place of the one before it; sent along as it is, it stays.
async fn username(
    keyed: &Keyed<JsonBody>,
    fields: &mut Fields<'_>,
    of: &UserRecord,
) -> Result<NewNames, ApiError> {
    const NAME: &str = "username";
    let kind = IdentifierKind::Username;
    let present = of.identifications.iter().find(|found| found.kind == kind.as_str());
    let wanted = match fields.change(NAME, MAX_IDENTIFIER_BYTES) {
        Change::Keep => return Ok(NewNames::Keep),
        Change::Clear => None,
        Change::Set(wanted) if present.is_some_and(|found| found.value == wanted) => {
            return Ok(NewNames::Keep);
        }
        Change::Set(wanted) => match user_form::identifier(fields, NAME, kind, wanted) {
            Some(wanted) => Some(wanted),
            None => return Ok(NewNames::Keep),
        },
    };
    if let Some(wanted) = &wanted
        && present.is_none_or(|found| found.canonical_key != wanted.key)
    {
        user_form::refuse_taken(keyed, &[(NAME, wanted.clone())], fields).await?;
    }
    Ok(NewNames::Username(wanted))
}

pub(super) const USER: &[Answered] = &[Answered::Json(200, Shape::Ref("User"))];
const METADATA: &[Param] = &[
    May("public_metadata", Kind::Object),
    May("private_metadata", Kind::Object),
    May("unsafe_metadata", Kind::Object),
];
const REASON: &[Param] = &[May("reason", Kind::Text)];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/users", "GetUserList", NOTHING, || web::to(list))
        .query(user_list::LIST)
        .answers(&[Answered::Json(200, Shape::List(&Shape::Ref("User")))])
        .errors(user_form::LIST_ERRORS),
    Operation::clerks(Verb::Post, "/users", "CreateUser", NOTHING, || web::to(create))
        .body(user_form::NEW_USER)
        .answers(USER)
        .errors(user_form::NEW_USER_ERRORS),
    Operation::clerks(Verb::Get, "/users/count", "GetUsersCount", NOTHING, || web::to(count))
        .query(user_list::FILTERS)
        .answers(&[Answered::Json(200, Shape::Ref("TotalCount"))])
        .errors(user_form::FORM),
    Operation::clerks(Verb::Get, "/users/{id}", "GetUser", NOTHING, || web::to(show))
        .answers(USER)
        .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Patch, "/users/{id}", "UpdateUser", NOTHING, || web::to(change))
        .body(user_form::CHANGED_USER)
        .answers(USER)
        .errors(user_form::CHANGED_USER_ERRORS),
    Operation::clerks(Verb::Delete, "/users/{id}", "DeleteUser", NOTHING, || web::to(delete))
        .answers(&[Answered::Json(200, Shape::Ref("DeletedObject"))])
        .errors(&[ErrorKind::NotFound, ErrorKind::Conflict]),
    Operation::clerks(Verb::Patch, "/users/{id}/metadata", "UpdateUserMetadata", NOTHING, || {
        web::to(merge_metadata)
    })
    .body(METADATA)
    .answers(USER)
    .errors(user_form::CHANGED_USER_ERRORS),
    Operation::clerks(Verb::Put, "/users/{id}/metadata", "ReplaceUserMetadata", NOTHING, || {
        web::to(replace_metadata)
    })
    .body(METADATA)
    .answers(USER)
    .errors(user_form::CHANGED_USER_ERRORS),
    Operation::clerks(Verb::Post, "/users/{id}/lock", "LockUser", NOTHING, || web::to(lock))
        .body(REASON)
        .answers(USER)
        .errors(&[
            ErrorKind::NotFound,
            ErrorKind::FeatureNotEnabled,
            ErrorKind::ParamFormatInvalid,
            ErrorKind::ParamTooLong,
        ]),
    Operation::clerks(Verb::Post, "/users/{id}/unlock", "UnlockUser", NOTHING, || web::to(unlock))
        .body(REASON)
        .answers(USER)
        .errors(&[ErrorKind::NotFound, ErrorKind::ParamFormatInvalid, ErrorKind::ParamTooLong]),
];

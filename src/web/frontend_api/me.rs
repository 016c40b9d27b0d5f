//! The user whom a request is about, as their own session names them: reading and changing names.
//! Knows nothing of secrets.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::answer::{ClientOf, client_state, live_sessions, wrapped};
use super::checks::require_fresh;
use super::front_door::Caller;
use crate::model::{IdentificationId, IdentifierKind, SessionId, UserId};
use crate::resource::user::{Audience, user};
use crate::store::sessions::Session;
use crate::store::user_metadata::MetadataChange;
use crate::store::users::{UserChange, UserRecord};
use crate::tenant::{ChangedAccount, ClientHandle, TenantFault, UserCard, UserChangeForm};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param, Param::May, Verb};
use crate::web::{ApiError, ErrorKind};

/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 256;
const MAX_ID_BYTES: usize = 64;
/// Longest metadata, in bytes of JSON (Clerk's limit).
const MAX_METADATA_BYTES: usize = 8 * 1024;

/// A live session of the client that asks, and its user.
pub(super) struct Own {
    pub session: Session,
    pub client: ClientHandle,
    pub card: UserCard,
}

impl Own {
    /// ClientOf session `_clerk_session_id` names, else the active one's.
    ///
    /// # Errors
    /// 401 `signed_out`: the browser library then asks for its client again.
    pub(super) async fn of(
        doors: &Doors,
        caller: &Caller,
        request: &HttpRequest,
    ) -> Result<Self, ApiError> {
        let signed_out = || ApiError::of(ErrorKind::SignedOut);
        let client = caller.client(doors, request).await?.ok_or_else(signed_out)?;
        let query = Params::of_query(request)?;
        let wanted = match query.raw("_clerk_session_id") {
            Some(id) => SessionId::parse(id),
            None => client.client.last_active_session_id.clone(),
        };
        let live = live_sessions(doors, &client.client).await?;
        let session = live.into_iter().find(|session| Some(&session.id) == wanted.as_ref());
        let session = session.ok_or_else(signed_out)?;
        // Deleting a user ends their sessions, so that only a race misses here.
        let card = doors.tenants.user(&caller.profile, session.user_id.clone()).await?;
        Ok(Self { session, client, card: card.ok_or_else(signed_out)? })
    }

    /// Makes a change to the user.
    ///
    /// # Errors
    /// 401 `signed_out` when the user was deleted meanwhile.
    pub(super) async fn write(
        &self,
        doors: &Doors,
        caller: &Caller,
        form: UserChangeForm,
    ) -> Result<UserCard, ApiError> {
        Ok(self.write_here(doors, caller, form).await?.card)
    }

    /// As [`Own::write`], where the browser may have to be known again.
    pub(super) async fn write_here(
        &self,
        doors: &Doors,
        caller: &Caller,
        form: UserChangeForm,
    ) -> Result<ChangedAccount, ApiError> {
        let id = self.card.record.user.id.clone();
        match doors.tenants.change_account(&caller.profile, id, form).await {
            Err(TenantFault::NotFound) => Err(ApiError::of(ErrorKind::SignedOut)),
            other => Ok(other?),
        }
    }

    /// A name for what a user has one of and that has no id of its own.
    pub(super) fn name(&self, prefix: &str) -> String {
        self.session.user_id.as_str().replacen(UserId::PREFIX, prefix, 1)
    }

    /// `response` with the client as it stands now.
    pub(super) async fn answer(
        &self,
        doors: &Doors,
        caller: &Caller,
        request: &HttpRequest,
        response: Value,
    ) -> Result<HttpResponse, ApiError> {
        let state =
            client_state(doors, caller, request, ClientOf::Admitted(&self.client.client)).await?;
        wrapped(response, state.map(|state| state.resource))
    }
}

/// `GET me`.
pub(super) async fn show(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(&doors, &caller, &request).await?;
    wrapped(user(&own.card, doors.now(), Audience::Frontend, &caller.profile.avatars()), None)
}

/// `PATCH me`: names, metadata and which address is the primary one.
pub(super) async fn change(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let own = Own::of(&doors, &caller, &request).await?;
    let record = &own.card.record;
    let primary = primary_email(&params, record)?;
    if primary.as_ref().is_some_and(|id| *id != record.user.primary_identification_id) {
        require_fresh(&own.session, doors.now())?;
    }
    let change = UserChange {
        first_name: name(&params, "first_name")?,
        last_name: name(&params, "last_name")?,
        unsafe_metadata: metadata(&params)?,
        primary_identification_id: primary,
        ..UserChange::default()
    };
    same_username(&params, record)?;
    let form = UserChangeForm { profile: change, ..UserChangeForm::default() };
    let card = own.write(&doors, &caller, form).await?;
    let resource = user(&card, doors.now(), Audience::Frontend, &caller.profile.avatars());
    own.answer(&doors, &caller, &request, resource).await
}

/// An empty value is null on this interface.
fn name(params: &Params, field: &str) -> Result<Option<Option<String>>, ApiError> {
    let text = params.text(field, MAX_NAME_BYTES)?.map(str::to_owned);
    Ok(params.has(field).then_some(text))
}

/// `unsafe_metadata` as JSON in a form field; replaces what stood there.
fn metadata(params: &Params) -> Result<Option<MetadataChange>, ApiError> {
    const NAME: &str = "unsafe_metadata";
    let Some(text) = params.secret(NAME, MAX_METADATA_BYTES)? else { return Ok(None) };
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(Some(MetadataChange::Replace(object))),
        Ok(_) | Err(_) => Err(ApiError::of_param(ErrorKind::ParamFormatInvalid, NAME)),
    }
}

fn primary_email(
    params: &Params,
    of: &UserRecord,
) -> Result<Option<Option<IdentificationId>>, ApiError> {
    const NAME: &str = "primary_email_address_id";
    let Some(wanted) = params.text(NAME, MAX_ID_BYTES)? else { return Ok(None) };
    let email = IdentifierKind::EmailAddress.as_str();
    let mut own = of.identifications.iter().filter(|found| found.kind == email);
    match own.find(|found| found.id.as_str() == wanted) {
        Some(found) => Ok(Some(Some(found.id.clone()))),
        None => Err(ApiError::of_param(ErrorKind::ParamValueInvalid, NAME)),
    }
}

/// The browser library sends a username along as it is; another one is refused, not forgotten.
fn same_username(params: &Params, of: &UserRecord) -> Result<(), ApiError> {
    const NAME: &str = "username";
    if !params.has(NAME) {
        return Ok(());
    }
    let wanted = params.text(NAME, MAX_NAME_BYTES)?;
    let username = IdentifierKind::Username.as_str();
    let present = of.identifications.iter().find(|found| found.kind == username);
    if wanted == present.map(|found| found.value.as_str()) {
        return Ok(());
    }
    let refused = ApiError::of_param(ErrorKind::ParamValueInvalid, NAME);
    Err(refused.with_long_message("username cannot be changed here."))
}

/// Picks the session that a request is about.
pub(super) const BY_SESSION: &[Param] = &[May("_clerk_session_id", Kind::Text)];
const USER: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("User")))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/me", "getMe", NOTHING, || web::to(show))
        .query(BY_SESSION)
        .answers(USER)
        .errors(&[ErrorKind::SignedOut]),
    Operation::clerks(Verb::Patch, "/me", "patchMe", NOTHING, || web::to(change))
        .query(BY_SESSION)
        .body(&[
            May("first_name", Kind::TextOrNull),
            May("last_name", Kind::TextOrNull),
            May("username", Kind::TextOrNull),
            May("primary_email_address_id", Kind::Text),
            May("unsafe_metadata", Kind::Text),
        ])
        .answers(USER)
        .errors(&[
            ErrorKind::SignedOut,
            ErrorKind::SessionReverification,
            ErrorKind::ParamFormatInvalid,
            ErrorKind::ParamValueInvalid,
            ErrorKind::ParamTooLong,
            ErrorKind::ParamDuplicate,
        ]),
];

//! The signed-in user's own e-mail addresses: listing, adding one, proving it, taking one away. That
//! somebody else has an address is told to nobody who has not proved it, except in the revealing
//! mode. Adding and taking away want a fresh first factor.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::address_codes::{
    CODE, EMAIL, STRATEGY, email_code, identifier, sent, typed_code, unproved,
};
use super::checks::require_fresh;
use super::form::locale_of;
use super::front_door::Caller;
use super::me::{BY_SESSION, Own};
use crate::model::{CanonicalKey, IdentificationId, IdentifierKind};
use crate::resource::email_address::{CodeShown, Shown, email_address};
use crate::store::identifications::Name;
use crate::store::pending_identifications::PendingIdentification;
use crate::tenant::{AddressOrder, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param::Must, Takes, Verb};
use crate::web::{ApiError, ErrorKind};

type Answer = Result<HttpResponse, ApiError>;

const WORDS: &str = "email address";

/// `GET me/email_addresses`.
pub(super) async fn list(doors: web::Data<Doors>, caller: Caller, request: HttpRequest) -> Answer {
    let own = Own::of(&doors, &caller, &request).await?;
    let mut all = Vec::new();
    for name in names(&own) {
        all.push(shown(&doors, &caller, &name).await?);
    }
    own.answer(&doors, &caller, &request, Value::Array(all)).await
}

/// `POST me/email_addresses`: an address that waits for its proof. Anybody's may be named.
pub(super) async fn create(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    let named = identifier(&params, EMAIL, IdentifierKind::EmailAddress)?;
    let name = named.ok_or_else(|| ApiError::of_param(ErrorKind::ParamMissing, EMAIL))?;
    let own = Own::of(&doors, &caller, &request).await?;
    require_fresh(&own.session, doors.now())?;
    let taken = || ApiError::identifier_exists(EMAIL, WORDS);
    if names(&own).any(|has| *key_of(&has) == name.key) {
        return Err(taken());
    }
    let profile = &caller.profile;
    if profile.tenant.revealing {
        let tenant = profile.id().clone();
        let owner = doors.reader().identified(tenant, name.key.clone()).await;
        if owner.map_err(TenantFault::from)?.is_some() {
            return Err(taken());
        }
    }
    let user = own.session.user_id.clone();
    let added = doors.tenants.claim_name(profile, user, &name, None).await;
    let resource = shown(&doors, &caller, &added.map_err(gone)?).await?;
    own.answer(&doors, &caller, &request, resource).await
}

/// `GET me/email_addresses/{id}`.
pub(super) async fn show(doors: web::Data<Doors>, caller: Caller, request: HttpRequest) -> Answer {
    let own = Own::of(&doors, &caller, &request).await?;
    let name = named(&own, &request)?;
    let resource = shown(&doors, &caller, &name).await?;
    own.answer(&doors, &caller, &request, resource).await
}

/// `DELETE me/email_addresses/{id}`. What a user signs in with last stays.
pub(super) async fn delete(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
) -> Answer {
    let own = Own::of(&doors, &caller, &request).await?;
    require_fresh(&own.session, doors.now())?;
    let name = named(&own, &request)?;
    let id = id_of(&name).clone();
    if matches!(name, Name::Proved(_)) && !own.card.record.signs_in_without(&id) {
        let refused = ApiError::of(ErrorKind::ResourceForbidden);
        return Err(refused.with_long_message(
            "The account cannot be signed in to without this address. Add another one first.",
        ));
    }
    doors.tenants.remove_name(&caller.profile, name, None).await.map_err(missing_now)?;
    let resource = json!({ "object": EMAIL, "id": id, "deleted": true });
    own.answer(&doors, &caller, &request, resource).await
}

/// `POST me/email_addresses/{id}/prepare_verification`.
pub(super) async fn prepare(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    email_code(&params)?;
    let own = Own::of(&doors, &caller, &request).await?;
    let address = waiting(named(&own, &request)?)?;
    let source = doors.address(&request).source;
    let locale = locale_of(&params).map(str::to_owned);
    let locale = locale.or_else(|| own.card.record.user.locale.clone());
    let order = AddressOrder { address: &address, source: Some(&source), locale };
    let ordered = doors.tenants.order_address_code(&caller.profile, order).await;
    sent(ordered.map_err(missing_now)?)?;
    as_it_stands(&doors, &caller, &request, &own, address.id).await
}

/// `POST me/email_addresses/{id}/attempt_verification`. The clients of the browser library send the
/// code alone.
pub(super) async fn attempt(
    doors: web::Data<Doors>,
    caller: Caller,
    request: HttpRequest,
    params: Params,
) -> Answer {
    let typed = typed_code(&params)?;
    let own = Own::of(&doors, &caller, &request).await?;
    let address = waiting(named(&own, &request)?)?;
    let id = address.id.clone();
    let tried = doors.tenants.prove_address(&caller.profile, address, &typed).await;
    tried.map_err(missing_now)?.map_err(unproved)?;
    as_it_stands(&doors, &caller, &request, &own, id).await
}

/// The user's addresses, those that are proved first.
fn names(own: &Own) -> impl Iterator<Item = Name> + '_ {
    let email = IdentifierKind::EmailAddress.as_str();
    let proved = own.card.record.identifications.iter().filter(move |row| row.kind == email);
    let waiting = own.card.pending.iter().filter(move |row| row.kind == email);
    proved.cloned().map(Name::Proved).chain(waiting.cloned().map(Name::Pending))
}

/// The one that the path names. Another user's is answered as one that never existed.
fn named(own: &Own, request: &HttpRequest) -> Result<Name, ApiError> {
    let id = request.match_info().get("id").unwrap_or("");
    let found = names(own).find(|name| id_of(name).as_str() == id);
    found.ok_or_else(|| ApiError::not_found(WORDS))
}

fn waiting(name: Name) -> Result<PendingIdentification, ApiError> {
    match name {
        Name::Pending(row) => Ok(row),
        Name::Proved(_) => Err(ApiError::of(ErrorKind::VerificationAlreadyVerified)),
    }
}

const fn id_of(name: &Name) -> &IdentificationId {
    match name {
        Name::Proved(row) => &row.id,
        Name::Pending(row) => &row.id,
    }
}

const fn key_of(name: &Name) -> &CanonicalKey {
    match name {
        Name::Proved(row) => &row.canonical_key,
        Name::Pending(row) => &row.canonical_key,
    }
}

async fn as_it_stands(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: &Own,
    id: IdentificationId,
) -> Answer {
    let name = doors.tenants.name(&caller.profile, id).await?;
    let name = name.ok_or_else(|| ApiError::not_found(WORDS))?;
    own.answer(doors, caller, request, shown(doors, caller, &name).await?).await
}

/// The resource, with the code that an unproved one waits for.
async fn shown(doors: &Doors, caller: &Caller, name: &Name) -> Result<Value, ApiError> {
    match name {
        Name::Proved(row) => Ok(email_address(Shown::Proved(row))),
        Name::Pending(row) => {
            let code = doors.tenants.code_of(&caller.profile, row).await?;
            let now = doors.now();
            let sent = code.as_ref().map(|code| CodeShown { code, now });
            Ok(email_address(Shown::Pending(row, sent)))
        }
    }
}

/// The user was deleted meanwhile, or too many of theirs wait.
fn gone(fault: TenantFault) -> ApiError {
    match fault {
        TenantFault::NotFound => ApiError::of(ErrorKind::SignedOut),
        TenantFault::Conflict { .. } => {
            let refused = ApiError::of(ErrorKind::ResourceForbidden);
            refused.with_long_message("Too many addresses wait to be verified. Remove one first.")
        }
        TenantFault::Busy { .. } | TenantFault::Unavailable => ApiError::from(fault),
    }
}

/// The address was taken away meanwhile.
fn missing_now(fault: TenantFault) -> ApiError {
    match fault {
        TenantFault::NotFound => ApiError::not_found(WORDS),
        TenantFault::Conflict { .. } | TenantFault::Busy { .. } | TenantFault::Unavailable => {
            ApiError::from(fault)
        }
    }
}

const ADDRESS: &[Answered] = &[Answered::Json(200, Shape::Wrapped(&Shape::Ref("EmailAddress")))];
const PATH: &str = "/me/email_addresses";
const ONE: &str = "/me/email_addresses/{id}";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, PATH, "getEmailAddresses", NOTHING, || web::to(list))
        .query(BY_SESSION)
        .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::List(&Shape::Ref("EmailAddress"))))])
        .errors(&[ErrorKind::SignedOut]),
    Operation::clerks(Verb::Post, PATH, "createEmailAddresses", NOTHING, || web::to(create))
        .query(BY_SESSION)
        .body(&[Must(EMAIL, Kind::Text)])
        .answers(ADDRESS)
        .errors(&[
            ErrorKind::SignedOut,
            ErrorKind::SessionReverification,
            ErrorKind::ResourceForbidden,
            ErrorKind::IdentifierExists,
            ErrorKind::ParamMissing,
            ErrorKind::ParamNil,
            ErrorKind::ParamTooLong,
            ErrorKind::ParamFormatInvalid,
            ErrorKind::ParamDuplicate,
        ]),
    Operation::clerks(Verb::Get, ONE, "getEmailAddress", NOTHING, || web::to(show))
        .query(BY_SESSION)
        .answers(ADDRESS)
        .errors(&[ErrorKind::SignedOut, ErrorKind::NotFound]),
    Operation::clerks(Verb::Delete, ONE, "deleteEmailAddress", NOTHING, || web::to(delete))
        .query(BY_SESSION)
        .answers(&[Answered::Json(200, Shape::Wrapped(&Shape::Ref("DeletedObject")))])
        .errors(&[
            ErrorKind::SignedOut,
            ErrorKind::SessionReverification,
            ErrorKind::ResourceForbidden,
            ErrorKind::NotFound,
        ]),
    Operation::clerks(
        Verb::Post,
        "/me/email_addresses/{id}/prepare_verification",
        "sendVerificationEmail",
        NOTHING,
        || web::to(prepare),
    )
    .query(BY_SESSION)
    .body(&[STRATEGY])
    .answers(ADDRESS)
    .errors(VERIFYING),
    Operation::clerks(
        Verb::Post,
        "/me/email_addresses/{id}/attempt_verification",
        "verifyEmailAddress",
        &[Takes::ProvesMailbox],
        || web::to(attempt),
    )
    .query(BY_SESSION)
    .body(&[CODE])
    .answers(ADDRESS)
    .errors(VERIFYING),
];

const VERIFYING: &[ErrorKind] = &[
    ErrorKind::SignedOut,
    ErrorKind::NotFound,
    ErrorKind::VerificationAlreadyVerified,
    ErrorKind::VerificationMissing,
    ErrorKind::VerificationExpired,
    ErrorKind::VerificationFailed,
    ErrorKind::CodeIncorrect,
    ErrorKind::CodeTooSoon,
    ErrorKind::CodeRateLimit,
    ErrorKind::IdentificationClaimed,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamDuplicate,
];

//! E-mail addresses for the tenant's servers: giving a user one, proving it, reading, changing,
//! taking away, and one instead of all.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Path};
use secrecy::SecretString;

use super::fault::unanswered;
use super::key::Keyed;
use super::names::Names;
use super::user_form::refuse_taken;
use super::users::{USER, id as user_id, record, shown};
use crate::model::{IdentifierKind, OneTimeCodeId};
use crate::resource::email_address::{CodeShown, Shown, numbered_verification};
use crate::store::identifications::Name;
use crate::store::one_time_codes::CodeFault;
use crate::store::pending_identifications::PendingIdentification;
use crate::tenant::{AddressOrder, NewNames, Ordered, Unproved, UserChangeForm};
use crate::web::ApiError;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation, Param,
    Param::{May, Must},
    Takes, Verb,
};

type Answer = Result<HttpResponse, ApiError>;

/// Longest code looked at; ours have six digits.
const MAX_CODE_BYTES: usize = 64;
/// Longest word and id looked at.
const MAX_WORD_BYTES: usize = 64;
/// The one way to prove an address.
const EMAIL_CODE: &str = "email_code";

const NAMES: Names =
    Names { kind: IdentifierKind::EmailAddress, field: "email_address", words: "email address" };

/// `POST /v1/email_addresses`.
pub(super) async fn create(keyed: Keyed<JsonBody>) -> Answer {
    NAMES.create(keyed).await
}

/// `GET /v1/email_addresses/{id}`.
pub(super) async fn show(keyed: Keyed<()>, path: Path<String>) -> Answer {
    NAMES.show(keyed, path).await
}

/// `PATCH /v1/email_addresses/{id}`.
pub(super) async fn change(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    NAMES.change(keyed, path).await
}

/// `DELETE /v1/email_addresses/{id}`.
pub(super) async fn delete(keyed: Keyed<()>, path: Path<String>) -> Answer {
    NAMES.delete(keyed, path).await
}

/// `PUT /v1/users/{id}/email_address`: instead of all that there are.
pub(super) async fn replace(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let found = record(&keyed, user_id(&path)?).await?;
    let mut fields = keyed.body.fields();
    let name = NAMES.name(&mut fields);
    // Unproved nobody signs in with it, and then the user could not sign in at all.
    if fields.text("identification_status", MAX_WORD_BYTES).is_some_and(|s| s != "verified") {
        fields.refuse(ErrorKind::ParamValueInvalid, "identification_status");
    }
    if let Some(name) = &name
        && !found.identifications.iter().any(|own| own.canonical_key == name.key)
    {
        refuse_taken(&keyed, &[(NAMES.field, name.clone())], &mut fields).await?;
    }
    fields.finish()?;
    let names = NewNames::OnlyEmail(name.ok_or_else(ApiError::internal)?);
    let form = UserChangeForm { names, ..UserChangeForm::default() };
    shown(&keyed, keyed.tenants().change_user(&keyed.profile, found.user.id, form).await)
}

/// `POST /v1/email_addresses/{id}/prepare_verification`.
pub(super) async fn prepare(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let mut fields = keyed.body.fields();
    if fields.required("strategy", MAX_WORD_BYTES).is_some_and(|word| word != EMAIL_CODE) {
        fields.refuse(ErrorKind::ParamValueInvalid, "strategy");
    }
    fields.finish()?;
    let address = waiting(NAMES.found(&keyed, &path).await?)?;
    let order = AddressOrder { address: &address, source: None, locale: None };
    let ordered = keyed.tenants().order_address_code(&keyed.profile, order).await;
    let late = |kind, wait: Duration| Err(ApiError::of(kind).with_retry_after(wait.as_secs() + 1));
    match ordered.map_err(|fault| NAMES.refused(fault, NAMES.words))? {
        Ordered::Sent => stands(&keyed, &path, None).await,
        Ordered::TooSoon { wait } => late(ErrorKind::CodeTooSoon, wait),
        Ordered::TooMany { wait } => late(ErrorKind::CodeRateLimit, wait),
        // No sign-in asked.
        Ordered::Void => Err(ApiError::internal()),
    }
}

/// `POST /v1/email_addresses/{id}/attempt_verification`: a code that proves nothing is told by the
/// status, not by an error.
pub(super) async fn attempt(keyed: Keyed<JsonBody>, path: Path<String>) -> Answer {
    let mut fields = keyed.body.fields();
    let typed = fields.required_secret("code", MAX_CODE_BYTES).unwrap_or_default();
    let verification = fields.text("verification_id", MAX_WORD_BYTES).map(str::to_owned);
    fields.finish()?;
    let address = waiting(NAMES.found(&keyed, &path).await?)?;
    let sent = address.prepared_code.clone();
    if verification.is_some() && verification.as_deref() != sent.as_ref().map(OneTimeCodeId::as_str)
    {
        return Err(ApiError::of(ErrorKind::VerificationMissing));
    }
    let typed = SecretString::from(typed);
    let tried = keyed.tenants().prove_address(&keyed.profile, address, &typed).await;
    match tried.map_err(|fault| NAMES.refused(fault, NAMES.words))? {
        Ok(())
        | Err(Unproved::Wrong | Unproved::Unusable(CodeFault::Expired | CodeFault::Spent)) => {
            stands(&keyed, &path, sent).await
        }
        Err(Unproved::NotPrepared | Unproved::Unusable(CodeFault::Missing)) => {
            Err(ApiError::of(ErrorKind::VerificationMissing))
        }
        Err(Unproved::Claimed) => Err(ApiError::identifier_exists(NAMES.field, NAMES.words)),
    }
}

fn waiting(name: Name) -> Result<PendingIdentification, ApiError> {
    match name {
        Name::Pending(row) => Ok(row),
        Name::Proved(_) => Err(ApiError::of(ErrorKind::VerificationAlreadyVerified)),
    }
}

/// How far the proof of an address has come, by the code that was tried.
async fn stands<T>(keyed: &Keyed<T>, path: &Path<String>, tried: Option<OneTimeCodeId>) -> Answer {
    match NAMES.found(keyed, path).await? {
        Name::Proved(row) => answer(&numbered_verification(Shown::Proved(&row), tried.as_ref())),
        Name::Pending(row) => {
            let code = keyed.tenants().code_of(&keyed.profile, &row).await.map_err(unanswered)?;
            let sent = code.as_ref().map(|code| CodeShown { code, now: keyed.now() });
            let shown = Shown::Pending(&row, sent);
            answer(&numbered_verification(shown, row.prepared_code.as_ref()))
        }
    }
}

const MAILBOX: &[Takes] = &[Takes::ProvesMailbox];
const CHANGE: &[Param] = &[May("verified", Kind::Flag), May("primary", Kind::Flag)];

/// Faults of single fields, and of a name that somebody has.
const FORM: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::IdentifierExists,
    ErrorKind::Conflict,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Post, "/email_addresses", "CreateEmailAddress", NOTHING, || {
        web::to(create)
    })
    .body(&[
        Must("user_id", Kind::Text),
        Must("email_address", Kind::Text),
        May("verified", Kind::Flag),
        May("primary", Kind::Flag),
    ])
    .answers(&[Answered::Json(200, Shape::Ref("EmailAddress"))])
    .errors(FORM),
    Operation::clerks(Verb::Get, "/email_addresses/{id}", "GetEmailAddress", NOTHING, || {
        web::to(show)
    })
    .answers(&[Answered::Json(200, Shape::Ref("EmailAddress"))])
    .errors(&[ErrorKind::NotFound]),
    Operation::clerks(Verb::Patch, "/email_addresses/{id}", "UpdateEmailAddress", NOTHING, || {
        web::to(change)
    })
    .body(CHANGE)
    .answers(&[Answered::Json(200, Shape::Ref("EmailAddress"))])
    .errors(FORM),
    Operation::clerks(Verb::Delete, "/email_addresses/{id}", "DeleteEmailAddress", NOTHING, || {
        web::to(delete)
    })
    .answers(&[Answered::Json(200, Shape::Ref("DeletedObject"))])
    .errors(&[ErrorKind::NotFound]),
    Operation::clerks(
        Verb::Post,
        "/email_addresses/{id}/prepare_verification",
        "PrepareEmailAddressVerification",
        NOTHING,
        || web::to(prepare),
    )
    .body(&[Must("strategy", Kind::Word(&[EMAIL_CODE]))])
    .answers(&[Answered::Json(200, Shape::Ref("AddressVerification"))])
    .errors(VERIFYING),
    Operation::clerks(
        Verb::Post,
        "/email_addresses/{id}/attempt_verification",
        "AttemptEmailAddressVerification",
        MAILBOX,
        || web::to(attempt),
    )
    .body(&[Must("code", Kind::Secret), May("verification_id", Kind::Text)])
    .answers(&[Answered::Json(200, Shape::Ref("AddressVerification"))])
    .errors(VERIFYING),
    Operation::clerks(
        Verb::Put,
        "/users/{id}/email_address",
        "ReplaceUserEmailAddress",
        NOTHING,
        || web::to(replace),
    )
    .body(&[
        Must("email_address", Kind::Text),
        May("identification_status", Kind::Word(&["verified"])),
    ])
    .answers(USER)
    .errors(FORM),
];

const VERIFYING: &[ErrorKind] = &[
    ErrorKind::NotFound,
    ErrorKind::VerificationAlreadyVerified,
    ErrorKind::VerificationMissing,
    ErrorKind::IdentifierExists,
    ErrorKind::CodeTooSoon,
    ErrorKind::CodeRateLimit,
    ErrorKind::ParamMissing,
    ErrorKind::ParamNil,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
];

//! A tenant's own mail server over the Backend API (ours; Clerk sends all mail itself): where it is, as
//! whom mails leave, whether a test mail gets through, and the keys that sign. A password can be set and
//! is never shown; it stays with the server that it was given for.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::ACTOR;
use super::fault::{refused, unanswered};
use super::key::Keyed;
use crate::tenant::{DkimChange, DkimFacts, MailServerFacts, Signs};
use crate::token::DkimRecord;
use crate::web::ApiError;
use crate::web::doors::TestFault;
use crate::web::error::json as answer;
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::mail_server_form::{FROM, MAX_EMAIL_BYTES, address, judged, wanted};
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Verb,
};

const SECURITIES: &[&str] = &["starttls", "tls", "none"];
const CHANGEABLE: [&str; 6] = ["host", "port", "security", "username", "password", FROM];

/// `GET /v1/instance/mail_server`.
async fn show(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let facts = keyed.tenants().mail_server(&keyed.profile).await.map_err(unanswered)?;
    answer(&document(&facts))
}

/// `PATCH /v1/instance/mail_server`: fields that are not named stay.
async fn change(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let before = keyed.tenants().mail_server(&keyed.profile).await.map_err(unanswered)?.server;
    let mut fields = keyed.body.fields();
    fields.refuse_others(&[&CHANGEABLE]);
    let wanted = wanted(&mut fields, before.as_ref());
    if let Some(wanted) = &wanted {
        judged(&mut fields, wanted, &keyed.profile, keyed.doors.mail_desk.as_ref()).await;
    }
    fields.finish()?;
    // With faults the line above has answered.
    let wanted = wanted.ok_or_else(ApiError::internal)?;
    let saved = keyed.tenants().save_mail_server(&keyed.profile, Some(wanted), ACTOR).await;
    saved.map_err(|fault| refused(fault, "mail server"))?;
    shown(&keyed).await
}

/// `DELETE /v1/instance/mail_server`: mails leave by the house's server again; keys go too.
async fn remove(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let removed = keyed.tenants().save_mail_server(&keyed.profile, None, ACTOR).await;
    removed.map_err(|fault| refused(fault, "mail server"))?;
    shown(&keyed).await
}

/// `POST /v1/instance/mail_server/test`: a mail at once, and what the server said.
async fn test(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    fields.refuse_others(&[&["to"]]);
    let to = fields.required("to", MAX_EMAIL_BYTES).map(str::to_owned);
    let to = to.and_then(|text| address(&mut fields, "to", &text));
    fields.finish()?;
    let to = to.ok_or_else(ApiError::internal)?;
    let tested = keyed.doors.test_mail(&keyed.profile, &to, ACTOR).await;
    let tested = tested.map_err(|fault| match fault {
        TestFault::TooMany { retry_after } => {
            ApiError::too_many_requests(u64::try_from(retry_after.as_seconds_up()).unwrap_or(1))
        }
        TestFault::Tenant(fault) => unanswered(fault),
    })?;
    answer(&json!({
        "object": "mail_server_test",
        "accepted": tested.accepted,
        "answer": tested.answer,
        "checked_at": tested.at,
    }))
}

/// `POST /v1/instance/mail_server/dkim`: a new key; the first one signs at once, a later one waits.
async fn make_key(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let made = keyed.tenants().make_dkim_key(&keyed.profile, ACTOR).await;
    changed(&keyed, made.map_err(|fault| refused(fault, "mail server"))?).await
}

/// `POST /v1/instance/mail_server/dkim/activate`: the key that waits signs from now on.
async fn use_next(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let used = keyed.tenants().use_next_dkim_key(&keyed.profile, ACTOR).await;
    changed(&keyed, used.map_err(|fault| refused(fault, "mail server"))?).await
}

/// `DELETE /v1/instance/mail_server/dkim`: mails leave unsigned.
async fn remove_keys(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let removed = keyed.tenants().remove_dkim_keys(&keyed.profile, ACTOR).await;
    removed.map_err(|fault| refused(fault, "DKIM key"))?;
    shown(&keyed).await
}

async fn changed<T>(keyed: &Keyed<T>, change: DkimChange) -> Result<HttpResponse, ApiError> {
    match change {
        DkimChange::Done(_) => shown(keyed).await,
        DkimChange::NoDomain | DkimChange::NoneWaits => Err(ApiError::not_found(match change {
            DkimChange::NoneWaits => "waiting DKIM key",
            DkimChange::NoDomain | DkimChange::Done(_) => "mail server",
        })),
    }
}

async fn shown<T>(keyed: &Keyed<T>) -> Result<HttpResponse, ApiError> {
    let facts = keyed.tenants().mail_server(&keyed.profile).await.map_err(unanswered)?;
    answer(&document(&facts))
}

fn document(facts: &MailServerFacts) -> Value {
    let own = facts.server.as_ref();
    let settings = own.map(|own| &own.settings);
    let user = settings.and_then(|settings| settings.credentials.as_ref()).map(|(user, _)| user);
    json!({
        "object": "mail_server",
        "own": own.is_some(),
        "host": settings.map(|settings| &settings.host),
        "port": settings.map(|settings| settings.port),
        "security": settings.map(|settings| settings.security.as_str()),
        "username": user,
        "password_set": user.is_some(),
        FROM: own.map(|own| &own.sender),
        "checked_at": facts.checked.as_ref().map(|check| check.at),
        "check_error": facts.checked.as_ref().and_then(|check| check.error.as_ref()),
        "dkim": facts.dkim.as_ref().map(keys),
    })
}

fn keys(dkim: &DkimFacts) -> Value {
    json!({
        "domain": dkim.domain,
        "signs": match dkim.signs {
            Signs::Yes => true,
            Signs::OtherDomain => false,
        },
        "record": record(&dkim.active),
        "next_record": dkim.next.as_ref().map(record),
    })
}

fn record(of: &DkimRecord) -> Value {
    json!({
        "selector": of.selector,
        "type": "TXT",
        "name": of.name,
        "value": of.value,
        "strings": of.strings(),
    })
}

const SERVER: &[Answered] = &[Answered::Json(200, Shape::Ref("MailServer"))];
const FORM: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamUnknown,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::ours(Verb::Get, "/instance/mail_server", "GetMailServer", NOTHING, || web::to(show))
        .answers(SERVER),
    Operation::ours(Verb::Patch, "/instance/mail_server", "UpdateMailServer", NOTHING, || {
        web::to(change)
    })
    .body(&[
        May("host", Kind::Text),
        May("port", Kind::Number(1, 65_535)),
        May("security", Kind::Word(SECURITIES)),
        May("username", Kind::TextOrNull),
        May("password", Kind::NewSecret),
        May(FROM, Kind::Text),
    ])
    .answers(SERVER)
    .errors(FORM),
    Operation::ours(Verb::Delete, "/instance/mail_server", "DeleteMailServer", NOTHING, || {
        web::to(remove)
    })
    .answers(SERVER),
    Operation::ours(Verb::Post, "/instance/mail_server/test", "TestMailServer", NOTHING, || {
        web::to(test)
    })
    .body(&[Must("to", Kind::Text)])
    .answers(&[Answered::Json(200, Shape::Ref("MailServerTest"))])
    .errors(FORM),
    Operation::ours(Verb::Post, "/instance/mail_server/dkim", "CreateDkimKey", NOTHING, || {
        web::to(make_key)
    })
    .answers(SERVER)
    .errors(&[ErrorKind::NotFound, ErrorKind::Conflict]),
    Operation::ours(
        Verb::Post,
        "/instance/mail_server/dkim/activate",
        "ActivateDkimKey",
        NOTHING,
        || web::to(use_next),
    )
    .answers(SERVER)
    .errors(&[ErrorKind::NotFound]),
    Operation::ours(Verb::Delete, "/instance/mail_server/dkim", "DeleteDkimKeys", NOTHING, || {
        web::to(remove_keys)
    })
    .answers(SERVER)
    .errors(&[ErrorKind::NotFound]),
];

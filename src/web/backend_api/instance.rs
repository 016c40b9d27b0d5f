//! The tenant itself: its settings and its public keys. Clerk calls a tenant an instance.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::ACTOR;
use super::fault::{refused, unanswered};
use super::key::Keyed;
use crate::model::{Colour, Identifier, IdentifierKind};
use crate::store::tenants::{SignUpMode, TenantChange};
use crate::web::ApiError;
use crate::web::error::{ErrorEntry, json as answer};
use crate::web::error_code::ErrorKind;
use crate::web::fields::{Change, Fields, JsonBody};
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param::May, Verb};
use crate::web::tenant_lists::{
    MAX_ENTRIES, MAX_ORIGIN_BYTES, MAX_URL_BYTES, is_listable, listed_origin,
};

/// Longest e-mail address (RFC 5321 §4.5.3.1.3, less its brackets).
const MAX_EMAIL_BYTES: usize = 254;
/// Longest text looked at for a colour; those of seven characters are parsed.
const COLOR_BYTES: usize = 32;
/// Longest word looked at for a mode.
const WORD_BYTES: usize = 32;

/// What can be changed here. The first two are Clerk's; it has no names for the others here.
const CHANGEABLE: [&str; 7] = [
    "support_email",
    "allowed_origins",
    SIGN_UP_MODE,
    SINGLE_SESSION,
    "redirect_urls",
    "reveal_unknown_identifiers",
    BRAND_COLOR,
];
/// What Clerk's own SDKs can send besides: switches of things that do not exist here.
const IGNORED: [&str; 7] = [
    "test_mode",
    "hibp",
    "enhanced_email_deliverability",
    "clerk_js_version",
    "development_origin",
    "cookieless_dev",
    "url_based_session_syncing",
];
const BRAND_COLOR: &str = "brand_color";
/// In the words of Clerk's environment: `public` or `restricted`.
const SIGN_UP_MODE: &str = "sign_up_mode";
/// In the word of Clerk's environment, too.
const SINGLE_SESSION: &str = "single_session_mode";

/// `GET /v1/instance`. What Clerk does not have is ours.
pub(super) async fn show(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let (profile, tenant) = (&keyed.profile, &keyed.profile.tenant);
    answer(&json!({
        "object": "instance",
        "id": tenant.id,
        "environment_type": if tenant.live { "production" } else { "development" },
        "allowed_origins": profile.allowed_origins,
        "support_email": tenant.support_email,
        "redirect_urls": profile.redirect_urls,
        "reveal_unknown_identifiers": tenant.revealing,
        "brand_color": tenant.brand_color,
        SIGN_UP_MODE: tenant.sign_up.as_str(),
        SINGLE_SESSION: tenant.single_session,
        "slug": tenant.slug,
        "name": tenant.name,
    }))
}

/// `PATCH /v1/instance`: 204 without a body. Every fault is told at once and nothing is changed
/// then; a name that is neither ours nor Clerk's is one, because a misspelt switch must not look set.
pub(super) async fn change(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    let change = TenantChange {
        support_email: support_email(&mut fields),
        allowed_origins: allowed_origins(&keyed.body, &mut fields),
        redirect_urls: redirect_urls(&keyed.body, &mut fields),
        revealing: fields.flag("reveal_unknown_identifiers"),
        brand_color: brand_color(&mut fields),
        sign_up: sign_up_mode(&mut fields),
        single_session: fields.flag(SINGLE_SESSION),
        ..TenantChange::default()
    };
    fields.refuse_others(&[&CHANGEABLE, &IGNORED]);
    fields.finish()?;
    let changed = keyed.tenants().update_tenant(&keyed.profile, change, ACTOR).await;
    changed.map_err(|fault| refused(fault, "instance"))?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /v1/jwks`.
pub(super) async fn key_set(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    answer(&keyed.tenants().key_set(&keyed.profile).await.map_err(unanswered)?)
}

fn support_email(fields: &mut Fields<'_>) -> Option<Option<String>> {
    match fields.change("support_email", MAX_EMAIL_BYTES) {
        Change::Keep => None,
        Change::Clear | Change::Set("") => Some(None),
        Change::Set(text) => match Identifier::parse(text) {
            Ok(parsed) if parsed.kind == IdentifierKind::EmailAddress => Some(Some(parsed.display)),
            Ok(_) | Err(_) => {
                fields.refuse(ErrorKind::ParamFormatInvalid, "support_email");
                None
            }
        },
    }
}

fn sign_up_mode(fields: &mut Fields<'_>) -> Option<SignUpMode> {
    match fields.change(SIGN_UP_MODE, WORD_BYTES) {
        Change::Keep => None,
        Change::Set("public") => Some(SignUpMode::Public),
        Change::Set("restricted") => Some(SignUpMode::Restricted),
        Change::Clear | Change::Set(_) => {
            fields.refuse(ErrorKind::ParamValueInvalid, SIGN_UP_MODE);
            None
        }
    }
}

/// The list as a JSON array of origins, each in its one spelling.
fn allowed_origins(body: &JsonBody, fields: &mut Fields<'_>) -> Option<String> {
    list(
        body,
        fields,
        "allowed_origins",
        MAX_ORIGIN_BYTES,
        listed_origin,
        "no origin such as https://app.example.com",
    )
}

/// The list as a JSON array of addresses, as they were written.
fn redirect_urls(body: &JsonBody, fields: &mut Fields<'_>) -> Option<String> {
    let wanted = "neither an https address (http on this machine only), without credentials, query \
                  or fragment, nor a path";
    list(body, fields, "redirect_urls", MAX_URL_BYTES, redirect_url, wanted)
}

/// A list of texts of which `parsed` must take each; `misfit` says what the others are.
fn list(
    body: &JsonBody,
    fields: &mut Fields<'_>,
    name: &str,
    most_bytes: usize,
    parsed: fn(&str) -> Option<String>,
    misfit: &str,
) -> Option<String> {
    let given = body.0.get(name)?;
    if matches!(given, Value::Null) {
        return Some("[]".to_owned());
    }
    let mut list = Vec::new();
    for text in fields.texts(name, MAX_ENTRIES, most_bytes) {
        let Some(entry) = parsed(text) else {
            let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, name);
            fields.refuse_with(entry.with_long_message(format!("{name}: {text} is {misfit}.")));
            return None;
        };
        list.push(entry);
    }
    Some(json!(list).to_string())
}

fn redirect_url(text: &str) -> Option<String> {
    is_listable(text).then(|| text.to_owned())
}

fn brand_color(fields: &mut Fields<'_>) -> Option<Option<String>> {
    match fields.change(BRAND_COLOR, COLOR_BYTES) {
        Change::Keep => None,
        Change::Clear | Change::Set("") => Some(None),
        Change::Set(text) => match Colour::parse(text) {
            Some(colour) => Some(Some(colour.to_string())),
            None => {
                let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, BRAND_COLOR);
                let text = format!("{BRAND_COLOR} must be a colour such as #0B5A66.");
                fields.refuse_with(entry.with_long_message(text));
                None
            }
        },
    }
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::clerks(Verb::Get, "/jwks", "GetJWKS", NOTHING, || web::to(key_set))
        .answers(&[Answered::Json(200, Shape::Ref("KeySet"))]),
    Operation::clerks(Verb::Get, "/instance", "GetInstance", NOTHING, || web::to(show))
        .answers(&[Answered::Json(200, Shape::Ref("Instance"))]),
    Operation::clerks(Verb::Patch, "/instance", "UpdateInstance", NOTHING, || web::to(change))
        .body(&[
            May("support_email", Kind::TextOrNull),
            May("allowed_origins", Kind::Texts),
            May("redirect_urls", Kind::Texts),
            May(SIGN_UP_MODE, Kind::Word(&["public", "restricted"])),
            May(SINGLE_SESSION, Kind::Flag),
            May("reveal_unknown_identifiers", Kind::Flag),
            May(BRAND_COLOR, Kind::TextOrNull),
        ])
        .answers(&[Answered::Empty(204)])
        .errors(&[
            ErrorKind::ParamFormatInvalid,
            ErrorKind::ParamValueInvalid,
            ErrorKind::ParamTooLong,
            ErrorKind::ParamUnknown,
        ]),
];

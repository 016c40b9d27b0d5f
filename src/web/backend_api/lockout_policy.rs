//! The lockout policy as a document (ours; Clerk has it in its dashboard only): reading it whole,
//! changing fields of it. Every save is a new version with author and reason.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::fault::{refused, unanswered};
use super::key::Keyed;
use super::{ACTOR, fault};
use crate::lockout::policy_document::{FIELDS, PRESET_FIELD};
use crate::lockout::{FaultCode, Policy, PolicyDocument, PolicyFault, warnings};
use crate::store::lockout_policy::PolicyVersion;
use crate::web::ApiError;
use crate::web::error::{ErrorEntry, json as answer};
use crate::web::error_code::ErrorKind;
use crate::web::fields::JsonBody;
use crate::web::openapi::shape::Shape;
use crate::web::operation::{Answered, Kind, NOTHING, Operation, Param, Param::May, Verb};

/// Members of the answer that are no fields of a policy: a document that was read may be sent back.
const AROUND: [&str; 6] = ["object", "version", "author", "reason", "created_at", "warnings"];
/// Longest reason, in bytes.
const MAX_REASON_BYTES: usize = 500;
const NO_REASON: &str = "changed through the Backend API";

/// `GET /v1/instance/attack_protection`.
pub(super) async fn show(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let (version, policy) = live(&keyed).await?;
    answer(&document(&version, &policy))
}

/// `PATCH /v1/instance/attack_protection`: fields that are not named stay; a `preset` replaces all
/// that are not named. Nothing is saved where nothing changes.
pub(super) async fn change(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let (version, before) = live(&keyed).await?;
    let mut fields = keyed.body.fields();
    let reason = fields.text("reason", MAX_REASON_BYTES).unwrap_or(NO_REASON);
    let parsed = merged(&before, &keyed.body.0).parse();
    for fault in parsed.as_ref().err().into_iter().flatten() {
        fields.refuse_with(entry(fault));
    }
    fields.finish()?;
    // With faults the line above has answered.
    let policy = parsed.map_err(|_| ApiError::internal())?;
    if policy == before {
        return answer(&document(&version, &before));
    }
    let saved = keyed.tenants().save_policy(&keyed.profile, &policy, ACTOR, reason).await;
    saved.map_err(|fault| refused(fault, "policy"))?;
    let (version, policy) = live(&keyed).await?;
    answer(&document(&version, &policy))
}

/// The live version and its policy.
pub(super) async fn live<T>(keyed: &Keyed<T>) -> Result<(PolicyVersion, Policy), ApiError> {
    let version = keyed.tenants().live_policy(&keyed.profile).await.map_err(unanswered)?;
    let policy = version.policy().map_err(fault::unanswered)?;
    Ok((version, policy))
}

fn document(version: &PolicyVersion, policy: &Policy) -> Value {
    let warnings: Vec<Value> = warnings(policy)
        .iter()
        .map(|warning| json!({ "code": warning.code(), "message": warning.message() }))
        .collect();
    let around = json!({
        "object": "attack_protection",
        "version": version.version,
        "author": version.author,
        "reason": version.reason,
        "created_at": version.created_at,
        "warnings": warnings,
    });
    let mut whole = Map::new();
    if let Value::Object(around) = around {
        whole.extend(around);
    }
    whole.extend(PolicyDocument::of(policy).fields().iter().cloned());
    Value::Object(whole)
}

/// The present policy with the patch's fields in their places.
fn merged(before: &Policy, patch: &Map<String, Value>) -> PolicyDocument {
    let preset = patch.contains_key(PRESET_FIELD);
    let kept = PolicyDocument::of(before);
    let kept = kept.fields().iter().filter(|(name, _)| !preset && !patch.contains_key(name));
    let given = patch.iter().filter(|(name, _)| !AROUND.contains(&name.as_str()));
    let given = given.map(|(name, value)| (name.clone(), value.clone()));
    let mut entries: Vec<(String, Value)> = kept.cloned().chain(given).collect();
    // Faults come in the document's order: that of the fields as they are shown, the rest last.
    let place = |name: &str| FIELDS.iter().position(|field| *field == name).unwrap_or(FIELDS.len());
    entries.sort_by_key(|(name, _)| place(name));
    PolicyDocument::from_fields(entries)
}

fn entry(fault: &PolicyFault) -> ErrorEntry {
    let kind = match fault.code {
        FaultCode::UnknownField => ErrorKind::ParamUnknown,
        FaultCode::Duplicate => ErrorKind::ParamDuplicate,
        FaultCode::Syntax | FaultCode::TooLarge | FaultCode::WrongType | FaultCode::Malformed => {
            ErrorKind::ParamFormatInvalid
        }
        FaultCode::OutOfRange | FaultCode::Inconsistent => ErrorKind::ParamValueInvalid,
    };
    let entry = ErrorEntry::of_param(kind, &fault.field);
    let end = if fault.message.ends_with('?') { "" } else { "." };
    entry.with_long_message(format!("{fault}{end}"))
}

/// What a change can name: why, a preset to begin with, and the fields of a policy.
const CHANGE: &[Param] = &[
    May("reason", Kind::Text),
    May(PRESET_FIELD, Kind::Word(&["relaxed", "balanced", "strict", "clerk", "authgear"])),
    May("enabled", Kind::Flag),
    May("max_attempts", Kind::Number(1, 1_000)),
    May("history_duration", Kind::Text),
    May("minimum_duration", Kind::Text),
    May("backoff_factor", Kind::Decimal),
    May("maximum_duration", Kind::Text),
    May("count_after_lock", Kind::Word(&["kept", "fresh"])),
    May("lockout_type", Kind::Word(&["per_user", "per_user_per_ip"])),
    May("authenticators", Kind::Texts),
    May("manual_lock_duration", Kind::Text),
    May("long_run_limit", Kind::Number(0, 10_000)),
    May("unlock_mail", Kind::Flag),
    May("unlock_link_lifetime", Kind::Text),
    May("unlocks_per_day", Kind::Number(1, 100)),
    May("known_devices", Kind::Flag),
    May("ignore_repeated_secret", Kind::Flag),
];

const POLICY: &[Answered] = &[Answered::Json(200, Shape::Ref("AttackProtection"))];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::ours(
        Verb::Get,
        "/instance/attack_protection",
        "GetAttackProtection",
        NOTHING,
        || web::to(show),
    )
    .answers(POLICY),
    Operation::ours(
        Verb::Patch,
        "/instance/attack_protection",
        "UpdateAttackProtection",
        NOTHING,
        || web::to(change),
    )
    .body(CHANGE)
    .answers(POLICY)
    .errors(&[
        ErrorKind::ParamFormatInvalid,
        ErrorKind::ParamValueInvalid,
        ErrorKind::ParamTooLong,
        ErrorKind::ParamUnknown,
        ErrorKind::ParamDuplicate,
    ]),
];

//! The sign-up resource: what is known so far and what is missing. It says nothing of whether
//! somebody has the address. Knows no door and reads nothing.

use serde_json::{Value, json};

use super::email_address::{CodeShown, Shown, verification};
use crate::model::Millis;
use crate::store::one_time_codes::OneTimeCode;
use crate::store::sign_ups::{Requirement, SignUpRecord};

/// The whole resource at `now`; `code` is what was last sent to its address.
#[must_use]
pub fn sign_up(of: &SignUpRecord, code: Option<&OneTimeCode>, now: Millis) -> Value {
    let row = &of.sign_up;
    let email = of.email();
    let proof = email.map(|address| {
        verification(Shown::Pending(address, code.map(|code| CodeShown { code, now })))
    });
    let metadata: Value = serde_json::from_str(&row.unsafe_metadata).unwrap_or_else(|_| json!({}));
    let unproved: Vec<&str> = of.unproved().iter().map(|address| address.kind.as_str()).collect();
    json!({
        "object": "sign_up_attempt",
        "id": row.id,
        "status": row.status.as_str(),
        "required_fields": Requirement::ALL.map(Requirement::as_str),
        "optional_fields": ["username", "first_name", "last_name"],
        "missing_fields": of.missing().into_iter().map(Requirement::as_str).collect::<Vec<_>>(),
        "unverified_fields": unproved,
        "verifications": {
            "email_address": proof,
            "phone_number": null,
            "web3_wallet": null,
            "external_account": null,
        },
        "username": row.username,
        "email_address": email.map(|address| &address.value),
        "phone_number": null,
        "web3_wallet": null,
        "password_enabled": row.password_hash.is_some() || row.created_user_id.is_some(),
        "first_name": row.first_name,
        "last_name": row.last_name,
        "unsafe_metadata": metadata,
        "public_metadata": {},
        "custom_action": false,
        "external_id": null,
        "external_account": null,
        "locale": row.locale,
        "legal_accepted_at": row.legal_accepted_at,
        "created_session_id": row.created_session_id,
        "created_user_id": row.created_user_id,
        "abandon_at": row.abandon_at,
    })
}

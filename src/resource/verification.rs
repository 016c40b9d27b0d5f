//! How far the proof of a factor has come, and where its code would go. Knows no door and reads
//! nothing.

use serde_json::{Value, json};

use crate::model::{IdentificationId, Millis};
use crate::sign_in::Strategy;
use crate::store::one_time_codes::{CodeFault, OneTimeCode};

/// What was sent and waits for its answer.
pub(super) fn sent(strategy: &str, code: &OneTimeCode, now: Millis) -> Value {
    let status = match code.usable(&code.subject, now) {
        Ok(()) => "unverified",
        Err(CodeFault::Missing | CodeFault::Expired) => "expired",
        Err(CodeFault::Spent) => "failed",
    };
    json!({
        "object": object(strategy),
        "status": status,
        "strategy": strategy,
        "attempts": code.tries,
        "expire_at": code.expires_at,
    })
}

pub(super) fn passed(strategy: &str) -> Value {
    json!({
        "object": object(strategy),
        "status": "verified",
        "strategy": strategy,
        "attempts": null,
        "expire_at": null,
    })
}

/// A factor that needs no address.
pub(super) fn factor(strategy: Strategy) -> Value {
    json!({ "strategy": strategy.as_str() })
}

/// A factor whose code goes to an address, which is shown masked and named by its id.
pub(super) fn sent_factor(strategy: Strategy, masked: &str, id: &IdentificationId) -> Value {
    let strategy = strategy.as_str();
    let id_field = match strategy.ends_with("phone_code") {
        true => "phone_number_id",
        false => "email_address_id",
    };
    json!({ "strategy": strategy, "safe_identifier": masked, id_field: id })
}

/// The word by which client libraries pick a class: all codes that are sent have one.
fn object(strategy: &str) -> String {
    match strategy.ends_with("_code") && strategy != Strategy::BackupCode.as_str() {
        true => "verification_otp".to_owned(),
        false => format!("verification_{strategy}"),
    }
}

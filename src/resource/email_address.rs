//! The resources of an e-mail address and a phone number, proved or not yet, and what vouches for
//! them. Knows no door and reads nothing.

use serde_json::{Value, json};

use crate::model::{Millis, OneTimeCodeId};
use crate::store::identifications::{Identification, Name};
use crate::store::one_time_codes::{CODE_TRIES, OneTimeCode};
use crate::store::pending_identifications::PendingIdentification;

/// What is shown as an address.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    Proved(&'a Identification),
    /// With the code that was last sent to it, where that is asked about.
    Pending(&'a PendingIdentification, Option<CodeShown<'a>>),
}

/// A code as it stands at an instant.
#[derive(Debug, Clone, Copy)]
pub struct CodeShown<'a> {
    pub code: &'a OneTimeCode,
    pub now: Millis,
}

impl<'a> From<&'a Name> for Shown<'a> {
    fn from(name: &'a Name) -> Self {
        match name {
            Name::Proved(row) => Self::Proved(row),
            Name::Pending(row) => Self::Pending(row, None),
        }
    }
}

/// One e-mail address (`object` `email_address`).
#[must_use]
pub fn email_address(of: Shown<'_>) -> Value {
    let (id, value, created_at, updated_at) = match of {
        Shown::Proved(row) => (&row.id, &row.value, row.created_at, row.updated_at),
        Shown::Pending(row, _) => (&row.id, &row.value, row.created_at, row.updated_at),
    };
    json!({
        "id": id,
        "object": "email_address",
        "email_address": value,
        "reserved": false,
        "verification": verification(of),
        "linked_to": [],
        "matches_sso_connection": false,
        "created_at": created_at,
        "updated_at": updated_at,
    })
}

/// One phone number (`object` `phone_number`), in E.164.
#[must_use]
pub fn phone_number(of: Shown<'_>) -> Value {
    let (id, key, created_at, updated_at) = match of {
        Shown::Proved(row) => (&row.id, &row.canonical_key, row.created_at, row.updated_at),
        Shown::Pending(row, _) => (&row.id, &row.canonical_key, row.created_at, row.updated_at),
    };
    let second_factor = match of {
        Shown::Proved(row) => row.second_factor,
        Shown::Pending(..) => false,
    };
    json!({
        "id": id,
        "object": "phone_number",
        "phone_number": key.as_str(),
        "reserved": false,
        "reserved_for_second_factor": second_factor,
        "default_second_factor": false,
        "verification": verification(of),
        "linked_to": [],
        "created_at": created_at,
        "updated_at": updated_at,
    })
}

/// What vouches for an address: a strategy that its owner passed, or else the tenant's own server.
/// The `object` is one of those that Clerk's Python library knows.
#[must_use]
pub fn verification(of: Shown<'_>) -> Value {
    match of {
        Shown::Proved(row) if !row.verified => Value::Null,
        Shown::Proved(row) => {
            let strategy = row.verified_by.as_deref().unwrap_or("admin");
            one("verified", strategy, None)
        }
        Shown::Pending(_, None) => Value::Null,
        Shown::Pending(row, Some(sent)) => {
            let status = match (row.verified_at, sent.code) {
                (Some(_), _) => "verified",
                (None, code) if sent.now >= code.expires_at => "expired",
                (None, code) if code.tries >= CODE_TRIES => "failed",
                (None, _) => "unverified",
            };
            let way =
                if row.canonical_key.as_str().contains('@') { "email_code" } else { "phone_code" };
            one(status, way, Some(sent.code))
        }
    }
}

/// [`verification`] as a resource of its own, under the id of its code.
#[must_use]
pub fn numbered_verification(of: Shown<'_>, id: Option<&OneTimeCodeId>) -> Value {
    let mut shown = verification(of);
    if let Value::Object(members) = &mut shown {
        members.insert("id".to_owned(), json!(id));
    }
    shown
}

fn one(status: &str, strategy: &str, code: Option<&OneTimeCode>) -> Value {
    let object = match strategy {
        "admin" => "verification_admin",
        "email_link" => "verification_email_link",
        "ticket" => "verification_ticket",
        _ => "verification_otp",
    };
    json!({
        "object": object,
        "status": status,
        "strategy": strategy,
        "attempts": code.map(|code| code.tries),
        "expire_at": code.map(|code| code.expires_at),
    })
}

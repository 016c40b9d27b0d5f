//! What an operation can answer, as a document says it: its own answers, its errors grouped by
//! status, and those that every operation of its door has. Knows no resource's members.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::components::ERRORS;
use super::member::reference;
use crate::web::error_code::ErrorKind;
use crate::web::operation::{Answered, Door, Operation};

const JSON: &str = "application/json";

/// Errors by the status that they are answered with.
pub type ByStatus = BTreeMap<u16, Vec<ErrorKind>>;

/// Every error of `kinds` once, by status.
#[must_use]
pub fn by_status<'a>(kinds: impl IntoIterator<Item = &'a ErrorKind>) -> ByStatus {
    let mut found = ByStatus::new();
    for kind in kinds {
        let same = found.entry(kind.text().status).or_default();
        if !same.contains(kind) {
            same.push(*kind);
        }
    }
    found
}

/// What every operation of a door can answer instead; more where it reads a body.
#[must_use]
pub fn of_door(door: &Door, body: Body) -> ByStatus {
    match body {
        Body::None => by_status(door.everywhere),
        Body::Read => by_status(door.everywhere.iter().chain(door.of_bodies)),
    }
}

/// Whether an operation reads a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    None,
    Read,
}

impl Body {
    #[must_use]
    pub fn of(operation: &Operation) -> Self {
        if operation.body.is_empty() { Self::None } else { Self::Read }
    }
}

/// The `responses` of an operation.
pub(super) fn of_operation(door: &Door, operation: &Operation) -> Map<String, Value> {
    let mut found = Map::new();
    for answer in operation.answers {
        let (status, response) = answered(*answer);
        found.insert(status.to_string(), response);
    }
    let body = Body::of(operation);
    let shared = of_door(door, body);
    let own = by_status(operation.errors);
    for (status, kinds) in by_status(shared.values().chain(own.values()).flatten()) {
        let response = match shared.get(&status) {
            Some(known) if known.len() == kinds.len() => {
                json!({ "$ref": format!("#/components/responses/{}", name(status, body)) })
            }
            Some(_) | None => error(status, &kinds),
        };
        found.insert(status.to_string(), response);
    }
    found
}

/// The responses that operations of a door refer to.
pub(super) fn shared(door: &Door) -> Map<String, Value> {
    let mut found = Map::new();
    for body in [Body::None, Body::Read] {
        for (status, kinds) in of_door(door, body) {
            found.insert(name(status, body), error(status, &kinds));
        }
    }
    found
}

/// The headers that responses refer to.
pub(super) fn headers() -> Value {
    json!({
        "RetryAfter": {
            "description": "Seconds after which it makes sense to ask again.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "TraceId": {
            "description": "The `clerk_trace_id` of the body.",
            "schema": { "type": "string" },
        },
    })
}

fn answered(answer: Answered) -> (u16, Value) {
    match answer {
        Answered::Json(status, shape) => {
            let content = json!({ JSON: { "schema": shape.schema() } });
            (status, json!({ "description": reason(status), "content": content }))
        }
        Answered::Empty(status) => (status, json!({ "description": reason(status) })),
        Answered::Redirect(status) => {
            let to = json!({ "description": "Where to go on.", "schema": { "type": "string" } });
            (status, json!({ "description": reason(status), "headers": { "Location": to } }))
        }
    }
}

fn error(status: u16, kinds: &[ErrorKind]) -> Value {
    let mut headers = Map::new();
    headers.insert("Clerk-Trace-Id".to_owned(), header("TraceId"));
    let waits = matches!(status, 429 | 503) || kinds.contains(&ErrorKind::UserLocked);
    if waits {
        headers.insert("Retry-After".to_owned(), header("RetryAfter"));
    }
    let mut codes: Vec<&str> = kinds.iter().map(|kind| kind.text().code).collect();
    codes.sort_unstable();
    codes.dedup();
    let lines: Vec<String> =
        kinds.iter().map(|kind| format!("* `{}`: {}", kind.text().code, sentence(*kind))).collect();
    json!({
        "description": format!("{}.\n\n{}", reason(status), lines.join("\n")),
        "headers": headers,
        "content": { JSON: { "schema": reference(ERRORS) } },
        "x-codes": codes,
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// A name for a document's component: `NotFound`; a body adds reasons only to 400.
fn name(status: u16, body: Body) -> String {
    let plain: String = reason(status).chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    match (status, body) {
        (400, Body::Read) => format!("{plain}WithBody"),
        (_, Body::None | Body::Read) => plain,
    }
}

/// The status in words (RFC 9110 §15).
#[must_use]
pub fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
}

/// The long text of an error as documents show it: what differs from answer to answer is left open.
#[must_use]
pub fn sentence(kind: ErrorKind) -> String {
    kind.text().long_message.replace("{}", "…")
}

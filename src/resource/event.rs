//! Clerk's envelope around what an event is about. Knows no endpoint and reads nothing.

use serde_json::{Value, json};

use crate::model::{Millis, TenantId};
use crate::store::events::EventKind;

/// What is posted to a tenant's server, told as of `at`.
#[must_use]
pub fn envelope(kind: EventKind, tenant: &TenantId, at: Millis, data: Value) -> Value {
    json!({
        "object": "event",
        "type": kind.as_str(),
        "data": data,
        "timestamp": at,
        "instance_id": tenant,
        // Whose request caused it is not told: most events have none.
        "event_attributes": { "http_request": { "client_ip": "", "user_agent": "" } },
    })
}

//! A webhook endpoint as its owner is shown it. The secret is no part of it. Knows no door and reads
//! nothing.

use serde_json::{Value, json};

use crate::store::webhook_endpoints::WebhookEndpoint;

#[must_use]
pub fn webhook_endpoint(of: &WebhookEndpoint) -> Value {
    json!({
        "object": "webhook_endpoint",
        "id": of.id,
        "url": of.url,
        "events": serde_json::from_str(&of.events).unwrap_or_else(|_| json!([])),
        "enabled": of.enabled,
        "disabled_reason": of.off_because,
        "failing_since": of.failing_since,
        "paused_until": of.spared_until,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    })
}

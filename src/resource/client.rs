//! The client resource as both interfaces show it: a browser or app installation with its live
//! sessions and its unfinished sign-in. Knows no door and reads nothing.

use serde_json::{Value, json};

use crate::model::SessionId;
use crate::store::sign_ins::Client;

/// The whole resource. `sessions` are finished session resources; `sign_in` the present one;
/// `last_strategy` what somebody last signed in with here.
#[must_use]
pub fn client(
    of: &Client,
    sessions: Vec<Value>,
    sign_in: Option<Value>,
    last_strategy: Option<&str>,
) -> Value {
    json!({
        "object": "client",
        "id": of.id,
        "sessions": sessions,
        "sign_in": sign_in,
        "sign_up": null,
        "last_active_session_id": of.last_active_session_id,
        "last_authentication_strategy": last_strategy,
        // Null keeps the browser library from renewing a cookie that lives a year.
        "cookie_expires_at": null,
        "captcha_bypass": false,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    })
}

/// The resource as a tenant's servers see it. `sessions` are finished session resources of theirs.
#[must_use]
pub fn client_of_servers(
    of: &Client,
    ids: &[SessionId],
    sessions: Vec<Value>,
    last_strategy: Option<&str>,
) -> Value {
    json!({
        "object": "client",
        "id": of.id,
        "session_ids": ids,
        "sessions": sessions,
        "sign_in_id": of.sign_in_id,
        "sign_up_id": of.sign_up_id,
        "last_active_session_id": of.last_active_session_id,
        "last_authentication_strategy": last_strategy,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    })
}

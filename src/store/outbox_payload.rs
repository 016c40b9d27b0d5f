//! What stays of an outbox row's payload when the row has ended. Knows no row.

use serde_json::{Map, Value};

/// What of a payload outlives its row's end: ids, by which what comes back finds its address, code or
/// request. Addresses, sources and words go: nothing is sent again from a row that has ended.
pub(super) fn ids_of(payload: &str) -> String {
    // And whether a lock's mail was a reminder.
    const KEPT: [&str; 5] = ["to", "code", "request", "message", "reminder"];
    let read = serde_json::from_str::<Map<String, Value>>(payload);
    let mut ids = read.unwrap_or_default();
    ids.retain(|key, value| KEPT.contains(&key.as_str()) && !value.is_null());
    Value::Object(ids).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_outlive_a_row_and_nothing_else_does() {
        for (payload, left) in [
            (
                r#"{"to":"idn_1","reminder":true,"source":"192.0.2.7","failures":8,"code":null}"#,
                r#"{"reminder":true,"to":"idn_1"}"#,
            ),
            (
                r#"{"request":"req_1","message":"msg_1","address":"ann@acme.test"}"#,
                r#"{"message":"msg_1","request":"req_1"}"#,
            ),
            ("", "{}"),
            (r#"["ann@acme.test"]"#, "{}"),
        ] {
            // Whatever the order.
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(read(&ids_of(payload)), read(left), "{payload}");
        }
    }
}

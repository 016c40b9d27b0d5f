//! How a user's metadata changes: replaced as a whole, or merged key by key. Knows no limits; the
//! doors bound what comes in.

use serde_json::{Map, Value};

/// A change to one of the three metadata columns, each a JSON object kept as text.
#[derive(Clone, PartialEq)]
pub enum MetadataChange {
    Replace(Map<String, Value>),
    /// Objects are merged at every depth, `null` removes a key, all else replaces what stood there
    /// (RFC 7396).
    Merge(Map<String, Value>),
}

/// Tells the kind only: metadata does not belong in a log.
impl std::fmt::Debug for MetadataChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Replace(_) => "Replace(…)",
            Self::Merge(_) => "Merge(…)",
        })
    }
}

impl MetadataChange {
    /// The column's text after this change.
    #[must_use]
    pub fn applied_to(&self, stored: &str) -> String {
        match self {
            Self::Replace(whole) => Value::Object(whole.clone()).to_string(),
            Self::Merge(patch) => {
                // What is no object can only have been written by hand; it starts over.
                let mut whole: Map<String, Value> =
                    serde_json::from_str(stored).unwrap_or_default();
                merge(&mut whole, patch);
                Value::Object(whole).to_string()
            }
        }
    }
}

fn merge(whole: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match value {
            Value::Null => {
                whole.remove(key);
            }
            Value::Object(inner) => {
                let slot = whole.entry(key.clone()).or_insert(Value::Null);
                if !slot.is_object() {
                    *slot = Value::Object(Map::new());
                }
                if let Value::Object(slot) = slot {
                    merge(slot, inner);
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                whole.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(stored: &str, patch: Value) -> String {
        MetadataChange::Merge(patch.as_object().unwrap().clone()).applied_to(stored)
    }

    #[test]
    fn merging_goes_to_every_depth_and_null_removes() {
        let stored = r#"{"a":{"b":1,"c":2},"d":[1,2],"e":"x"}"#;
        let patch = json!({"a": {"b": null, "f": {"g": null, "h": 3}}, "d": [9], "e": null});
        assert_eq!(merged(stored, patch), r#"{"a":{"c":2,"f":{"h":3}},"d":[9]}"#);
        assert_eq!(merged("{}", json!({"a": {"b": 1}})), r#"{"a":{"b":1}}"#);
        assert_eq!(merged(r#"{"a":1}"#, json!({"a": {"b": 1}})), r#"{"a":{"b":1}}"#);
        assert_eq!(merged(r#"{"a":1}"#, json!({})), r#"{"a":1}"#);
    }

    #[test]
    fn replacing_keeps_nothing_of_before() {
        let whole = json!({"n": {"x": 1}}).as_object().unwrap().clone();
        assert_eq!(MetadataChange::Replace(whole).applied_to(r#"{"a":1}"#), r#"{"n":{"x":1}}"#);
    }
}

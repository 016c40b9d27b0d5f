//! A policy as a form: its fields become a document, whatever was typed, and the document says what is
//! wrong with it. Nothing is decided here about policies.

use serde_json::Value;

use crate::lockout::policy_document::{FIELDS, UNTIL_UNLOCKED};
use crate::lockout::{Policy, PolicyDocument, Preset};
use crate::web::body::Params;

/// The field that tells a draft from a first look: a tick that is not there says nothing by itself.
pub const DRAFT: &str = "draft";
/// The field of a link that fills the form with a preset.
pub const PRESET: &str = "preset";
/// How a lock without an end is read and typed.
const UNTIL_READ: &str = "until unlocked";
/// Longest text of one field that is looked at, in characters.
const MAX_TYPED: usize = 64;

const TICKS: [&str; 4] = ["enabled", "unlock_mail", "known_devices", "ignore_repeated_secret"];
const NUMBERS: [&str; 4] = ["max_attempts", "backoff_factor", "long_run_limit", "unlocks_per_day"];
const SEVERAL: &str = "authenticators";

/// What a form or a link asks for: `None` where it asks for nothing.
#[must_use]
pub fn asked(form: &Params) -> Option<PolicyDocument> {
    if let Some(preset) = form.raw(PRESET).and_then(Preset::from_name) {
        return Some(PolicyDocument::of(&preset.policy()));
    }
    form.has(DRAFT).then(|| document(form))
}

fn document(form: &Params) -> PolicyDocument {
    let value = |field: &str| {
        if TICKS.contains(&field) {
            return Value::Bool(form.has(field));
        }
        if field == SEVERAL {
            let chosen = form.each(field).take(8).map(|one| Value::from(clipped(one)));
            return Value::Array(chosen.collect());
        }
        let typed = clipped(form.raw(field).unwrap_or_default());
        let number = || serde_json::from_str::<Value>(&typed).ok().filter(Value::is_number);
        match NUMBERS.contains(&field).then(number).flatten() {
            Some(number) => number,
            None => Value::from(typed),
        }
    };
    PolicyDocument::from_fields(
        FIELDS.iter().map(|field| ((*field).to_owned(), value(field))).collect(),
    )
}

/// "Until unlocked" may be typed as it is read.
fn clipped(typed: &str) -> String {
    let typed: String = typed.trim().chars().take(MAX_TYPED).collect();
    if typed.eq_ignore_ascii_case(UNTIL_READ) { UNTIL_UNLOCKED.to_owned() } else { typed }
}

/// A field of a document as it is put into its control.
#[must_use]
pub fn shown(document: &PolicyDocument, field: &str) -> String {
    match document.fields().iter().find(|(name, _)| name == field).map(|(_, value)| value) {
        Some(Value::String(text)) if text == UNTIL_UNLOCKED => UNTIL_READ.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// A document's fields as a browser sends them.
#[must_use]
pub fn sent(document: &PolicyDocument) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in document.fields() {
        match value {
            Value::Bool(true) => pairs.push((name.clone(), "on".to_owned())),
            Value::Bool(false) => {}
            Value::Array(list) => {
                let each = list.iter().filter_map(Value::as_str);
                pairs.extend(each.map(|one| (name.clone(), one.to_owned())));
            }
            Value::Null | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                pairs.push((name.clone(), shown(document, name)));
            }
        }
    }
    pairs
}

/// The policy of a document, as the live one is compared with: exact in its instants.
#[must_use]
pub fn same(one: &Policy, other: &Policy) -> bool {
    PolicyDocument::of(one) == PolicyDocument::of(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_as_the_same_document() {
        for preset in Preset::ALL {
            let policy = Policy { ignore_repeated_secret: true, ..preset.policy() };
            let mut pairs = sent(&PolicyDocument::of(&policy));
            pairs.push((DRAFT.to_owned(), "1".to_owned()));
            let read = asked(&Params::from_pairs(pairs)).unwrap();
            assert!(same(&read.parse().unwrap(), &policy), "{preset:?}");
        }
        assert_eq!(asked(&Params::from_pairs(Vec::new())), None);
    }

    #[test]
    fn what_does_not_parse_is_kept_and_told_all_at_once() {
        let typed = [
            ("draft", "1"),
            ("max_attempts", "many"),
            ("minimum_duration", "<b>"),
            ("maximum_duration", "Until unlocked"),
            ("backoff_factor", ""),
            ("authenticators", "x"),
        ];
        let pairs = typed.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let document = asked(&Params::from_pairs(pairs.into())).unwrap();
        let faults = document.parse().unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        for field in ["max_attempts", "history_duration", "minimum_duration", "backoff_factor"] {
            assert!(fields.contains(&field), "{field}: {fields:?}");
        }
        assert!(!fields.contains(&"maximum_duration"), "{fields:?}");
        assert_eq!(shown(&document, "max_attempts"), "many");
        assert_eq!(shown(&document, "maximum_duration"), UNTIL_READ);
    }
}

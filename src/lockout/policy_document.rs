//! The policy as a person writes it, in TOML or JSON: names and spellings of DESIGN §4. Parsing
//! reports every fault at once, each with what to do. Knows nothing of files, versions or authors.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::policy::{CountAfterLock, LockLength, LockoutType, Policy};
use super::policy_fields::Reader;
use super::span_text::span_text;

/// Largest document read, in bytes; a complete one has about 600.
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024;

/// The fields of a policy, in the order in which it is shown.
pub const FIELDS: [&str; 16] = [
    "enabled",
    "max_attempts",
    "history_duration",
    "minimum_duration",
    "backoff_factor",
    "maximum_duration",
    "count_after_lock",
    "lockout_type",
    "authenticators",
    "manual_lock_duration",
    "long_run_limit",
    "unlock_mail",
    "unlock_link_lifetime",
    "unlocks_per_day",
    "known_devices",
    "ignore_repeated_secret",
];

/// Names a preset that gives the fields which are not named; *balanced* where it is absent.
pub const PRESET_FIELD: &str = "preset";

/// What kind of fault it is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// The text is not TOML or JSON at all.
    Syntax,
    TooLarge,
    UnknownField,
    Duplicate,
    WrongType,
    Malformed,
    OutOfRange,
    /// Two fields contradict each other.
    Inconsistent,
}

impl FaultCode {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::TooLarge => "too_large",
            Self::UnknownField => "unknown_field",
            Self::Duplicate => "duplicate",
            Self::WrongType => "wrong_type",
            Self::Malformed => "malformed",
            Self::OutOfRange => "out_of_range",
            Self::Inconsistent => "inconsistent",
        }
    }
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyFault {
    /// The field as written; empty when the whole text is at fault.
    pub field: String,
    pub code: FaultCode,
    /// What to do, one sentence.
    pub message: String,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// A policy document: its fields as written, unchecked, in order, repeats included.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyDocument {
    entries: Vec<(String, Value)>,
}

impl PolicyDocument {
    /// Reads TOML text.
    ///
    /// # Errors
    /// One fault when the text is too large or not TOML.
    pub fn from_toml(text: &str) -> Result<Self, Vec<PolicyFault>> {
        check_size(text)?;
        toml::from_str(text).map_err(|error| syntax(&error.message()))
    }

    /// Reads JSON text.
    ///
    /// # Errors
    /// One fault when the text is too large or not a JSON object.
    pub fn from_json(text: &str) -> Result<Self, Vec<PolicyFault>> {
        check_size(text)?;
        serde_json::from_str(text).map_err(|error| syntax(&error))
    }

    /// A document of these fields, as a form sends them.
    #[must_use]
    pub fn from_fields(entries: Vec<(String, Value)>) -> Self {
        Self { entries }
    }

    /// The fields as written.
    #[must_use]
    pub fn fields(&self) -> &[(String, Value)] {
        &self.entries
    }

    /// Checks everything and gives the policy. Fields that are not named come from the preset.
    ///
    /// # Errors
    /// Every fault of the document, in its own order; contradictions last.
    pub fn parse(&self) -> Result<Policy, Vec<PolicyFault>> {
        Reader::new(&self.entries).read()
    }

    /// The complete document of a policy: parsing it gives the same policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let entries = FIELDS.iter().map(|name| ((*name).to_owned(), field_value(policy, name)));
        Self { entries: entries.collect() }
    }

    /// TOML text, one field a line.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.entries {
            // Booleans, numbers, plain strings and lists of them are spelled alike in both
            // languages, and a document holds nothing else once it has parsed.
            text.push_str(&format!("{name} = {value}\n"));
        }
        text
    }

    /// JSON text on several lines, ending with a newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// One field of a policy in the document's spelling.
fn field_value(policy: &Policy, name: &str) -> Value {
    match name {
        "enabled" => policy.enabled.into(),
        "max_attempts" => policy.max_attempts.into(),
        "history_duration" => span_text(policy.history_duration).into(),
        "minimum_duration" => length_text(policy.minimum_duration).into(),
        "backoff_factor" => factor_value(policy.backoff_factor.thousandths()),
        "maximum_duration" => length_text(policy.maximum_duration).into(),
        "count_after_lock" => count_after_lock_text(policy.count_after_lock).into(),
        "lockout_type" => lockout_type_text(policy.lockout_type).into(),
        "authenticators" => {
            policy.authenticators.iter().map(|one| Value::from(one.as_str())).collect()
        }
        "manual_lock_duration" => length_text(policy.manual_lock_duration).into(),
        "long_run_limit" => policy.long_run_limit.into(),
        "unlock_mail" => policy.unlock_mail.into(),
        "unlock_link_lifetime" => span_text(policy.unlock_link_lifetime).into(),
        "unlocks_per_day" => policy.unlocks_per_day.into(),
        "known_devices" => policy.known_devices.into(),
        "ignore_repeated_secret" => policy.ignore_repeated_secret.into(),
        _ => Value::Null,
    }
}

/// Spelling of "no end of its own".
pub const UNTIL_UNLOCKED: &str = "until_unlocked";

/// A lock's length as written in a document.
#[must_use]
pub fn length_text(length: LockLength) -> String {
    match length {
        LockLength::For(span) => span_text(span),
        LockLength::UntilUnlocked => UNTIL_UNLOCKED.to_owned(),
    }
}

#[must_use]
pub const fn count_after_lock_text(mode: CountAfterLock) -> &'static str {
    match mode {
        CountAfterLock::Kept => "kept",
        CountAfterLock::Fresh => "fresh",
    }
}

#[must_use]
pub const fn lockout_type_text(kind: LockoutType) -> &'static str {
    match kind {
        LockoutType::PerUser => "per_user",
        LockoutType::PerUserPerIp => "per_user_per_ip",
    }
}

/// A whole factor as a number, any other as its exact decimal text.
fn factor_value(thousandths: i64) -> Value {
    if thousandths % 1_000 == 0 {
        return Value::from(thousandths / 1_000);
    }
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    Value::from(text.trim_end_matches('0'))
}

fn check_size(text: &str) -> Result<(), Vec<PolicyFault>> {
    if text.len() <= MAX_DOCUMENT_BYTES {
        return Ok(());
    }
    Err(vec![PolicyFault {
        field: String::new(),
        code: FaultCode::TooLarge,
        message: format!(
            "the document has {} bytes, the most is {MAX_DOCUMENT_BYTES}: shorten it",
            text.len()
        ),
    }])
}

fn syntax(error: &dyn fmt::Display) -> Vec<PolicyFault> {
    vec![PolicyFault {
        field: String::new(),
        code: FaultCode::Syntax,
        message: format!("the text cannot be read, correct it: {error}"),
    }]
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        for (name, value) in &self.entries {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

/// Keeps every entry, repeated names too: `parse` names them, a plain map would hide them.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = PolicyDocument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy: names of fields and their values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PolicyDocument, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<String, Value>()? {
            entries.push(entry);
        }
        Ok(PolicyDocument { entries })
    }
}

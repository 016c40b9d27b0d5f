//! How the members of a resource are said in tables, and the JSON Schema (2020-12) that a table
//! becomes. Knows no resource.

use serde_json::{Map, Value, json};

/// A member of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub name: &'static str,
    pub is: Is,
    pub told: Told,
}

/// Whether a member is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Always,
    /// By what the resource is about.
    Sometimes,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Text,
    Flag,
    /// A whole number.
    Number,
    /// A number that may have a fraction.
    Decimal,
    /// Unix milliseconds.
    Instant,
    /// An object whose members are the tenant's own affair.
    Map,
    Null,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Another component.
    Ref(&'static str),
    OrNull(&'static Is),
    List(&'static Is),
    /// One of these.
    Either(&'static [Is]),
    Object(&'static [Member]),
}

/// Always there.
pub(super) const fn has(name: &'static str, is: Is) -> Member {
    Member { name, is, told: Told::Always }
}

/// There by what the resource is about.
pub(super) const fn may(name: &'static str, is: Is) -> Member {
    Member { name, is, told: Told::Sometimes }
}

/// An object with these members. Others may join in a later version: a reader ignores what it does
/// not know.
#[must_use]
pub fn object(members: &[Member]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|member| (member.name.to_owned(), member.is.schema())).collect();
    let always = members.iter().filter(|member| member.told == Told::Always);
    let required: Vec<&str> = always.map(|member| member.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// Where a component stands in a document.
#[must_use]
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The same or null. A plain type gets null beside it, anything else an alternative.
#[must_use]
pub fn or_null(schema: Value) -> Value {
    match schema {
        Value::Object(mut plain) if plain.get("type").is_some_and(Value::is_string) => {
            let of = plain.remove("type").unwrap_or_default();
            plain.insert("type".to_owned(), json!([of, "null"]));
            if let Some(Value::Array(words)) = plain.get_mut("enum") {
                words.push(Value::Null);
            }
            Value::Object(plain)
        }
        other => json!({ "anyOf": [other, { "type": "null" }] }),
    }
}

impl Is {
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Number => json!({ "type": "integer" }),
            Self::Decimal => json!({ "type": "number" }),
            Self::Instant => {
                json!({ "type": "integer", "format": "int64", "description": "Unix milliseconds." })
            }
            Self::Map => json!({ "type": "object" }),
            Self::Null => json!({ "type": "null" }),
            Self::Word(words) => json!({ "type": "string", "enum": words }),
            Self::Ref(name) => reference(name),
            Self::OrNull(of) => or_null(of.schema()),
            Self::List(of) => json!({ "type": "array", "items": of.schema() }),
            Self::Either(all) => {
                json!({ "anyOf": all.iter().map(Self::schema).collect::<Vec<_>>() })
            }
            Self::Object(members) => object(members),
        }
    }

    /// In a few words, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Number => "whole number".to_owned(),
            Self::Decimal => "number".to_owned(),
            Self::Instant => "Unix milliseconds".to_owned(),
            Self::Map | Self::Object(_) => "object".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Word(words) => words.join(" | "),
            Self::Ref(name) => (*name).to_owned(),
            Self::OrNull(of) => format!("{} or null", of.words()),
            Self::List(of) => format!("list of {}", of.words()),
            Self::Either(all) => all.iter().map(Self::words).collect::<Vec<_>>().join(" or "),
        }
    }

    /// The components that it names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Ref(name) => vec![*name],
            Self::OrNull(of) | Self::List(of) => of.names(),
            Self::Either(all) => all.iter().flat_map(Self::names).collect(),
            Self::Object(members) => members.iter().flat_map(|member| member.is.names()).collect(),
            Self::Text
            | Self::Flag
            | Self::Number
            | Self::Decimal
            | Self::Instant
            | Self::Map
            | Self::Null
            | Self::Word(_) => Vec::new(),
        }
    }
}

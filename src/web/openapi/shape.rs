//! The shape of an answer, as a table of operations says it. Knows no resource's members: those are
//! named here and described in `components`.

use serde_json::{Value, json};

use super::member::{or_null, reference};

/// What the body of an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A resource, by its name among the components.
    Ref(&'static str),
    Nullable(&'static Shape),
    /// A bare array.
    List(&'static Shape),
    /// `{data, total_count}`.
    Page(&'static Shape),
    /// `{response, client}`: the Frontend API's wrapper, whose client may be null.
    Wrapped(&'static Shape),
    /// By what was asked for.
    Either(&'static [Shape]),
}

impl Shape {
    /// The components that it names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Ref(name) => vec![*name],
            Self::Nullable(of) | Self::List(of) | Self::Page(of) => of.names(),
            Self::Wrapped(of) => of.names().into_iter().chain(["Client"]).collect(),
            Self::Either(all) => all.iter().flat_map(Self::names).collect(),
        }
    }
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Self::Ref(name) => reference(name),
            Self::Nullable(of) => or_null(of.schema()),
            Self::List(of) => json!({ "type": "array", "items": of.schema() }),
            Self::Page(of) => json!({
                "type": "object",
                "properties": {
                    "data": { "type": "array", "items": of.schema() },
                    "total_count": { "type": "integer", "minimum": 0 },
                },
                "required": ["data", "total_count"],
            }),
            Self::Wrapped(of) => json!({
                "type": "object",
                "properties": { "response": of.schema(), "client": or_null(reference("Client")) },
                "required": ["response", "client"],
            }),
            Self::Either(all) => {
                json!({ "anyOf": all.iter().map(Self::schema).collect::<Vec<_>>() })
            }
        }
    }

    /// In a few words, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Ref(name) => (*name).to_owned(),
            Self::Nullable(of) => format!("{} or null", of.words()),
            Self::List(of) => format!("list of {}", of.words()),
            Self::Page(of) => format!("{{ data: list of {}, total_count }}", of.words()),
            Self::Wrapped(of) => format!("{{ response: {}, client }}", of.words()),
            Self::Either(all) => all.iter().map(Self::words).collect::<Vec<_>>().join(" or "),
        }
    }
}

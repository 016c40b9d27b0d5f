//! A document from the tables of a door: paths, parameters, answers, and the components that these
//! name. Knows no resource's members.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::components::{self, Component, ERRORS};
use super::{about, member, responses};
use crate::web::operation::{
    Answered, Callers, Door, Kind, Operation, Param, Support, Takes, WELL_KNOWN,
};

/// An OpenAPI document (3.1.1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    openapi: &'static str,
    info: Value,
    servers: Value,
    security: Value,
    tags: Vec<Value>,
    /// By path, then by method.
    paths: BTreeMap<String, Map<String, Value>>,
    components: Value,
}

impl Document {
    /// The document of a door that is served at `public_url` (scheme, host and port).
    #[must_use]
    pub fn of(door: &Door, public_url: &str) -> Self {
        let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        let mut tags: Vec<String> = Vec::new();
        for operation in door.operations() {
            let methods = paths.entry(path(operation)).or_default();
            methods.insert(operation.verb.as_str().to_ascii_lowercase(), one(door, operation));
            let tag = tag(operation);
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Self {
            openapi: "3.1.1",
            info: json!({
                "title": title(door),
                "version": env!("CARGO_PKG_VERSION"),
                "description": door.about,
            }),
            servers: servers(door, public_url),
            security: security(door.callers),
            tags: tags.iter().map(|tag| json!({ "name": tag })).collect(),
            paths,
            components: json!({
                "schemas": schemas(door),
                "responses": responses::shared(door),
                "parameters": shared_parameters(),
                "headers": responses::headers(),
                "securitySchemes": schemes(door.callers),
            }),
        }
    }

    /// As text, for files and terminals.
    ///
    /// # Errors
    /// None that is known: a document is texts and numbers.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

/// What an interface is called.
#[must_use]
pub fn title(door: &Door) -> &'static str {
    match door.callers {
        Callers::Servers => "Lockkeeper Backend API",
        Callers::Clients => "Lockkeeper Frontend API",
    }
}

/// The path of an operation below its server's address.
#[must_use]
pub fn path(operation: &Operation) -> String {
    let version = if operation.path.starts_with(WELL_KNOWN) { "" } else { "/v1" };
    format!("{version}{}", operation.path)
}

/// What an operation is about, for readers who look for one: the first part of its path that is
/// not the client that everything hangs on.
#[must_use]
pub fn tag(operation: &Operation) -> String {
    let mut parts = operation.path.split('/').filter(|part| !part.is_empty());
    let first = parts.next().unwrap_or_default();
    let second = parts.next().filter(|part| first == "client" && !part.starts_with('{'));
    match second.unwrap_or(first) {
        "jwks" | ".well-known" => "Keys".to_owned(),
        part => capitalised(&part.replace(['_', '-'], " ")),
    }
}

/// The operation in a few words: its id, taken apart.
#[must_use]
pub fn summary(operation: &Operation) -> String {
    let mut words = String::with_capacity(operation.id.len() + 8);
    let mut before = 'A';
    for letter in operation.id.chars() {
        let begins = letter.is_ascii_uppercase() && !before.is_ascii_uppercase();
        if begins {
            words.push(' ');
        }
        words.push(letter);
        before = letter;
    }
    let lower = words.split(' ').map(|word| match word.chars().all(|c| c.is_ascii_uppercase()) {
        true => word.to_owned(),
        false => word.to_ascii_lowercase(),
    });
    capitalised(&lower.collect::<Vec<_>>().join(" "))
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn one(door: &Door, operation: &Operation) -> Value {
    let mut whole = Map::new();
    let mut say = |name: &str, value: Value| {
        whole.insert(name.to_owned(), value);
    };
    say("operationId", json!(operation.id));
    say("tags", json!([tag(operation)]));
    say("summary", json!(summary(operation)));
    let sentence = about::sentence(operation.id);
    if !sentence.is_empty() {
        say("description", json!(sentence));
    }
    say("parameters", json!(parameters(operation)));
    if !operation.body.is_empty() {
        say("requestBody", body(door, operation));
    }
    say("responses", json!(responses::of_operation(door, operation)));
    say("x-support", json!(support(operation.support)));
    if !operation.takes.is_empty() {
        let takes = operation.takes.iter().map(|takes| lockout(*takes));
        say("x-lockout", takes.collect());
    }
    Value::Object(whole)
}

const fn support(of: Support) -> &'static str {
    match of {
        Support::Clerks => "clerk",
        Support::Ours => "lockkeeper",
    }
}

/// What an operation checks and how it stands to a lock: `counted` says whether a wrong one counts,
/// `while_locked` whether a locked user is refused.
fn lockout(takes: Takes) -> Value {
    match takes {
        Takes::Secret(authenticator) => json!({
            "checks": authenticator.as_str(), "of": "the user who is named",
            "counted": true, "while_locked": "refused",
        }),
        Takes::SecretBySession(authenticator) => json!({
            "checks": authenticator.as_str(), "of": "the session's user",
            "counted": true, "while_locked": "refused",
        }),
        Takes::Proof => json!({
            "checks": "proof", "of": "its holder", "counted": false, "while_locked": "refused",
        }),
        Takes::SessionToken => json!({
            "checks": "session token", "of": "its user", "counted": false, "while_locked": "open",
        }),
        Takes::ProvesMailbox => json!({
            "checks": "mailbox", "of": "its owner", "counted": false, "while_locked": "open",
        }),
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let before = operation.path.split('/');
    let named = before.clone().zip(before.skip(1)).filter_map(|(before, part)| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
            "description": format!("Which of the {}.", before.replace('_', " ")),
        }))
    });
    let asked = operation.query.iter().map(|param| {
        json!({
            "name": param.name(), "in": "query", "required": is_must(*param),
            "schema": kind(param.kind()),
        })
    });
    let version = json!({ "$ref": "#/components/parameters/ApiVersion" });
    named.chain(asked).chain([version]).collect()
}

/// What every operation takes.
fn shared_parameters() -> Value {
    json!({
        "ApiVersion": {
            "name": "Clerk-API-Version", "in": "header", "required": false,
            "description": "Sent by Clerk's libraries. Any is taken: there is one version.",
            "schema": { "type": "string" },
        },
    })
}

fn body(door: &Door, operation: &Operation) -> Value {
    let all = operation.body.iter();
    let properties: Map<String, Value> =
        all.map(|param| (param.name().to_owned(), kind(param.kind()))).collect();
    let must = operation.body.iter().filter(|param| is_must(**param));
    let must: Vec<&str> = must.map(|param| param.name()).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": must });
    let content = match door.callers {
        Callers::Servers => json!({ "application/json": { "schema": schema } }),
        Callers::Clients => json!({
            "application/x-www-form-urlencoded": { "schema": schema },
            "application/json": { "schema": schema },
        }),
    };
    json!({ "required": !must.is_empty(), "content": content })
}

const fn is_must(param: Param) -> bool {
    match param {
        Param::Must(..) => true,
        Param::May(..) => false,
    }
}

fn kind(of: Kind) -> Value {
    let text = json!({ "type": "string" });
    match of {
        Kind::Text => text,
        Kind::TextOrNull => member::or_null(text),
        Kind::Texts => json!({ "type": "array", "items": text }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Kind::Decimal => json!({ "type": "number" }),
        Kind::Instant => json!({
            "type": "integer", "format": "int64", "minimum": 0, "description": "Unix milliseconds.",
        }),
        Kind::Object => json!({ "type": "object" }),
        Kind::Secret | Kind::NewSecret => json!({ "type": "string", "format": "password" }),
    }
}

/// A parameter's kind in a few words, for people.
#[must_use]
pub fn kind_words(of: Kind) -> String {
    match of {
        Kind::Text => "text".to_owned(),
        Kind::TextOrNull => "text or null".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Word(words) => words.join(" | "),
        Kind::Flag => "true or false".to_owned(),
        Kind::Number(from, to) => format!("whole number, {from} to {to}"),
        Kind::Decimal => "number".to_owned(),
        Kind::Instant => "Unix milliseconds".to_owned(),
        Kind::Object => "object".to_owned(),
        Kind::Secret => "secret, checked".to_owned(),
        Kind::NewSecret => "secret, set".to_owned(),
    }
}

fn servers(door: &Door, public_url: &str) -> Value {
    let url = format!("{public_url}{}", door.base);
    match door.callers {
        Callers::Servers => json!([{ "url": url }]),
        Callers::Clients => {
            let slug =
                json!({ "default": "acme", "description": "The tenant's name in addresses." });
            json!([{ "url": url, "variables": { "slug": slug } }])
        }
    }
}

fn security(callers: Callers) -> Value {
    match callers {
        Callers::Servers => json!([{ "secretKey": [] }]),
        Callers::Clients => json!([{}, { "clientCookie": [] }, { "clientToken": [] }]),
    }
}

fn schemes(callers: Callers) -> Value {
    match callers {
        Callers::Servers => json!({
            "secretKey": {
                "type": "http", "scheme": "bearer", "description": "The tenant's key, `sk_…`.",
            },
        }),
        Callers::Clients => json!({
            "clientCookie": {
                "type": "apiKey", "in": "cookie", "name": "__client",
                "description": "Of a browser. The name ends with the tenant's own suffix and, over \
                                https, begins with `__Host-`.",
            },
            "clientToken": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": "Of an app, which says `_is_native=1` in the query.",
            },
        }),
    }
}

fn schemas(door: &Door) -> Map<String, Value> {
    of_door(door)
        .into_iter()
        .map(|(name, component)| {
            let mut schema = match component {
                Some(component) => member::object(component.members),
                None => json!({}),
            };
            if let (Value::Object(members), Some(component)) = (&mut schema, component) {
                members.insert("description".to_owned(), json!(component.about));
            }
            (name.to_owned(), schema)
        })
        .collect()
}

/// The components that the operations of a door name, and those that these name; `None` stands for
/// one that nobody has described.
#[must_use]
pub fn of_door(door: &Door) -> BTreeMap<&'static str, Option<Component>> {
    let mut found = BTreeMap::new();
    let answers = door.operations().flat_map(|operation| operation.answers);
    let mut asked: Vec<&'static str> = answers.flat_map(names).chain([ERRORS]).collect();
    while let Some(name) = asked.pop() {
        if found.contains_key(name) {
            continue;
        }
        let component = match name == ERRORS {
            true => Some(components::errors(door.callers)),
            false => components::find(name).copied(),
        };
        let members = component.map(|component| component.members).unwrap_or_default();
        asked.extend(members.iter().flat_map(|member| member.is.names()));
        found.insert(name, component);
    }
    found
}

fn names(answer: &Answered) -> Vec<&'static str> {
    match answer {
        Answered::Json(_, shape) => shape.names(),
        Answered::Empty(_) | Answered::Redirect(_) => Vec::new(),
    }
}

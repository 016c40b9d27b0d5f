//! Any operation called as its document tells, with what is known put in by the names of its
//! parameters. Knows no operation.

use reqwest::RequestBuilder;
use serde_json::{Map, Value, json};

use super::{Operation, World};
use crate::harness::client::{Answer, Client};

/// Which parameters are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    WhatMust,
    All,
}

pub(super) async fn called(
    world: &World,
    operation: &Operation,
    client: &Client,
    known: &Value,
    fill: Fill,
) -> Answer {
    let parts: Vec<&str> = operation.path.split('/').collect();
    let id = parts.iter().position(|part| *part == "{id}");
    let before = id.and_then(|at| parts.get(at.checked_sub(1)?)).copied().unwrap_or_default();
    let path = operation.path.replace("{id}", known[before].as_str().unwrap_or("x"));
    let query = query(&operation.told, known, fill);
    let path = if query.is_empty() { path } else { format!("{path}?{query}") };
    let fields = fields(&operation.told["requestBody"]["content"], known, fill);
    let request = match operation.door {
        "backend" => {
            let request = client.request(operation.method.clone(), &path);
            with_json(request.bearer_auth(&world.acme.secret_key), fields)
        }
        _ => {
            let path = format!("/t/acme{path}");
            with_form(client.request(operation.method.clone(), &path), fields)
        }
    };
    Client::send(request).await
}

fn with_json(request: RequestBuilder, fields: Map<String, Value>) -> RequestBuilder {
    if fields.is_empty() { request } else { request.json(&fields) }
}

fn with_form(request: RequestBuilder, fields: Map<String, Value>) -> RequestBuilder {
    if fields.is_empty() {
        return request;
    }
    let flat = |(name, value): (String, Value)| (name, flat(&value));
    request.form(&fields.into_iter().map(flat).collect::<Vec<_>>())
}

fn flat(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn query(told: &Value, known: &Value, fill: Fill) -> String {
    let all = told["parameters"].as_array().into_iter().flatten();
    let asked = all.filter(|one| one["in"] == "query");
    let wanted = asked.filter(|one| fill == Fill::All || one["required"] == true);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for one in wanted {
        let name = one["name"].as_str().unwrap();
        query.append_pair(name, &flat(&value(name, &one["schema"], known)));
    }
    query.finish()
}

/// The fields of a body; all media types of an operation tell the same ones.
fn fields(content: &Value, known: &Value, fill: Fill) -> Map<String, Value> {
    let types = content.as_object().into_iter().flatten();
    let Some((_, told)) = types.into_iter().next() else { return Map::new() };
    let schema = &told["schema"];
    let must: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let all = schema["properties"].as_object().into_iter().flatten();
    let wanted = all.filter(|(name, _)| fill == Fill::All || must.contains(&name.as_str()));
    wanted.map(|(name, of)| (name.clone(), value(name, of, known))).collect()
}

/// What is known under this name, else something of its kind.
fn value(name: &str, schema: &Value, known: &Value) -> Value {
    let is = |kind: &str| schema["type"] == kind;
    if let Some(known) = known.get(name) {
        return if is("array") { json!([known]) } else { known.clone() };
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    if is("boolean") {
        json!(true)
    } else if is("integer") || is("number") {
        schema.get("minimum").cloned().unwrap_or(json!(1))
    } else if is("array") {
        json!(["x"])
    } else if is("object") {
        json!({})
    } else {
        json!("x")
    }
}

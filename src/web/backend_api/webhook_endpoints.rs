//! Webhook endpoints over the Backend API (ours; Clerk has them in its dashboard): where a tenant's
//! servers are told of events, with which secret, and how each delivery went. A secret is shown when it
//! is made and never again.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::ACTOR;
use super::fault::{refused, unanswered};
use super::key::Keyed;
use super::query::{LIMIT, OFFSET, Query};
use crate::model::{OutboxId, Span, WebhookEndpointId, WebhookUrl};
use crate::resource::event::envelope;
use crate::resource::webhook_endpoint::webhook_endpoint as endpoint;
use crate::store::events::EventKind;
use crate::store::webhook_deliveries::{DeliveryStatus, WebhookDelivery};
use crate::store::webhook_endpoints::WebhookEndpoint;
use crate::tenant::webhooks::{
    EndpointChange, EndpointWithSecret, LONGEST_OVERLAP, NewEndpoint, OVERLAP,
};
use crate::web::ApiError;
use crate::web::error::{ErrorEntry, json as answer};
use crate::web::error_code::ErrorKind;
use crate::web::fields::{Fields, JsonBody};
use crate::web::openapi::shape::Shape;
use crate::web::operation::{
    Answered, Kind, NOTHING, Operation,
    Param::{May, Must},
    Verb,
};

/// Longest text of a URL that is looked at; the longest that is taken is shorter.
const MAX_URL_BYTES: usize = 4_096;
const KNOWN: &[&str] = &["url", "events", "enabled"];
const OVERLAP_FIELD: &str = "old_secret_expires_in_seconds";

/// `GET /v1/webhook_endpoints`: all of them, oldest first.
async fn list(keyed: Keyed<()>) -> Result<HttpResponse, ApiError> {
    let found = keyed.doors.reader().webhook_endpoints(keyed.profile.id().clone()).await;
    let data: Vec<Value> = found.map_err(unanswered)?.iter().map(endpoint).collect();
    answer(&json!({ "total_count": data.len(), "data": data }))
}

/// `POST /v1/webhook_endpoints`: the answer holds the secret.
async fn create(keyed: Keyed<JsonBody>) -> Result<HttpResponse, ApiError> {
    let mut fields = keyed.body.fields();
    fields.refuse_others(&[KNOWN]);
    if fields.required("url", MAX_URL_BYTES).is_none() {
        fields.finish()?;
        return Err(ApiError::internal());
    }
    let url = url(&mut fields);
    let events = events(&mut fields);
    let enabled = fields.flag("enabled").unwrap_or(true);
    fields.finish()?;
    // With faults the line above has answered.
    let url = url.ok_or_else(ApiError::internal)?;
    let new = NewEndpoint { url, events, enabled };
    let made = keyed.tenants().create_webhook_endpoint(&keyed.profile, new, ACTOR).await;
    answer(&with_secret(&made.map_err(|fault| refused(fault, "webhook endpoint"))?))
}

/// `GET /v1/webhook_endpoints/{id}`.
async fn show(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    answer(&endpoint(&of(&keyed, &path).await?))
}

/// `PATCH /v1/webhook_endpoints/{id}`: fields that are not named stay.
async fn change(keyed: Keyed<JsonBody>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let mut fields = keyed.body.fields();
    fields.refuse_others(&[KNOWN]);
    let change = EndpointChange {
        url: url(&mut fields),
        events: keyed.body.0.contains_key("events").then(|| events(&mut fields)),
        enabled: fields.flag("enabled"),
    };
    fields.finish()?;
    let tenants = keyed.tenants();
    let changed = tenants.change_webhook_endpoint(&keyed.profile, id, change, ACTOR).await;
    answer(&endpoint(&changed.map_err(|fault| refused(fault, "webhook endpoint"))?))
}

/// `DELETE /v1/webhook_endpoints/{id}`: what waits for it is not delivered any more.
async fn remove(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let shown = json!({ "object": "webhook_endpoint", "id": id, "deleted": true });
    let gone = keyed.tenants().remove_webhook_endpoint(&keyed.profile, id, ACTOR).await;
    gone.map_err(|fault| refused(fault, "webhook endpoint"))?;
    answer(&shown)
}

/// `POST /v1/webhook_endpoints/{id}/rotate_secret`: the answer holds the new secret; the one before
/// signs beside it for a while.
async fn rotate(keyed: Keyed<JsonBody>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let mut fields = keyed.body.fields();
    fields.refuse_others(&[&[OVERLAP_FIELD]]);
    let overlap = fields.number(OVERLAP_FIELD, 0, LONGEST_OVERLAP.as_seconds_up());
    fields.finish()?;
    let overlap = overlap.map_or(OVERLAP, Span::from_seconds);
    let rotated = keyed.tenants().rotate_webhook_secret(&keyed.profile, id, overlap, ACTOR).await;
    answer(&with_secret(&rotated.map_err(|fault| refused(fault, "webhook endpoint"))?))
}

/// `GET /v1/webhook_endpoints/{id}/deliveries`: newest first; the one of a message with what was sent.
async fn deliveries(
    keyed: Keyed<()>,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let receiver = of(&keyed, &path).await?;
    let mut query = Query::of(&request)?;
    let status = query.word("status", &DeliveryStatus::ALL, DeliveryStatus::as_str);
    let message = query.text("message_id");
    let page = query.page();
    query.finish()?;
    let (tenant, reader) = (keyed.profile.id().clone(), keyed.doors.reader());
    if let Some(message) = message {
        let found = match OutboxId::parse(&message) {
            Some(id) => reader.webhook_delivery(tenant, receiver.id, id).await,
            None => Ok(None),
        };
        let found = found.map_err(unanswered)?;
        let data: Vec<Value> = found.iter().map(with_payload).collect();
        return answer(&json!({ "total_count": data.len(), "data": data }));
    }
    let found = reader.webhook_deliveries(tenant, receiver.id, status, page).await;
    let (page, total) = found.map_err(unanswered)?;
    let data: Vec<Value> = page.iter().map(delivery).collect();
    answer(&json!({ "data": data, "total_count": total }))
}

/// `POST /v1/webhook_endpoints/{id}/redeliver`: a message once more, whatever came of it.
async fn redeliver(keyed: Keyed<JsonBody>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = id(&path)?;
    let mut fields = keyed.body.fields();
    fields.refuse_others(&[&["message_id"]]);
    let message = fields.required("message_id", 64).map(str::to_owned);
    fields.finish()?;
    let message = message.as_deref().and_then(OutboxId::parse);
    let message = message.ok_or_else(|| ApiError::not_found("webhook delivery"))?;
    let again = keyed.tenants().redeliver(&keyed.profile, id, message, ACTOR).await;
    answer(&delivery(&again.map_err(|fault| refused(fault, "webhook delivery"))?))
}

/// `POST /v1/webhook_endpoints/{id}/test`: an event that is about the endpoint itself, so that its
/// owner sees whether deliveries arrive and verify.
async fn test(keyed: Keyed<()>, path: Path<String>) -> Result<HttpResponse, ApiError> {
    let receiver = of(&keyed, &path).await?;
    let (tenant, now) = (keyed.profile.id(), keyed.now());
    let body = envelope(EventKind::EndpointTest, tenant, now, endpoint(&receiver)).to_string();
    let (tenants, profile) = (keyed.tenants(), &keyed.profile);
    let sent = tenants.test_webhook_endpoint(profile, receiver.id, body, ACTOR).await;
    answer(&delivery(&sent.map_err(|fault| refused(fault, "webhook endpoint"))?))
}

async fn of<T>(keyed: &Keyed<T>, path: &str) -> Result<WebhookEndpoint, ApiError> {
    let (tenant, id) = (keyed.profile.id().clone(), id(path)?);
    let found = keyed.doors.reader().webhook_endpoint(tenant, id).await.map_err(unanswered)?;
    found.ok_or_else(|| ApiError::not_found("webhook endpoint"))
}

fn id(path: &str) -> Result<WebhookEndpointId, ApiError> {
    WebhookEndpointId::parse(path).ok_or_else(|| ApiError::not_found("webhook endpoint"))
}

fn url(fields: &mut Fields<'_>) -> Option<WebhookUrl> {
    let text = fields.text("url", MAX_URL_BYTES)?;
    match WebhookUrl::parse(text) {
        Ok(url) => Some(url),
        Err(fault) => {
            let entry = ErrorEntry::of_param(ErrorKind::ParamFormatInvalid, "url");
            fields.refuse_with(entry.with_long_message(format!("url {fault}.")));
            None
        }
    }
}

/// Absent, null or empty: all events.
fn events(fields: &mut Fields<'_>) -> Vec<EventKind> {
    let names = fields.texts("events", EventKind::ALL.len(), 64);
    let mut events = Vec::with_capacity(names.len());
    for name in names {
        // The test event goes to whoever asks for it: nobody subscribes to it.
        match EventKind::parse(name).filter(|kind| EventKind::ALL.contains(kind)) {
            Some(kind) if !events.contains(&kind) => events.push(kind),
            Some(_) => {}
            None => {
                let entry = ErrorEntry::of_param(ErrorKind::ParamValueInvalid, "events");
                let known = EventKind::ALL.map(EventKind::as_str).join(", ");
                let text = format!("events must be among: {known}.");
                fields.refuse_with(entry.with_long_message(text));
                break;
            }
        }
    }
    events
}

fn with_secret(of: &EndpointWithSecret) -> Value {
    let mut shown = endpoint(&of.endpoint);
    if let Value::Object(members) = &mut shown {
        let secret = of.secret.written();
        members.insert("secret".to_owned(), json!(secret.expose_secret()));
    }
    shown
}

fn delivery(of: &WebhookDelivery) -> Value {
    let waits = match of.status {
        DeliveryStatus::Due | DeliveryStatus::Sending => Some(of.due_at),
        DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Dropped => None,
    };
    let attempts: Vec<Value> = of
        .tries_made()
        .iter()
        .map(|tried| {
            json!({
                "at": tried.at,
                "status_code": tried.status,
                "error": tried.error,
                "duration_ms": tried.took_ms,
            })
        })
        .collect();
    json!({
        "object": "webhook_delivery",
        "message_id": of.message,
        "endpoint_id": of.endpoint_id,
        "type": of.event.as_str(),
        "status": of.status.as_str(),
        "next_attempt_at": waits,
        "attempts": attempts,
        "created_at": of.created_at,
        "finished_at": of.finished_at,
    })
}

fn with_payload(of: &WebhookDelivery) -> Value {
    let mut shown = delivery(of);
    if let Value::Object(members) = &mut shown {
        let payload = serde_json::from_str(&of.body).unwrap_or(Value::Null);
        members.insert("payload".to_owned(), payload);
    }
    shown
}

const ENDPOINT: &[Answered] = &[Answered::Json(200, Shape::Ref("WebhookEndpoint"))];
const WITH_SECRET: &[Answered] = &[Answered::Json(200, Shape::Ref("WebhookEndpointWithSecret"))];
const DELIVERY: &[Answered] = &[Answered::Json(200, Shape::Ref("WebhookDelivery"))];
const STATUS_WORDS: &[&str] = &["due", "sending", "delivered", "failed", "dropped"];
const FORM: &[ErrorKind] = &[
    ErrorKind::ParamMissing,
    ErrorKind::ParamFormatInvalid,
    ErrorKind::ParamValueInvalid,
    ErrorKind::ParamTooLong,
    ErrorKind::ParamUnknown,
    ErrorKind::NotFound,
    ErrorKind::Conflict,
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::ours(Verb::Get, "/webhook_endpoints", "ListWebhookEndpoints", NOTHING, || {
        web::to(list)
    })
    .answers(&[Answered::Json(200, Shape::Page(&Shape::Ref("WebhookEndpoint")))]),
    Operation::ours(Verb::Post, "/webhook_endpoints", "CreateWebhookEndpoint", NOTHING, || {
        web::to(create)
    })
    .body(&[Must("url", Kind::Text), May("events", Kind::Texts), May("enabled", Kind::Flag)])
    .answers(WITH_SECRET)
    .errors(FORM),
    Operation::ours(Verb::Get, "/webhook_endpoints/{id}", "GetWebhookEndpoint", NOTHING, || {
        web::to(show)
    })
    .answers(ENDPOINT)
    .errors(&[ErrorKind::NotFound]),
    Operation::ours(
        Verb::Patch,
        "/webhook_endpoints/{id}",
        "UpdateWebhookEndpoint",
        NOTHING,
        || web::to(change),
    )
    .body(&[May("url", Kind::Text), May("events", Kind::Texts), May("enabled", Kind::Flag)])
    .answers(ENDPOINT)
    .errors(FORM),
    Operation::ours(
        Verb::Delete,
        "/webhook_endpoints/{id}",
        "DeleteWebhookEndpoint",
        NOTHING,
        || web::to(remove),
    )
    .answers(&[Answered::Json(200, Shape::Ref("DeletedObject"))])
    .errors(&[ErrorKind::NotFound]),
    Operation::ours(
        Verb::Post,
        "/webhook_endpoints/{id}/rotate_secret",
        "RotateWebhookSecret",
        NOTHING,
        || web::to(rotate),
    )
    .body(&[May(OVERLAP_FIELD, Kind::Number(0, 604_800))])
    .answers(WITH_SECRET)
    .errors(FORM),
    Operation::ours(
        Verb::Get,
        "/webhook_endpoints/{id}/deliveries",
        "ListWebhookDeliveries",
        NOTHING,
        || web::to(deliveries),
    )
    .query(&[May("status", Kind::Word(STATUS_WORDS)), May("message_id", Kind::Text), LIMIT, OFFSET])
    .answers(&[Answered::Json(200, Shape::Page(&Shape::Ref("WebhookDelivery")))])
    .errors(FORM),
    Operation::ours(
        Verb::Post,
        "/webhook_endpoints/{id}/redeliver",
        "RedeliverWebhook",
        NOTHING,
        || web::to(redeliver),
    )
    .body(&[Must("message_id", Kind::Text)])
    .answers(DELIVERY)
    .errors(FORM),
    Operation::ours(
        Verb::Post,
        "/webhook_endpoints/{id}/test",
        "TestWebhookEndpoint",
        NOTHING,
        || web::to(test),
    )
    .answers(DELIVERY)
    .errors(&[ErrorKind::NotFound, ErrorKind::Conflict]),
];

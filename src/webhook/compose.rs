//! What becomes of an event's row: Clerk's envelope around the resource as it stands when the event is
//! first told. Rendered once; every endpoint and every later try gets the same bytes. Knows no server.

use serde_json::{Map, Value, json};
use url::Url;

use crate::model::{Avatars, Millis, SessionId, TenantId, UserId};
use crate::resource::event::envelope;
use crate::resource::session::session_of_servers;
use crate::resource::user::{Audience, user};
use crate::store::events::{About, Event, EventKind};
use crate::store::outbox::OutboxRow;
use crate::store::tenants::TenantName;
use crate::store::webhook_deliveries::{DeliveryStatus, WebhookDelivery};
use crate::store::webhook_endpoints::WebhookEndpoint;
use crate::store::{Reader, StoreError};

/// One delivery for each endpoint that wants the event; none where nobody does, or where there is
/// nothing left to tell of.
pub(super) async fn deliveries(
    reader: &Reader,
    public_url: &Url,
    row: &OutboxRow,
    now: Millis,
) -> Result<Vec<WebhookDelivery>, StoreError> {
    let Some(event) = Event::of_row(row) else { return Ok(Vec::new()) };
    let mut endpoints = reader.webhook_endpoints(row.tenant_id.clone()).await?;
    endpoints.retain(|endpoint| endpoint.enabled && endpoint.wants(event.kind));
    if endpoints.is_empty() {
        return Ok(Vec::new());
    }
    let Some(data) = data(reader, public_url, &row.tenant_id, &event, now).await? else {
        return Ok(Vec::new());
    };
    let body = envelope(event.kind, &row.tenant_id, row.created_at, data).to_string();
    let delivery = |endpoint: WebhookEndpoint| WebhookDelivery {
        tenant_id: row.tenant_id.clone(),
        endpoint_id: endpoint.id,
        message: row.id.clone(),
        event: event.kind,
        body: body.clone(),
        status: DeliveryStatus::Due,
        due_at: now,
        tries: 0,
        claimed_until: None,
        tried: "[]".to_owned(),
        created_at: row.created_at,
        finished_at: None,
    };
    Ok(endpoints.into_iter().map(delivery).collect())
}

/// `None` where the thing is gone: that it went is an event of its own.
async fn data(
    reader: &Reader,
    public_url: &Url,
    tenant: &TenantId,
    event: &Event,
    now: Millis,
) -> Result<Option<Value>, StoreError> {
    match (&event.about, event.kind) {
        (About::User(id), EventKind::UserDeleted) => Ok(Some(json!({
            "object": "user",
            "id": id,
            "external_id": event.facts.get("external_id"),
            "deleted": true,
        }))),
        // Whole as it was written: the code in it ends soon, whatever becomes of the user.
        (About::User(_), EventKind::SmsCreated) => Ok(Some(event.facts.clone())),
        (About::User(id), EventKind::UserLocked) => {
            of_user(reader, public_url, tenant, id, now, ("lock", &event.facts)).await
        }
        (About::User(id), EventKind::UserUnlocked) => {
            of_user(reader, public_url, tenant, id, now, ("unlock", &event.facts)).await
        }
        (About::User(id), _) => {
            of_user(reader, public_url, tenant, id, now, ("", &Value::Null)).await
        }
        (About::Session(id), _) => of_session(reader, tenant, id, &event.facts, now).await,
        (About::Nobody, _) => Ok(None),
    }
}

/// The user's resource; a lock's facts beside it, as they were when it happened.
async fn of_user(
    reader: &Reader,
    public_url: &Url,
    tenant: &TenantId,
    id: &UserId,
    now: Millis,
    (name, facts): (&str, &Value),
) -> Result<Option<Value>, StoreError> {
    let card = reader.user_card(tenant.clone(), id.clone(), now).await?;
    let owner = reader.tenant(TenantName::Id(tenant.clone())).await?;
    Ok(card.zip(owner).map(|(card, owner)| {
        let pages_url = format!("{}/t/{}", public_url.as_str().trim_end_matches('/'), owner.slug);
        let avatars = Avatars::new(&pages_url, owner.brand_color.as_deref());
        let mut shown = user(&card, now, Audience::Backend, &avatars);
        if let (Value::Object(members), false) = (&mut shown, name.is_empty()) {
            members.insert(name.to_owned(), facts.clone());
        }
        shown
    }))
}

/// The session's resource with the status that the event told of.
async fn of_session(
    reader: &Reader,
    tenant: &TenantId,
    id: &SessionId,
    facts: &Value,
    now: Millis,
) -> Result<Option<Value>, StoreError> {
    let found = reader.session(tenant.clone(), id.clone()).await?;
    Ok(found.map(|found| {
        let mut shown = session_of_servers(&found, now);
        let told: Map<String, Value> = facts.as_object().cloned().unwrap_or_default();
        if let Value::Object(members) = &mut shown {
            members.extend(told);
        }
        shown
    }))
}

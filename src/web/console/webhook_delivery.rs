//! One delivery of a webhook: its bytes, each try with what came of it, and once more.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::frame::Entry;
use super::view::webhook_delivery::DeliveryPage;
use super::webhooks::{done, endpoint};
use crate::model::OutboxId;
use crate::store::webhook_deliveries::WebhookDelivery;
use crate::store::webhook_endpoints::WebhookEndpoint;
use crate::tenant::TenantFault;
use crate::web::page_table::EDITORS;

pub(super) async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let (receiver, delivery) = find(desk).await?;
    let page = page(desk, &receiver, delivery);
    Ok(desk.page(StatusCode::OK, &page))
}

fn page(desk: &Desk, receiver: &WebhookEndpoint, delivery: WebhookDelivery) -> DeliveryPage {
    let back = desk.path(&format!("/webhooks/{}", receiver.id));
    DeliveryPage {
        frame: desk.frame(Entry::Webhooks),
        path: format!("{back}/sent/{}", delivery.message),
        back,
        may_repeat: EDITORS.contains(&desk.role) && receiver.enabled,
        url: receiver.url.clone(),
        event: delivery.event.as_str(),
        message: delivery.message.to_string(),
        status: delivery.status,
        due_at: delivery.due_at,
        made_at: delivery.created_at,
        tries: delivery.tries_made(),
        body: pretty(&delivery.body),
    }
}

/// Broken into lines; the bytes that are sent and signed have none.
fn pretty(body: &str) -> String {
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(body);
    let written = parsed.and_then(|value| serde_json::to_string_pretty(&value));
    written.unwrap_or_else(|_| body.to_owned())
}

async fn find(desk: &Desk) -> Result<(WebhookEndpoint, WebhookDelivery), HttpResponse> {
    let receiver = endpoint(desk).await?;
    let message = desk.hall.request.match_info().get("message").and_then(OutboxId::parse);
    let message = message.ok_or_else(|| desk.not_found())?;
    let (tenant, id) = (desk.profile.id().clone(), receiver.id.clone());
    let read = desk.reader().webhook_delivery(tenant, id, message).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    Ok((receiver, found.ok_or_else(|| desk.not_found())?))
}

pub(super) async fn again(Acts { desk, .. }: Acts) -> HttpResponse {
    try_again(&desk).await.unwrap_or_else(|early| early)
}

async fn try_again(desk: &Desk) -> Answer {
    let (receiver, delivery) = find(desk).await?;
    let actor = desk.staff().actor();
    let (tenants, id) = (desk.tenants(), receiver.id.clone());
    let message = delivery.message.clone();
    let sent = tenants.redeliver(&desk.profile, id, message, &actor).await;
    let page = page(desk, &receiver, delivery);
    if let Err(TenantFault::Conflict { .. }) = sent {
        // Switched off since the page was made; it says so now.
        return Ok(desk.page(StatusCode::CONFLICT, &page));
    }
    let words = desk.hall.frame().line("webhooks-again-done");
    Ok(done(desk, sent, &page.path, words))
}

//! One webhook endpoint: where it is, what it hears, how it is doing, what it was sent; switching it off
//! and on, a new secret, a test, and its end.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::frame::Entry;
use super::view::webhook::{DeleteWebhookPage, DeliveryLine, WebhookNotice, WebhookPage};
use super::view::webhooks::EndpointForm;
use super::webhooks::{done, endpoint, events_of, read, secret, standing};
use crate::model::OutboxId;
use crate::resource::event::envelope;
use crate::resource::webhook_endpoint::webhook_endpoint;
use crate::store::events::EventKind;
use crate::store::webhook_deliveries::{DeliveryStatus, WebhookDelivery};
use crate::store::webhook_endpoints::WebhookEndpoint;
use crate::tenant::TenantFault;
use crate::tenant::webhooks::{EndpointChange, OVERLAP};
use crate::web::body::Params;
use crate::web::page_table::EDITORS;

/// Deliveries of a page.
const ROWS: usize = 30;

pub(super) async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let found = endpoint(desk).await?;
    let page = page(desk, &found).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

fn path_of(desk: &Desk, of: &WebhookEndpoint) -> String {
    desk.path(&format!("/webhooks/{}", of.id))
}

async fn page(desk: &Desk, of: &WebhookEndpoint) -> Result<WebhookPage, HttpResponse> {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let status = query.raw("status").and_then(DeliveryStatus::parse);
    let before = query.raw("before").and_then(OutboxId::parse);
    let later = before.is_some();
    let asked = i64::try_from(ROWS).unwrap_or(i64::MAX).saturating_add(1);
    let tenant = desk.profile.id().clone();
    let read = desk
        .reader()
        .webhook_deliveries_before(tenant, of.id.clone(), status, (before, asked))
        .await;
    let mut rows = read.map_err(|error| desk.not_now(&error.into()))?;
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let path = path_of(desk, of);
    Ok(WebhookPage {
        frame: desk.frame(Entry::Webhooks),
        list_path: desk.path("/webhooks"),
        may_change: EDITORS.contains(&desk.role),
        url: of.url.clone(),
        standing: standing(of),
        next: rows.last().filter(|_| more).map(|row| row.message.to_string()),
        deliveries: rows.iter().map(|row| line(&path, row)).collect(),
        status,
        later,
        form: EndpointForm { url: of.url.clone(), events: events_of(of) },
        problem: None,
        made: None,
        notice: None,
        path,
    })
}

fn line(path: &str, of: &WebhookDelivery) -> DeliveryLine {
    DeliveryLine {
        path: format!("{path}/sent/{}", of.message),
        event: of.event.as_str(),
        status: of.status,
        made_at: of.created_at,
        tries: of.tries_made().len(),
        last: of.tries_made().pop(),
    }
}

pub(super) async fn act(Acts { desk, form }: Acts) -> HttpResponse {
    try_act(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_act(desk: &Desk, form: &Params) -> Answer {
    let found = endpoint(desk).await?;
    match form.raw("deed") {
        Some("save") => save(desk, &found, form).await,
        Some("off") => switch(desk, &found, false).await,
        Some("on") => switch(desk, &found, true).await,
        Some("test") => test(desk, &found).await,
        Some(_) | None => Err(desk.bad_form()),
    }
}

async fn save(desk: &Desk, of: &WebhookEndpoint, form: &Params) -> Answer {
    let (typed, asked) = read(form);
    let (url, events) = match asked {
        Ok(asked) => asked,
        Err(problem) => {
            let page = page(desk, of).await?;
            let page = WebhookPage { form: typed, problem: Some(problem), ..page };
            return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let change = EndpointChange { url: Some(url), events: Some(events), enabled: None };
    change_to(desk, of, change, desk.hall.frame().line("webhooks-saved")).await
}

async fn switch(desk: &Desk, of: &WebhookEndpoint, enabled: bool) -> Answer {
    let frame = desk.hall.frame();
    let words = match enabled {
        true => frame.line("webhooks-switched-on"),
        false => frame.line("webhooks-switched-off"),
    };
    let change = EndpointChange { enabled: Some(enabled), ..EndpointChange::default() };
    change_to(desk, of, change, words).await
}

async fn change_to(
    desk: &Desk,
    of: &WebhookEndpoint,
    change: EndpointChange,
    words: String,
) -> Answer {
    let actor = desk.staff().actor();
    let tenants = desk.tenants();
    let changed =
        tenants.change_webhook_endpoint(&desk.profile, of.id.clone(), change, &actor).await;
    Ok(done(desk, changed, &path_of(desk, of), words))
}

/// The answer of the server that is called is seen at the delivery.
async fn test(desk: &Desk, of: &WebhookEndpoint) -> Answer {
    let (tenant, now) = (desk.profile.id(), desk.now());
    let body = envelope(EventKind::EndpointTest, tenant, now, webhook_endpoint(of)).to_string();
    let actor = desk.staff().actor();
    let tenants = desk.tenants();
    match tenants.test_webhook_endpoint(&desk.profile, of.id.clone(), body, &actor).await {
        Ok(sent) => {
            let path = format!("{}/sent/{}", path_of(desk, of), sent.message);
            let words = desk.hall.frame().line("webhooks-tested");
            Ok(done(desk, Ok(()), &path, words))
        }
        Err(TenantFault::Conflict { .. }) => switched_off(desk, of).await,
        Err(fault) => Ok(done(desk, Err::<(), _>(fault), "", String::new())),
    }
}

/// What is switched off is sent nothing.
async fn switched_off(desk: &Desk, of: &WebhookEndpoint) -> Answer {
    let notice = Some(WebhookNotice::Off);
    let page = WebhookPage { notice, ..page(desk, of).await? };
    Ok(desk.page(StatusCode::CONFLICT, &page))
}

pub(super) async fn replace_secret(Acts { desk, .. }: Acts) -> HttpResponse {
    try_replace(&desk).await.unwrap_or_else(|early| early)
}

async fn try_replace(desk: &Desk) -> Answer {
    let found = endpoint(desk).await?;
    let actor = desk.staff().actor();
    let (tenants, id) = (desk.tenants(), found.id.clone());
    match tenants.rotate_webhook_secret(&desk.profile, id, OVERLAP, &actor).await {
        Ok(made) => {
            let page = page(desk, &made.endpoint).await?;
            let page = WebhookPage { made: Some(secret(desk, &made)), ..page };
            Ok(desk.page(StatusCode::OK, &page))
        }
        Err(fault) => Ok(done(desk, Err::<(), _>(fault), "", String::new())),
    }
}

pub(super) async fn confirm_removal(Looks(desk): Looks) -> HttpResponse {
    try_confirm(&desk).await.unwrap_or_else(|early| early)
}

async fn try_confirm(desk: &Desk) -> Answer {
    let found = endpoint(desk).await?;
    let back = path_of(desk, &found);
    let frame = desk.frame(Entry::Webhooks);
    let page = DeleteWebhookPage { frame, url: found.url, path: format!("{back}/delete"), back };
    Ok(desk.page(StatusCode::OK, &page))
}

pub(super) async fn remove(Acts { desk, .. }: Acts) -> HttpResponse {
    try_remove(&desk).await.unwrap_or_else(|early| early)
}

async fn try_remove(desk: &Desk) -> Answer {
    let found = endpoint(desk).await?;
    let actor = desk.staff().actor();
    let gone = desk.tenants().remove_webhook_endpoint(&desk.profile, found.id, &actor).await;
    let words = desk.hall.frame().say("webhooks-deleted").text("url", &found.url).to_string();
    Ok(done(desk, gone, &desk.path("/webhooks"), words))
}

//! Webhooks: the endpoints of a tenant, one of them with its deliveries, and one delivery with its
//! bytes. A secret is shown in the answer to the form that made it and never again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use secrecy::ExposeSecret as _;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::webhooks::{
    EndpointForm, EndpointLine, EndpointStanding, MadeSecret, WebhookProblem, WebhooksPage,
};
use super::{webhook, webhook_delivery};
use crate::model::{WebhookEndpointId, WebhookUrl, WebhookUrlFault};
use crate::store::events::EventKind;
use crate::store::webhook_endpoints::WebhookEndpoint;
use crate::tenant::TenantFault;
use crate::tenant::webhooks::{EndpointWithSecret, NewEndpoint};
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

const LIST: &str = "/console/{slug}/webhooks";
const ONE: &str = "/console/{slug}/webhooks/{endpoint}";
const SECRET: &str = "/console/{slug}/webhooks/{endpoint}/secret";
const DELIVERY: &str = "/console/{slug}/webhooks/{endpoint}/sent/{message}";
const DELETE: &str = "/console/{slug}/webhooks/{endpoint}/delete";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: LIST,
        may: May::These(READERS),
        states: &["none", "full", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: LIST,
        may: May::These(EDITORS),
        states: &["created", "faults"],
        route: || web::to(create),
    },
    Page {
        verb: Verb::Get,
        path: ONE,
        may: May::These(READERS),
        states: &["on", "failing", "off", "nothing-sent", "reader"],
        route: || web::to(webhook::show),
    },
    Page {
        verb: Verb::Post,
        path: ONE,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(webhook::act),
    },
    Page {
        verb: Verb::Post,
        path: SECRET,
        may: May::These(EDITORS),
        states: &["replaced"],
        route: || web::to(webhook::replace_secret),
    },
    Page {
        verb: Verb::Get,
        path: DELIVERY,
        may: May::These(READERS),
        states: &["delivered", "failed", "waiting"],
        route: || web::to(webhook_delivery::show),
    },
    Page {
        verb: Verb::Post,
        path: DELIVERY,
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(webhook_delivery::again),
    },
    Page {
        verb: Verb::Get,
        path: DELETE,
        may: May::These(EDITORS),
        states: &["delete"],
        route: || web::to(webhook::confirm_removal),
    },
    Page {
        verb: Verb::Post,
        path: DELETE,
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(webhook::remove),
    },
];

/// How an endpoint is doing.
pub(super) fn standing(of: &WebhookEndpoint) -> EndpointStanding {
    match (&of.off_because, of.enabled, of.failing_since) {
        (Some(why), false, _) => EndpointStanding::GivenUp { why: why.clone() },
        (None, false, _) => EndpointStanding::Off,
        (_, true, Some(since)) => EndpointStanding::Failing { since, until: of.spared_until },
        (_, true, None) => EndpointStanding::On,
    }
}

pub(super) fn events_of(of: &WebhookEndpoint) -> Vec<String> {
    serde_json::from_str(&of.events).unwrap_or_default()
}

fn line(desk: &Desk, of: &WebhookEndpoint) -> EndpointLine {
    EndpointLine {
        path: desk.path(&format!("/webhooks/{}", of.id)),
        url: of.url.clone(),
        events: events_of(of),
        standing: standing(of),
    }
}

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let page = page(desk).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

async fn page(desk: &Desk) -> Result<WebhooksPage, HttpResponse> {
    let read = desk.reader().webhook_endpoints(desk.profile.id().clone()).await;
    let endpoints = read.map_err(|error| desk.not_now(&error.into()))?;
    Ok(WebhooksPage {
        frame: desk.frame(Entry::Webhooks),
        path: desk.path("/webhooks"),
        may_change: EDITORS.contains(&desk.role),
        endpoints: endpoints.iter().map(|endpoint| line(desk, endpoint)).collect(),
        form: EndpointForm::default(),
        problem: None,
        made: None,
    })
}

async fn create(Acts { desk, form }: Acts) -> HttpResponse {
    try_create(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_create(desk: &Desk, form: &Params) -> Answer {
    let (typed, read) = read(form);
    let refused = async |problem: WebhookProblem| -> Answer {
        let page =
            WebhooksPage { form: typed.clone(), problem: Some(problem), ..page(desk).await? };
        Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
    };
    let (url, events) = match read {
        Ok(read) => read,
        Err(problem) => return refused(problem).await,
    };
    let new = NewEndpoint { url, events, enabled: true };
    let actor = desk.staff().actor();
    match desk.tenants().create_webhook_endpoint(&desk.profile, new, &actor).await {
        Ok(made) => {
            let page = WebhooksPage { made: Some(secret(desk, &made)), ..page(desk).await? };
            Ok(desk.page(StatusCode::OK, &page))
        }
        Err(TenantFault::Conflict { .. }) => refused(WebhookProblem::Full).await,
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

pub(super) fn secret(desk: &Desk, made: &EndpointWithSecret) -> MadeSecret {
    MadeSecret {
        secret: made.secret.written().expose_secret().to_owned(),
        url: made.endpoint.url.clone(),
        path: desk.path(&format!("/webhooks/{}", made.endpoint.id)),
    }
}

type Read = Result<(WebhookUrl, Vec<EventKind>), WebhookProblem>;

/// The form as it was typed, and what it asks for. No event ticked means all.
pub(super) fn read(form: &Params) -> (EndpointForm, Read) {
    let url: String = form.raw("url").unwrap_or_default().trim().chars().take(4_096).collect();
    let ticked = |kind: &EventKind| form.each("event").any(|name| name == kind.as_str());
    let events: Vec<EventKind> = EventKind::ALL.into_iter().filter(ticked).collect();
    let names = events.iter().map(|kind| kind.as_str().to_owned()).collect();
    let read = match WebhookUrl::parse(&url) {
        Ok(url) => Ok((url, events)),
        Err(fault) => Err(match fault {
            WebhookUrlFault::NotAbsolute => WebhookProblem::NoUrl,
            WebhookUrlFault::Scheme => WebhookProblem::Scheme,
            WebhookUrlFault::Credentials => WebhookProblem::Password,
            WebhookUrlFault::Fragment => WebhookProblem::Fragment,
            WebhookUrlFault::TooLong => WebhookProblem::TooLong,
        }),
    };
    (EndpointForm { url, events: names }, read)
}

/// The endpoint that the path names.
pub(super) async fn endpoint(desk: &Desk) -> Result<WebhookEndpoint, HttpResponse> {
    let id = desk.hall.request.match_info().get("endpoint").and_then(WebhookEndpointId::parse);
    let id = id.ok_or_else(|| desk.not_found())?;
    let read = desk.reader().webhook_endpoint(desk.profile.id().clone(), id).await;
    read.map_err(|error| desk.not_now(&error.into()))?.ok_or_else(|| desk.not_found())
}

/// Something was done to an endpoint; what is gone meanwhile is told as what never was.
pub(super) fn done<T>(
    desk: &Desk,
    result: Result<T, TenantFault>,
    path: &str,
    words: String,
) -> HttpResponse {
    match result {
        Ok(_) => desk.hall.done(path, &Done { words, link: None }),
        Err(TenantFault::NotFound) => desk.not_found(),
        Err(fault) => desk.not_now(&fault),
    }
}

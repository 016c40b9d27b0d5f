//! The page of one contact request, opened by the secret of its link: how it stands, what was said,
//! and a field to add to it. No account and no cookie is needed; the address is the secret.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::support::{message_of, message_problem};
use super::view::{Fault, OwnMessage, RequestState, Said, SupportProblem, SupportStatusPage};
use super::visit::{Answer, Visit, either};
use crate::store::contact_requests::ContactRequestStatus;
use crate::store::request_messages::MessageKind;
use crate::tenant::{Added, OwnRequest};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

/// `GET /t/{slug}/support/{secret}`: changes nothing.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/support/{secret}`: `message`.
pub(super) async fn add(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_add(&request, &doors, form).await)
}

fn secret_of(request: &HttpRequest) -> &str {
    request.match_info().get("secret").unwrap_or_default()
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let visit = Visit::open(request, doors).await?;
    let page = page(&visit, secret_of(request)).await?;
    Ok(visit.page(StatusCode::OK, &PageRules::SECRET, &page))
}

async fn try_add(request: &HttpRequest, doors: &Doors, form: Result<Params, ApiError>) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_or_nameless_form()?;
    let form = visit.fields(form)?;
    let secret = secret_of(request);
    let message = message_of(&form);
    if let Some(problem) = message_problem(&message) {
        let page = page(&visit, secret).await?;
        let page = SupportStatusPage { draft: message, problem: Some(problem), ..page };
        return Ok(visit.page(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::SECRET, &page));
    }
    let path = visit.path(&format!("/support/{secret}"));
    let added = visit.tenants().add_to_request(&visit.profile, secret, &message).await;
    match added.map_err(|fault| visit.not_now(&fault, Some(path.clone())))? {
        Added::Added => Ok(visit.see(&path)),
        Added::Over => {
            let page = page(&visit, secret).await?;
            let page = SupportStatusPage { draft: message, ..page };
            Ok(visit.page(StatusCode::CONFLICT, &PageRules::SECRET, &page))
        }
        Added::TooMany { retry_after } => {
            Err(visit.fault(Fault::TooMany { retry_in: retry_after }, Some(path)))
        }
        Added::Unknown => Err(visit.fault(Fault::NotFound, None)),
    }
}

async fn page(visit: &Visit<'_>, secret: &str) -> Result<SupportStatusPage, HttpResponse> {
    let found = visit.tenants().own_request(&visit.profile, secret).await;
    let found = found.map_err(|fault| visit.not_now(&fault, None))?;
    let own = found.ok_or_else(|| visit.fault(Fault::NotFound, None))?;
    let mut frame = visit.frame();
    frame.reference = Some(own.request.reference.clone());
    Ok(SupportStatusPage {
        frame,
        reference: own.request.reference.clone(),
        state: state(&own),
        subject: own.request.subject.clone(),
        lock: own.lock,
        messages: said(&own),
        path: visit.path(&format!("/support/{secret}")),
        can_add: own.can_add,
        draft: String::new(),
        problem: None::<SupportProblem>,
    })
}

fn state(own: &OwnRequest) -> RequestState {
    match own.shown {
        ContactRequestStatus::New | ContactRequestStatus::Spam => RequestState::Received,
        ContactRequestStatus::Open => RequestState::Open,
        ContactRequestStatus::Waiting => RequestState::Answered,
        ContactRequestStatus::Closed if own.signed_in => RequestState::SignedIn,
        ContactRequestStatus::Closed => RequestState::Closed,
    }
}

fn said(own: &OwnRequest) -> Vec<OwnMessage> {
    let first =
        OwnMessage { by: Said::You, at: own.request.created_at, body: own.request.message.clone() };
    let later = own.messages.iter().map(|message| OwnMessage {
        by: match message.kind {
            MessageKind::Theirs => Said::You,
            MessageKind::Reply | MessageKind::Note | MessageKind::Event => Said::Support,
        },
        at: message.created_at,
        body: message.body.clone(),
    });
    std::iter::once(first).chain(later).collect()
}

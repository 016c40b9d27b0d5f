//! Faults as pages: which status and wait belong to which, pages where no tenant is known, and the
//! answers to paths and methods that do not exist. Under `/v1` the envelope is written by the
//! `request_id` middleware, so nothing is written here.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::view::{BareFaultPage, ConsoleFrame, Fault};
use super::visit::{Visit, either};
use crate::model::Span;
use crate::tenant::TenantFault;
use crate::text::{Catalogue, Zone};
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::page::{html, retry_after};
use crate::web::security_headers::PageRules;
use crate::web::tenant_path::{is_api_path, slug_in_path};

/// What a page asks a visitor to wait where nothing better is known.
const A_WHILE: Span = Span(30_000);

/// The status that goes with a fault.
pub(super) fn status_of(fault: &Fault) -> StatusCode {
    match fault {
        Fault::NotFound | Fault::NoTenant => StatusCode::NOT_FOUND,
        Fault::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Fault::BadRequest => StatusCode::BAD_REQUEST,
        Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::OtherSite => StatusCode::FORBIDDEN,
        Fault::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Fault::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What `Retry-After` says with a fault.
pub(super) fn wait_of(fault: &Fault) -> Option<Span> {
    match fault {
        Fault::TooMany { retry_in } => Some(*retry_in),
        Fault::Unavailable => Some(A_WHILE),
        Fault::NotFound
        | Fault::NoTenant
        | Fault::WrongMethod
        | Fault::BadRequest
        | Fault::TooLarge
        | Fault::OtherSite => None,
    }
}

/// How long until the facade may be asked again.
pub(super) fn wait_for(fault: &TenantFault) -> Span {
    match fault {
        TenantFault::Busy { retry_after } => {
            Span(i64::try_from(retry_after.as_millis()).unwrap_or(A_WHILE.0))
        }
        TenantFault::Unavailable | TenantFault::Conflict { .. } | TenantFault::NotFound => A_WHILE,
    }
}

/// What is told of a body that could not be read.
pub(super) fn of_body(error: &ApiError) -> Fault {
    if error.status == StatusCode::PAYLOAD_TOO_LARGE { Fault::TooLarge } else { Fault::BadRequest }
}

/// A fault without a tenant's face.
pub(super) fn bare(doors: &Doors, request: &HttpRequest, fault: Fault) -> HttpResponse {
    let frame = ConsoleFrame::new(Catalogue::get("en"), Zone::utc(), doors.now());
    let (status, wait) = (status_of(&fault), wait_of(&fault));
    // The path itself, to try again: only below a tenant, so that it can be no other host's.
    let again = matches!(fault, Fault::Unavailable) && slug_in_path(request.path()).is_some();
    let retry_path = again.then(|| request.path().to_owned());
    let page = BareFaultPage { frame, fault, retry_path };
    let mut answer = html(status, &PageRules::SECRET, &page);
    retry_after(&mut answer, wait);
    answer
}

/// Any path that is no door's.
pub async fn not_found(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    if is_api_path(request.path()) {
        return HttpResponse::new(StatusCode::NOT_FOUND);
    }
    no_such_page(&request, &doors).await
}

/// "There is no such page", in the tenant's face where the path names one.
pub(super) async fn no_such_page(request: &HttpRequest, doors: &Doors) -> HttpResponse {
    in_place(request, doors, Fault::NotFound).await
}

/// A fault in the tenant's face where the path names one, else bare.
async fn in_place(request: &HttpRequest, doors: &Doors, fault: Fault) -> HttpResponse {
    if slug_in_path(request.path()).is_none() {
        return bare(doors, request, fault);
    }
    either(Visit::open(request, doors).await.map(|visit| visit.fault(fault, None)))
}

/// A page that exists, asked for by a method that it does not have.
pub(super) async fn wrong_method(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let mut answer = in_place(&request, &doors, Fault::WrongMethod).await;
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    answer
}

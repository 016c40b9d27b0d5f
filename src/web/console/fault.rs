//! What went wrong, as pages of the console: where nobody is known yet, and within a tenant's console.
//! A tenant that there is not and one that somebody does not work for are told in the same words.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};

use super::view::fault::{Fault, FaultPage};
use super::view::frame::Bare;
use crate::model::Span;
use crate::tenant::TenantFault;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::page::{html, retry_after};
use crate::web::security_headers::PageRules;
use crate::web::tenant_path::{TenantRef, tenant_ref};

/// What a page asks to wait where nothing better is known.
const A_WHILE: Span = Span(30_000);

/// The status that goes with a fault.
const fn status_of(fault: &Fault) -> StatusCode {
    match fault {
        Fault::NotFound => StatusCode::NOT_FOUND,
        Fault::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Fault::Role(_) | Fault::SecondFactor | Fault::OtherSite | Fault::OldForm => {
            StatusCode::FORBIDDEN
        }
        Fault::BadForm => StatusCode::BAD_REQUEST,
        Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Fault::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A fault as a page of its own.
pub(super) fn bare(doors: &Doors, fault: Fault) -> HttpResponse {
    let status = status_of(&fault);
    let wait = matches!(fault, Fault::Unavailable).then_some(A_WHILE);
    let page = FaultPage { frame: Bare::new(doors.now()), fault };
    let mut answer = html(status, &PageRules::SECRET, &page);
    retry_after(&mut answer, wait);
    answer
}

/// What the facade could not do now.
pub(super) fn not_now(doors: &Doors, fault: &TenantFault) -> HttpResponse {
    let wait = match fault {
        TenantFault::Busy { retry_after } => {
            Span(i64::try_from(retry_after.as_millis()).unwrap_or(A_WHILE.0))
        }
        TenantFault::Unavailable | TenantFault::Conflict { .. } | TenantFault::NotFound => A_WHILE,
    };
    let mut answer = bare(doors, Fault::Unavailable);
    retry_after(&mut answer, Some(wait));
    answer
}

/// What is told of a body that could not be read.
pub(super) fn of_body(error: &ApiError) -> Fault {
    if error.status == StatusCode::PAYLOAD_TOO_LARGE { Fault::TooLarge } else { Fault::BadForm }
}

/// Whether a request came by the public host: the console is on no tenant's own.
pub(super) fn is_at_home(request: &HttpRequest, doors: &Doors) -> bool {
    let host = request.connection_info().host().to_owned();
    matches!(tenant_ref(request.path(), &host, &doors.base_url), TenantRef::None)
}

/// Any path below `/console` that is no page.
pub(super) async fn not_found(doors: web::Data<Doors>) -> HttpResponse {
    bare(&doors, Fault::NotFound)
}

/// A page that exists, asked for by a method that it does not have.
pub(super) async fn wrong_method(doors: web::Data<Doors>) -> HttpResponse {
    let mut answer = bare(&doors, Fault::WrongMethod);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    answer
}

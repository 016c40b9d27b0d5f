//! Asking for an unlock mail. The answer is the same for every identifier: 202 and one text; what
//! happens then is decided under the subject's row lock and told to nobody but the mailbox's owner.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::named_user;
use super::remembered::Remembered;
use super::sign_in::clipped;
use super::view::{Fault, UnlockRequestPage, UnlockRequestProblem, UnlockRequestedPage, Written};
use super::visit::{Answer, Visit, either};
use crate::model::{Identifier, IdentifierFault, Span, UserId};
use crate::tenant::{LinkPage, MAIL_SPACING, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

/// `GET /t/{slug}/unlock`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let visit = match Visit::open(&request, &doors).await {
        Ok(visit) => visit,
        Err(early) => return early,
    };
    let identifier = visit.remembered.identifier.clone();
    let page = UnlockRequestPage { frame: visit.frame(), identifier, problem: None };
    visit.page(StatusCode::OK, &PageRules::PLAIN, &page)
}

/// `POST /t/{slug}/unlock`: `identifier`, or the `token` of a genuine link.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_or_nameless_form()?;
    let form = visit.fields(form)?;
    let typed = form.raw("identifier").unwrap_or_default();
    let identifier = match form.raw("token") {
        Some(_) => None,
        None => match Identifier::parse(typed) {
            Ok(identifier) => Some(identifier),
            Err(fault) => return Ok(again(&visit, typed, fault)),
        },
    };
    let source = doors.address(request).source;
    if let Err(wait) = visit.tenants().spend_mail_request(&visit.profile, &source) {
        let retry_in = Span(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        return Ok(visit.fault(Fault::TooMany { retry_in }, None));
    }
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path("/unlock")));
    let (written, wanted) = match (identifier, form.raw("token")) {
        (Some(identifier), _) => {
            (Written::Identifier(identifier.display.clone()), Some(identifier))
        }
        (None, Some(token)) => {
            (Written::ReceiverOfLink, receiver(&visit, token).await.map_err(not_now)?)
        }
        (None, None) => (Written::ReceiverOfLink, None),
    };
    if let Some(identifier) = &wanted {
        visit.tenants().request_unlock_mail(&visit.profile, identifier).await.map_err(not_now)?;
    }
    Ok(requested(&visit.settled(), written))
}

/// Whom a genuine link was mailed to, also an old one; nobody for a forged one.
async fn receiver(visit: &Visit<'_>, token: &str) -> Result<Option<Identifier>, TenantFault> {
    let user: UserId = match visit.tenants().unlock_link(&visit.profile, token).await? {
        LinkPage::Ready(link) => link.user,
        LinkPage::Void { user, .. } | LinkPage::Expired { user, .. } => user,
        LinkPage::Forged => return Ok(None),
    };
    let record = visit.doors.reader().user(visit.profile.id().clone(), user).await?;
    let value = record.as_ref().and_then(named_user::primary);
    Ok(value.and_then(|value| Identifier::parse(&value).ok()))
}

fn requested(visit: &Visit<'_>, written: Written) -> HttpResponse {
    let carried = match &written {
        Written::Identifier(identifier) => Some(Remembered {
            identifier: identifier.clone(),
            // What was shown of a lock belongs to the identifier that was typed then.
            lock: visit.remembered.lock.filter(|_| visit.remembered.identifier == *identifier),
            mail_asked_at: Some(visit.now.0),
            redirect_url: visit.remembered.redirect_url.clone(),
            ..Remembered::default()
        }),
        Written::ReceiverOfLink => None,
    };
    let page = UnlockRequestedPage {
        frame: visit.frame(),
        written,
        asked_at: visit.now,
        next_at: visit.now.after(MAIL_SPACING),
    };
    let answer = visit.page(StatusCode::ACCEPTED, &PageRules::PLAIN, &page);
    match carried {
        Some(carried) => visit.carry(answer, &carried),
        None => answer,
    }
}

fn again(visit: &Visit<'_>, typed: &str, fault: IdentifierFault) -> HttpResponse {
    let problem = match fault {
        IdentifierFault::Empty => UnlockRequestProblem::IdentifierMissing,
        IdentifierFault::TooLong
        | IdentifierFault::ControlCharacter
        | IdentifierFault::EmailAddress
        | IdentifierFault::PhoneNumber => UnlockRequestProblem::IdentifierOdd,
    };
    let page = UnlockRequestPage {
        frame: visit.frame(),
        identifier: clipped(typed),
        problem: Some(problem),
    };
    visit.page(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::PLAIN, &page)
}

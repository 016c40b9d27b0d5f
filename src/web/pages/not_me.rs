//! "This wasn't me", behind an unlock link: tells support or signs out everywhere, and leaves the lock
//! as it is. GET and HEAD only look; what was done is said under an address without the secret.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::named_user::masked;
use super::remembered::{NotMeDone, Remembered};
use super::view::{
    DeadLink, DeadLinkPage, DeadLinkResend, Frame, NotMeDonePage, NotMeOutcome, NotMePage,
};
use super::visit::{Answer, Visit, either};
use crate::model::UserId;
use crate::store::users::UserRecord;
use crate::tenant::{Filing, NotMe, NotMeAnswer, NotMePage as Looked, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::security_headers::PageRules;

/// What follows the link's own path.
const TAIL: &str = "/not-me";

/// `GET /t/{slug}/unlock/{token}/not-me`: changes nothing.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/unlock/{token}/not-me`: `what` is `tell` or `sessions`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

/// `GET /t/{slug}/not-me/done`; the sign-in page where nothing was done in this browser.
pub(super) async fn done(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let visit = match Visit::open(&request, &doors).await {
        Ok(visit) => visit,
        Err(early) => return early,
    };
    let outcome = match visit.remembered.not_me.clone() {
        Some(NotMeDone::Told { reference }) => NotMeOutcome::Told { reference },
        Some(NotMeDone::ToldBefore { reference }) => NotMeOutcome::ToldBefore { reference },
        Some(NotMeDone::SignedOut) => NotMeOutcome::SignedOut,
        None => return visit.see(&visit.path("/sign-in")),
    };
    let page = NotMeDonePage { frame: visit.frame(), outcome };
    visit.page(StatusCode::OK, &PageRules::PLAIN, &page)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let visit = Visit::open(request, doors).await?;
    let looked = visit.tenants().not_me_page(&visit.profile, token(request)).await;
    match looked.map_err(|fault| later(&visit, &fault))? {
        Looked::Asks { user } => question(&visit, user).await,
        Looked::Expired { at, lifetime } => Ok(dead(&visit, DeadLink::Expired { at, lifetime })),
        Looked::Forged => Ok(dead(&visit, DeadLink::Forged)),
    }
}

async fn question(visit: &Visit<'_>, user: UserId) -> Answer {
    let Some(record) = record(visit, user).await? else { return Ok(dead(visit, DeadLink::Forged)) };
    let action = visit.request.path().to_owned();
    let page = NotMePage {
        frame: visit.frame_for(&record.user),
        account: masked(&record),
        unlock_path: action.strip_suffix(TAIL).unwrap_or(&action).to_owned(),
        action,
    };
    Ok(visit.page(StatusCode::OK, &PageRules::SECRET, &page))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_or_nameless_form()?;
    let form = visit.fields(form)?;
    let wanted = match form.raw("what") {
        Some("tell") => {
            let frame = owners_frame(&visit, request).await?;
            NotMe::TellSupport {
                subject: frame.line("not-me-report-subject"),
                message: frame.line("not-me-report"),
                source: doors.address(request).source,
            }
        }
        Some("sessions") => NotMe::EndSessions,
        Some(_) | None => return try_show(request, doors).await,
    };
    let answer = visit.tenants().not_me(&visit.profile, token(request), wanted).await;
    let visit = visit.settled();
    let not_me = match answer.map_err(|fault| later(&visit, &fault))? {
        NotMeAnswer::Told { reference, filing: Filing::First } => NotMeDone::Told { reference },
        NotMeAnswer::Told { reference, filing: Filing::Again } => {
            NotMeDone::ToldBefore { reference }
        }
        NotMeAnswer::Ended { .. } => NotMeDone::SignedOut,
        NotMeAnswer::Expired { at, lifetime } => {
            return Ok(dead(&visit, DeadLink::Expired { at, lifetime }));
        }
        NotMeAnswer::Forged => return Ok(dead(&visit, DeadLink::Forged)),
    };
    let carried = Remembered { not_me: Some(not_me), ..visit.remembered.clone() };
    Ok(visit.carry(visit.see(&visit.path("/not-me/done")), &carried))
}

/// The words of the link's owner; of the visitor where it has none.
async fn owners_frame(visit: &Visit<'_>, request: &HttpRequest) -> Result<Frame, HttpResponse> {
    let looked = visit.tenants().not_me_page(&visit.profile, token(request)).await;
    Ok(match looked.map_err(|fault| later(visit, &fault))? {
        Looked::Asks { user } => match record(visit, user).await? {
            Some(record) => visit.frame_for(&record.user),
            None => visit.frame(),
        },
        Looked::Expired { .. } | Looked::Forged => visit.frame(),
    })
}

async fn record(visit: &Visit<'_>, user: UserId) -> Result<Option<UserRecord>, HttpResponse> {
    let read = visit.doors.reader().user(visit.profile.id().clone(), user).await;
    read.map_err(|error| later(visit, &error.into()))
}

fn token(request: &HttpRequest) -> &str {
    request.match_info().get("token").unwrap_or_default()
}

fn later(visit: &Visit<'_>, fault: &TenantFault) -> HttpResponse {
    visit.not_now(fault, Some(visit.request.path().to_owned()))
}

fn dead(visit: &Visit<'_>, reason: DeadLink) -> HttpResponse {
    let resend = match &reason {
        DeadLink::Forged => DeadLinkResend::AskAddress,
        DeadLink::Expired { .. } | DeadLink::Superseded => {
            DeadLinkResend::ToKnown { token: token(visit.request).to_owned() }
        }
    };
    let page = DeadLinkPage { frame: visit.frame(), reason, resend };
    visit.page(StatusCode::GONE, &PageRules::SECRET, &page)
}

//! Where a link with a ticket leads: the page shows who would be signed in, and its one button does
//! it. GET and HEAD only look, so that whatever follows links on its own uses nothing up, and nobody
//! is signed in as somebody else without having seen it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::account;
use super::sign_in::rules;
use super::sign_in_steps::{Goal, Next, Tried, answered, onwards};
use super::view::{DeadTicket, DeadTicketPage, TicketPage};
use super::visit::{Answer, Visit, either};
use crate::model::UserId;
use crate::tenant::{TenantFault, Ticket, TicketAttempt, TicketFault, TicketJoins};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::redirect::Target;

const PATH: &str = "/sign-in/ticket";

/// `GET /t/{slug}/sign-in/ticket?ticket=…&redirect_url=…`: changes nothing.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/sign-in/ticket`: `ticket`, `redirect_url`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let query = Params::of_query(request).unwrap_or_default();
    let text = query.raw("ticket").unwrap_or_default();
    let target = visit.accept(query.raw("redirect_url"));
    let found = usable(&visit, text).await?;
    // Where that cannot be told now, the page is still of use.
    let present = account::present(&visit).await.ok().flatten().map(|session| session.user_id);
    let ticket = match (found, present) {
        // A second look at one's own link, its button pressed or not.
        (Ok(Named { user, .. }), Some(present)) if present == user => {
            return Ok(onwards(&visit, target.as_ref()));
        }
        (Err(DeadTicket::Used), Some(_)) => return Ok(onwards(&visit, target.as_ref())),
        (Err(reason), _) => return Ok(dead(&visit, reason)),
        (Ok(named), _) => named,
    };
    meet(&mut visit, &ticket.user).await?;
    let page = TicketPage {
        frame: visit.frame(),
        identifier: ticket.identifier,
        ticket: text.to_owned(),
        redirect_url: target.as_ref().map(|target| target.location.clone()),
    };
    // Its address goes to nobody but us (`same-origin`); with less, old browsers would not name the
    // page that the form is on.
    Ok(visit.page(StatusCode::OK, &rules(target.as_ref()), &page))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let text = form.raw("ticket").unwrap_or_default();
    let target = visit.accept(form.raw("redirect_url"));
    let named = match usable(&visit, text).await? {
        Ok(named) => named,
        Err(reason) => return Ok(dead(&visit, reason)),
    };
    meet(&mut visit, &named.user).await?;
    let goal = Goal { identifier: named.identifier, target };
    let not_now = |fault: TenantFault| visit.not_now(&fault, again(&visit, text, &goal.target));
    let client = doors.client(&visit.profile, request).await.map_err(not_now)?;
    let attempt = TicketAttempt {
        profile: Arc::clone(&visit.profile),
        ticket: named.ticket,
        source: doors.address(request).source,
        browser: visit.browser(),
        joins: named.joins,
        client: client.map(|known| known.client.id),
    };
    let answer = visit.tenants().attempt_ticket(attempt).await.map_err(not_now)?;
    let visit = visit.settled();
    match answered(&visit, &goal, Next::SecondFactor, answer).await {
        Tried::Page(page) => Ok(page),
        // Somebody was faster with it, or took it back: another look says which.
        Tried::Wrong { .. } | Tried::Unusable(_) => {
            let reason = usable(&visit, text).await?.err().unwrap_or(DeadTicket::Void);
            Ok(dead(&visit, reason))
        }
    }
}

/// A ticket with the name that its sign-in will show.
struct Named {
    user: UserId,
    identifier: String,
    ticket: Ticket,
    joins: TicketJoins,
}

async fn usable(visit: &Visit<'_>, text: &str) -> Result<Result<Named, DeadTicket>, HttpResponse> {
    let read = visit.tenants().ticket(&visit.profile, text).await;
    let read = read.map_err(|fault| visit.not_now(&fault, None))?;
    let ticket = match read {
        Ok(ticket) => ticket,
        Err(fault) => return Ok(Err(reason(fault))),
    };
    let Some(name) = ticket.name.clone() else { return Ok(Err(DeadTicket::Void)) };
    Ok(Ok(Named {
        user: ticket.user.clone(),
        identifier: name.0.clone(),
        ticket,
        // A language is the user's own, never the request's.
        joins: TicketJoins::AtOnce { name, locale: None },
    }))
}

const fn reason(fault: TicketFault) -> DeadTicket {
    match fault {
        TicketFault::Forged => DeadTicket::Forged,
        TicketFault::Expired => DeadTicket::Expired,
        TicketFault::Revoked => DeadTicket::Revoked,
        TicketFault::Used => DeadTicket::Used,
        TicketFault::Void => DeadTicket::Void,
    }
}

/// From here on pages speak the language of the ticket's user: it proves who they are.
async fn meet(visit: &mut Visit<'_>, user: &UserId) -> Result<(), HttpResponse> {
    let found = visit.doors.reader().user(visit.profile.id().clone(), user.clone()).await;
    if let Some(record) = found.map_err(|error| visit.not_now(&error.into(), None))? {
        visit.speak_to(&record.user);
    }
    Ok(())
}

/// The page with the button, to try again.
fn again(visit: &Visit<'_>, ticket: &str, target: &Option<Target>) -> Option<String> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("ticket", ticket);
    if let Some(target) = target {
        query.append_pair("redirect_url", &target.location);
    }
    Some(format!("{}?{}", visit.path(PATH), query.finish()))
}

fn dead(visit: &Visit<'_>, reason: DeadTicket) -> HttpResponse {
    let page = DeadTicketPage { frame: visit.frame(), reason };
    visit.page(StatusCode::GONE, &rules(None), &page)
}

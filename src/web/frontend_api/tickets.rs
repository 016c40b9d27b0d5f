//! Tickets: signing in with a token that the tenant's server gave away. It proves who it is for, so
//! what is wrong with it may be told. Also where a browser arrives that follows one. Decides nothing
//! itself.

use actix_web::http::header::{LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::factors::{Field, Tried, answered};
use super::front_door::Caller;
use super::sign_ins::Own;
use super::starts::may_start_with_ticket;
use crate::sign_in::Action;
use crate::tenant::{AttemptAnswer, Ticket, TicketAttempt, TicketFault, TicketJoins};
use crate::token::MAX_TICKET_CHARS;
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::operation::{
    Answered, Kind, Operation,
    Param::{May, Must},
    Takes, Verb,
};
use crate::web::{ApiError, ErrorKind};

/// Longest address to go back to, in bytes.
const MAX_URL_BYTES: usize = 2_048;

/// `GET tickets/accept`: 303 to the page that uses the ticket when its button is pressed. A mail
/// scanner that follows the link uses nothing up, and what is wrong with a ticket is said there, by
/// a page and to a person.
pub(super) async fn accept(caller: Caller, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let query = Params::of_query(&request)?;
    let ticket = query.required_secret("ticket", MAX_TICKET_CHARS)?;
    let back = query.text("redirect_url", MAX_URL_BYTES)?;
    let page = format!("{}/sign-in/ticket", caller.profile.pages_url);
    let mut page = Url::parse(&page).map_err(|_| ApiError::internal())?;
    page.query_pairs_mut().append_pair("ticket", ticket);
    if let Some(back) = back {
        // The page asks the tenant's list.
        page.query_pairs_mut().append_pair("redirect_url", back);
    }
    Ok(HttpResponse::SeeOther()
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((LOCATION, page.as_str()))
        .finish())
}

/// A sign-in that is made with its ticket.
pub(super) async fn sign_in_with_ticket(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    text: SecretString,
    locale: Option<String>,
) -> Result<HttpResponse, ApiError> {
    let ticket = genuine(doors, caller, &text).await?;
    let client = caller.client(doors, request).await?;
    may_start_with_ticket(doors, caller, client.as_ref(), &ticket).await?;
    // The flow has just refused a user without one.
    let name = ticket.name.clone().ok_or_else(ApiError::internal)?;
    let attempt = TicketAttempt {
        profile: caller.profile.clone(),
        ticket,
        source: doors.address(request).source,
        browser: caller.browser(doors, request),
        joins: TicketJoins::AtOnce { name, locale: locale.clone() },
        client: client.map(|known| known.client.id),
    };
    let (action, field) = (Action::AttemptFirstFactor, Field::Code);
    let tried = Tried { sign_in: None, action, field, locale: locale.as_deref() };
    tell(doors, caller, request, &text, attempt, &tried).await
}

/// A ticket in a sign-in that was opened for a name, which must be its user's.
pub(super) async fn try_ticket(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    own: Own,
    text: SecretString,
) -> Result<HttpResponse, ApiError> {
    let ticket = genuine(doors, caller, &text).await?;
    let (sign_in, action) = (&own.sign_in, Action::AttemptFirstFactor);
    let key = sign_in.canonical_key.clone().ok_or_else(ApiError::internal)?;
    let attempt = TicketAttempt {
        profile: caller.profile.clone(),
        ticket,
        source: doors.address(request).source,
        browser: caller.browser(doors, request),
        joins: TicketJoins::SignIn { id: sign_in.id.clone(), key },
        client: Some(own.client.client.id.clone()),
    };
    let (locale, field) = (sign_in.locale.as_deref(), Field::Code);
    let tried = Tried { sign_in: Some(&sign_in.id), action, field, locale };
    tell(doors, caller, request, &text, attempt, &tried).await
}

async fn tell(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    text: &SecretString,
    attempt: TicketAttempt,
    tried: &Tried<'_>,
) -> Result<HttpResponse, ApiError> {
    let answer = doors.tenants.attempt_ticket(attempt).await?;
    match answer {
        // Somebody was faster with it, or took it back: another look says which.
        AttemptAnswer::Unusable(_) | AttemptAnswer::Wrong { .. } => {
            genuine(doors, caller, text).await?;
            Err(ApiError::of(ErrorKind::SignInTokenCannotBeUsed))
        }
        AttemptAnswer::Complete(_)
        | AttemptAnswer::Passed(_)
        | AttemptAnswer::Verified(_)
        | AttemptAnswer::Locked(_)
        | AttemptAnswer::WrongAndLocked(_)
        | AttemptAnswer::Banned
        | AttemptAnswer::Deleted
        | AttemptAnswer::SignInVoid
        | AttemptAnswer::FactorDied => answered(doors, caller, request, tried, answer).await,
    }
}

async fn genuine(doors: &Doors, caller: &Caller, text: &SecretString) -> Result<Ticket, ApiError> {
    let read = doors.tenants.ticket(&caller.profile, text.expose_secret()).await?;
    read.map_err(|fault| {
        ApiError::of(match fault {
            TicketFault::Forged => ErrorKind::TicketInvalid,
            TicketFault::Expired => ErrorKind::TicketExpired,
            TicketFault::Revoked => ErrorKind::SignInTokenRevoked,
            TicketFault::Used => ErrorKind::SignInTokenUsed,
            TicketFault::Void => ErrorKind::SignInTokenCannotBeUsed,
        })
    })
}

pub(super) const OPERATIONS: &[Operation] =
    &[Operation::clerks(Verb::Get, "/tickets/accept", "acceptTicket", &[Takes::Proof], || {
        web::to(accept)
    })
    .query(&[Must("ticket", Kind::Secret), May("redirect_url", Kind::Text)])
    .answers(&[Answered::Redirect(303)])
    .errors(&[
        ErrorKind::ParamMissing,
        ErrorKind::ParamNil,
        ErrorKind::ParamTooLong,
        ErrorKind::ParamDuplicate,
        ErrorKind::ParamFormatInvalid,
    ])];

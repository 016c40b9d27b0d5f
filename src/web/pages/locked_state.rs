//! How the lock that this browser was shown stands now: what "check again" tells, and what the locked
//! page's script asks. It is told to nobody else: without a try of one's own there is no lock to ask
//! after, and an identifier that nobody has stands as any other.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};

use super::account;
use super::remembered::Opened;
use super::visit::{Answer, Visit, either};
use crate::lockout::LockView;
use crate::model::{Identifier, Until};
use crate::tenant::TenantFault;
use crate::web::doors::Doors;

/// What is so of the lock that this browser was shown.
pub(super) enum Stand {
    Locked(LockView),
    /// Over, or ended by this browser itself.
    Open(Opened),
    /// Nothing is remembered of a lock, and somebody is signed in.
    SignedIn,
    /// Nothing is remembered.
    Unknown,
}

/// `GET /t/{slug}/locked/state`: `{"state":"locked"|"open"|"unknown"}`.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let visit = Visit::open(request, doors).await?;
    let found = stand(&visit).await.map_err(|fault| visit.not_now(&fault, None))?;
    let body = match found {
        Stand::Locked(_) => "{\"state\":\"locked\"}",
        Stand::Open(_) | Stand::SignedIn => "{\"state\":\"open\"}",
        Stand::Unknown => "{\"state\":\"unknown\"}",
    };
    let mut answer = HttpResponse::Ok().body(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The page is still looked at: what it knows must not end before the lock does.
    if visit.remembered.ages(visit.now) {
        let remembered = visit.remembered.clone();
        return Ok(visit.carry(answer, &remembered));
    }
    Ok(answer)
}

/// Asks how things stand. Changes nothing.
pub(super) async fn stand(visit: &Visit<'_>) -> Result<Stand, TenantFault> {
    let remembered = &visit.remembered;
    if let Some(opened) = remembered.opened {
        return Ok(Stand::Open(opened));
    }
    let shown = remembered.lock.zip(Identifier::parse(&remembered.identifier).ok());
    let Some((shown, identifier)) = shown else {
        let present = account::present(visit).await?;
        return Ok(present.map_or(Stand::Unknown, |_session| Stand::SignedIn));
    };
    let source = visit.doors.address(visit.request).source;
    let claims = visit.browser().claims;
    let tenants = visit.tenants();
    let lock = tenants.lock_in_the_way(&visit.profile, &identifier.key, &source, claims).await?;
    Ok(match (lock, shown.until()) {
        (Some(lock), _) => Stand::Locked(lock),
        (None, Until::At(at)) if at <= visit.now => Stand::Open(Opened::EndedByItself { at: at.0 }),
        (None, Until::At(_) | Until::Unlocked) => Stand::Open(Opened::Somehow),
    })
}

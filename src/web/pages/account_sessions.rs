//! Where one's account is signed in: every live session, one of them or all others ended.

use actix_web::{HttpRequest, HttpResponse, web};

use super::own_account::{Own, done, notice, said};
use super::view::{AccountNotice, SessionItem, SessionsPage, SignedInBy};
use super::visit::{Answer, Visit, either};
use crate::model::SessionId;
use crate::sign_in::Strategy;
use crate::store::sessions::SessionStatus;
use crate::tenant::{OpenSessions, PlacedSession, TenantFault, UserChangeForm};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;

const PATH: &str = "/account/sessions";

/// `GET /t/{slug}/account/sessions`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/account/sessions`: the `session` to be ended, or `others`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let own = Own::of(&mut visit, PATH).await?;
    let user = own.card.record.user.id.clone();
    let live = Some(SessionStatus::Active);
    let found = visit.tenants().sessions_of(&visit.profile, user, live).await;
    let found = found.map_err(|fault| visit.not_now(&fault, Some(visit.path(PATH))))?;
    let mut sessions: Vec<SessionItem> = found.iter().map(|found| item(found, &own)).collect();
    // The one that is looked at from comes first.
    sessions.sort_by_key(|item| !item.here);
    let page = SessionsPage { frame: visit.frame(), notice: notice(&visit), sessions };
    Ok(said(&visit, &page))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let own = Own::of(&mut visit, PATH).await?;
    if form.has("others") {
        let sessions = OpenSessions::EndOthers(own.session.id.clone());
        own.write(&visit, PATH, UserChangeForm { sessions, ..UserChangeForm::default() }).await?;
        return Ok(done(&visit, PATH, AccountNotice::OthersSignedOut));
    }
    let ended = match form.raw("session").and_then(SessionId::parse) {
        Some(id) => end(&visit, &own, id).await,
        None => Ok(Ended::Nothing),
    };
    match ended.map_err(|fault| visit.not_now(&fault, Some(visit.path(PATH))))? {
        Ended::One => Ok(done(&visit, PATH, AccountNotice::DeviceSignedOut)),
        Ended::Nothing => Ok(visit.see(&visit.path(PATH))),
    }
}

enum Ended {
    One,
    Nothing,
}

/// Another user's is answered as one that never existed.
async fn end(visit: &Visit<'_>, own: &Own, id: SessionId) -> Result<Ended, TenantFault> {
    let found = visit.doors.reader().session(visit.profile.id().clone(), id.clone()).await?;
    let its = |session: &crate::store::sessions::Session| {
        session.user_id == own.session.user_id
            && session.status_at(visit.now) == SessionStatus::Active
    };
    if !found.as_ref().is_some_and(its) {
        return Ok(Ended::Nothing);
    }
    match visit.tenants().end_session(&visit.profile, id, SessionStatus::Revoked).await {
        Ok(_) => Ok(Ended::One),
        Err(TenantFault::NotFound) => Ok(Ended::Nothing),
        Err(
            fault @ (TenantFault::Busy { .. }
            | TenantFault::Unavailable
            | TenantFault::Conflict { .. }),
        ) => Err(fault),
    }
}

fn item(found: &PlacedSession, own: &Own) -> SessionItem {
    let PlacedSession { session, source, .. } = found;
    SessionItem {
        id: session.id.to_string(),
        here: session.id == own.session.id,
        place: source.as_ref().map(|source| source.to_string()),
        by: by(session.strategy.as_deref()),
        began: session.created_at,
        used: session.last_active_at,
    }
}

/// Clerk's word for the first factor, as a page says it.
fn by(strategy: Option<&str>) -> SignedInBy {
    let is = |wanted: Strategy| strategy == Some(wanted.as_str());
    if is(Strategy::Password) {
        SignedInBy::Password
    } else if is(Strategy::EmailCode) || is(Strategy::ResetPasswordEmailCode) {
        SignedInBy::MailedCode
    } else {
        SignedInBy::Otherwise
    }
}

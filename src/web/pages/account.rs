//! The account page (who you are, since when), signing out, and the tenant's front path. Reads the
//! client's session; never makes one.

use actix_web::{HttpRequest, HttpResponse, web};

use super::own_account::{Own, notice, said};
use super::remembered::{Remembered, Told};
use super::view::AccountPage;
use super::visit::{Answer, Visit, either};
use crate::store::sessions::{Session, SessionStatus};
use crate::store::users::User;
use crate::tenant::{ClientHandle, TenantFault};
use crate::web::doors::Doors;

/// `GET /t/{slug}/account`; without a session the sign-in page.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/sign-out`: ends all sessions of this browser.
pub(super) async fn sign_out(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_sign_out(&request, &doors).await)
}

/// `GET /t/{slug}`: there is nothing here but the sign-in page.
pub(super) async fn front(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(Visit::open(&request, &doors).await.map(|visit| visit.see(&visit.path("/sign-in"))))
}

/// The session that this browser has now, if any.
pub(super) async fn present(visit: &Visit<'_>) -> Result<Option<Session>, TenantFault> {
    let Some(client) = visit.doors.client(&visit.profile, visit.request).await? else {
        return Ok(None);
    };
    Ok(newest(visit, &client).await?.filter(|s| s.status_at(visit.now) == SessionStatus::Active))
}

/// The client's active session, else the one that ended last.
pub(super) async fn newest(
    visit: &Visit<'_>,
    known: &ClientHandle,
) -> Result<Option<Session>, TenantFault> {
    let sessions = visit.doors.reader().sessions_of_client(known.client.clone()).await?;
    let active = |session: &&Session| session.status_at(visit.now) == SessionStatus::Active;
    let last = known.client.last_active_session_id.as_ref();
    let chosen = sessions
        .iter()
        .filter(active)
        .find(|session| Some(&session.id) == last)
        .or_else(|| sessions.iter().rev().find(active))
        .or_else(|| sessions.last());
    Ok(chosen.cloned())
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let own = Own::of(&mut visit, "/account").await?;
    let page = AccountPage {
        frame: visit.frame(),
        notice: notice(&visit),
        name: full_name(&own.card.record.user),
        identifier: own.name(),
        session_since: own.session.created_at,
        has_password: own.has_password(),
        has_app: own.card.factors.totp,
        sign_out_path: visit.path("/sign-out"),
    };
    Ok(said(&visit, &page))
}

fn full_name(user: &User) -> Option<String> {
    let parts = [user.first_name.as_deref(), user.last_name.as_deref()];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.trim().is_empty()).then_some(name)
}

async fn try_sign_out(request: &HttpRequest, doors: &Doors) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path("/account")));
    if let Some(known) = doors.client(&visit.profile, request).await.map_err(not_now)? {
        let ended = visit.tenants().end_sessions_of_client(
            &visit.profile,
            known.client.id,
            SessionStatus::Removed,
        );
        ended.await.map_err(not_now)?;
    }
    let carried = Remembered { told: Some(Told::SignedOut), ..Remembered::default() };
    let mut answer = visit.carry(visit.see(&visit.path("/sign-in")), &carried);
    let _ = answer.add_cookie(&doors.client_cookie(&visit.profile).removal());
    Ok(answer)
}

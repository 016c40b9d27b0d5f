//! Whose account a page is about: the user of this browser's session. What was just done is said
//! once on the next page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::remembered::{Remembered, Told};
use super::view::AccountNotice;
use super::visit::Visit;
use super::{account, named_user};
use crate::store::sessions::{Session, SessionStatus};
use crate::tenant::{
    ChangedAccount, OwnBrowser, TenantFault, UserCard, UserChangeForm, passed_lately,
};
use crate::web::security_headers::PageRules;

/// A live session and its user.
pub(super) struct Own {
    pub session: Session,
    pub card: UserCard,
}

impl Own {
    /// The visitor's own account, and their language from here on. Without a session the early
    /// answer leads to the sign-in, and from there back to `path`.
    pub async fn of(visit: &mut Visit<'_>, path: &str) -> Result<Self, HttpResponse> {
        let found = Self::find(visit).await;
        let found = found.map_err(|fault| visit.not_now(&fault, Some(visit.path(path))))?;
        match found {
            Found::Live(own) => {
                visit.speak_to(&own.card.record.user);
                Ok(*own)
            }
            Found::Ended { told } => {
                let back = (path != "/account").then(|| visit.path(path));
                let answer = visit.see(&visit.path("/sign-in"));
                if told.is_none() && back.is_none() {
                    return Err(answer);
                }
                let kept = visit.remembered.clone();
                let carried = Remembered {
                    told: told.or(kept.told),
                    redirect_url: back.or(kept.redirect_url),
                    ..visit.remembered.clone()
                };
                Err(visit.carry(answer, &carried))
            }
        }
    }

    async fn find(visit: &Visit<'_>) -> Result<Found, TenantFault> {
        let nobody = Found::Ended { told: None };
        let Some(client) = visit.doors.client(&visit.profile, visit.request).await? else {
            return Ok(nobody);
        };
        let Some(session) = account::newest(visit, &client).await? else { return Ok(nobody) };
        match session.status_at(visit.now) {
            SessionStatus::Active => {}
            SessionStatus::Expired => {
                let told = Some(Told::SessionEnded { at: session.expire_at.0 });
                return Ok(Found::Ended { told });
            }
            SessionStatus::Ended
            | SessionStatus::Removed
            | SessionStatus::Revoked
            | SessionStatus::Replaced
            | SessionStatus::Abandoned
            | SessionStatus::Pending => return Ok(nobody),
        }
        // Deleting a user ends their sessions, so that only a race misses here.
        let card = visit.tenants().user(&visit.profile, session.user_id.clone()).await?;
        Ok(card.map_or(nobody, |card| Found::Live(Box::new(Self { session, card }))))
    }

    /// Whether the first factor was passed so lately that a second one may be changed.
    pub fn is_fresh(&self, visit: &Visit<'_>) -> bool {
        passed_lately(&self.session, visit.now)
    }

    /// What the user knows their account by.
    pub fn name(&self) -> String {
        let primary = named_user::primary(&self.card.record);
        primary.unwrap_or_else(|| self.card.record.user.id.to_string())
    }

    pub fn has_password(&self) -> bool {
        self.card.record.user.password_hash.is_some()
    }

    /// The browser that is looked at from, for a change after which it is to be known again.
    pub fn browser(&self, visit: &Visit<'_>) -> OwnBrowser {
        OwnBrowser {
            session: self.session.id.clone(),
            source: visit.doors.address(visit.request).source,
            device: visit.browser().device,
        }
    }

    /// Makes a change to the user; the early answer is the page for "not now".
    pub async fn write(
        &self,
        visit: &Visit<'_>,
        path: &str,
        form: UserChangeForm,
    ) -> Result<ChangedAccount, HttpResponse> {
        let id = self.card.record.user.id.clone();
        match visit.tenants().change_account(&visit.profile, id, form).await {
            Ok(changed) => Ok(changed),
            Err(TenantFault::NotFound) => Err(visit.see(&visit.path("/sign-in"))),
            Err(
                fault @ (TenantFault::Busy { .. }
                | TenantFault::Unavailable
                | TenantFault::Conflict { .. }),
            ) => Err(visit.not_now(&fault, Some(visit.path(path)))),
        }
    }
}

enum Found {
    Live(Box<Own>),
    Ended { told: Option<Told> },
}

/// What was just done, for the page that says it.
pub(super) fn notice(visit: &Visit<'_>) -> Option<AccountNotice> {
    match visit.remembered.told {
        Some(Told::Done(notice)) => Some(notice),
        Some(Told::SignedOut | Told::SessionEnded { .. } | Told::StartAgain) | None => None,
    }
}

/// A page (200) that said its notice; the next one does not.
pub(super) fn said(visit: &Visit<'_>, page: &impl Template) -> HttpResponse {
    let answer = visit.page(StatusCode::OK, &PageRules::PLAIN, page);
    match notice(visit) {
        None => answer,
        Some(_) => visit.carry(answer, &Remembered { told: None, ..visit.remembered.clone() }),
    }
}

/// To the page `path`, which says what was done.
pub(super) fn done(visit: &Visit<'_>, path: &str, notice: AccountNotice) -> HttpResponse {
    let carried = Remembered { told: Some(Told::Done(notice)), ..Remembered::default() };
    visit.carry(visit.see(&visit.path(path)), &carried)
}

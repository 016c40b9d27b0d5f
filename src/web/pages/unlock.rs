//! The pages behind an unlock link. GET and HEAD only look; the button presses; the page after it
//! stands under its own address without the secret, so that a reload repeats nothing. No cookie is
//! needed for the press, and none of this signs anybody in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::named_user::{masked, primary};
use super::remembered::{Opened, Remembered};
use super::sign_in;
use super::view::{
    DeadLink, DeadLinkPage, DeadLinkResend, StillLocked, StillLockedPage, UnlockConfirmPage,
    UnlockedPage, UnlockedState,
};
use super::visit::{Answer, Visit, either};
use crate::lockout::PressVoid;
use crate::model::{Millis, Span, Until, UserId};
use crate::store::users::UserRecord;
use crate::tenant::{LinkPage, PassToken, PressAnswer, ReadyLink, TenantFault};
use crate::web::doors::Doors;
use crate::web::security_headers::PageRules;

/// `GET /t/{slug}/unlock/{token}`: changes nothing.
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/unlock/{token}`: the press.
pub(super) async fn press(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_press(&request, &doors).await)
}

/// `GET /t/{slug}/unlocked`: what the press did, and the sign-in form. Without its facts (another
/// browser, half an hour later) the plain sign-in page.
pub(super) async fn done(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let visit = match Visit::open(&request, &doors).await {
        Ok(visit) => visit,
        Err(early) => return early,
    };
    match visit.remembered.opened {
        Some(opened) => {
            let identifier = visit.remembered.identifier.clone();
            unlocked(&visit, opened, identifier, &PageRules::PLAIN)
        }
        None => visit.see(&visit.path("/sign-in")),
    }
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let link = Link::open(request, doors).await?;
    let visit = &link.visit;
    if request.method() == actix_web::http::Method::GET {
        visit.tenants().note_visit(&visit.profile, &link.token);
    }
    let found = visit.tenants().unlock_link(&visit.profile, &link.token).await;
    match found.map_err(|fault| link.not_now(&fault))? {
        LinkPage::Ready(ready) => link.confirm(&ready).await,
        LinkPage::Void { user, why } => match opened(why, visit.now) {
            Some(opened) => {
                let record = link.record(user).await?;
                let identifier = record.as_ref().and_then(primary).unwrap_or_default();
                Ok(unlocked(visit, opened, identifier, &PageRules::SECRET))
            }
            None => link.void(user, why).await,
        },
        LinkPage::Expired { at, lifetime, .. } => Ok(link.expired(at, lifetime)),
        LinkPage::Forged => Ok(link.forged()),
    }
}

async fn try_press(request: &HttpRequest, doors: &Doors) -> Answer {
    let link = Link::open(request, doors).await?;
    let visit = &link.visit;
    visit.own_or_nameless_form()?;
    let pressed = visit.tenants().press_link(&visit.profile, &link.token).await;
    let link = link.settled();
    let visit = &link.visit;
    match pressed.map_err(|fault| link.not_now(&fault))? {
        PressAnswer::Unlocked { user, at, tries, pass } => {
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            Ok(link.done(user, Opened::Now { at: at.0, tries }, pass.as_ref()).await)
        }
        PressAnswer::Void { user, why, pass } => match opened(why, visit.now) {
            Some(opened) => Ok(link.done(user, opened, pass.as_ref()).await),
            None => {
                let mut answer = link.void(user, why).await?;
                visit.give_lane(&mut answer, pass.as_ref().map(|pass| pass.0.as_str()));
                Ok(answer)
            }
        },
        PressAnswer::Expired { at, lifetime, .. } => Ok(link.expired(at, lifetime)),
        PressAnswer::Forged => Ok(link.forged()),
    }
}

/// How the account is open, where a link is void because it is.
pub(super) fn opened(why: PressVoid, now: Millis) -> Option<Opened> {
    match why {
        PressVoid::AlreadyUnlocked { at } => Some(Opened::Already { at: at.0 }),
        // An end that lies ahead was cut short by staff, a reset or a sign-in, at an instant that
        // is not on record.
        PressVoid::EpisodeOver { lock_ended } => Some(match lock_ended.filter(|end| *end <= now) {
            Some(end) => Opened::EndedByItself { at: end.0 },
            None => Opened::Somehow,
        }),
        PressVoid::Superseded
        | PressVoid::StaffLocked
        | PressVoid::LongRunLocked
        | PressVoid::DailyLimit { .. }
        | PressVoid::Unknown => None,
    }
}

/// The account is open: since when, and the sign-in form.
pub(super) fn unlocked(
    visit: &Visit<'_>,
    opened: Opened,
    identifier: String,
    rules: &PageRules<'_>,
) -> HttpResponse {
    let state = match opened {
        Opened::Now { at, tries } => UnlockedState::Now { at: Millis(at), tries },
        Opened::Already { at } => UnlockedState::Already { at: Millis(at) },
        Opened::EndedByItself { at } => UnlockedState::EndedByItself { at: Millis(at) },
        Opened::Somehow => UnlockedState::Somehow,
    };
    let target = visit.accept(visit.remembered.redirect_url.as_deref());
    let page = UnlockedPage {
        frame: visit.frame(),
        state,
        identifier,
        redirect_url: target.as_ref().map(|target| target.location.clone()),
    };
    let rules = PageRules { form_target: sign_in::rules(target.as_ref()).form_target, ..*rules };
    visit.page(StatusCode::OK, &rules, &page)
}

/// Which lock a press does not end.
pub(super) enum Held {
    Staff,
    LongRun,
    DailyLimit { until: Millis },
}

/// The page of a press that proved the mailbox and ended nothing.
pub(super) async fn still_locked(
    visit: &Visit<'_>,
    user: UserId,
    held: Held,
) -> Result<StillLockedPage, TenantFault> {
    let reason = match held {
        Held::Staff => {
            let card = visit.tenants().user(&visit.profile, user).await?;
            let lock = card.and_then(|card| card.lock);
            StillLocked::Staff { until: lock.map_or(Until::Unlocked, |lock| lock.until) }
        }
        Held::LongRun => StillLocked::LongRun,
        Held::DailyLimit { until } => {
            let policy = visit.tenants().live_policy(&visit.profile).await?.policy()?;
            let limit = u32::try_from(policy.unlocks_per_day).unwrap_or(u32::MAX);
            StillLocked::DailyLimit { limit, again_at: until }
        }
    };
    Ok(StillLockedPage { frame: visit.frame(), reason })
}

/// On to the page after a press, with the identifier for its form and the grace pass it gave.
pub(super) fn see_done(
    visit: &Visit<'_>,
    identifier: String,
    opened: Opened,
    pass: Option<&PassToken>,
) -> HttpResponse {
    let carried = Remembered {
        identifier,
        redirect_url: visit.remembered.redirect_url.clone(),
        opened: Some(opened),
        ..Remembered::default()
    };
    let mut answer = visit.carry(visit.see(&visit.path("/unlocked")), &carried);
    visit.give_lane(&mut answer, pass.map(|pass| pass.0.as_str()));
    answer
}

/// A visit to a link's address.
struct Link<'r> {
    visit: Visit<'r>,
    token: String,
}

impl<'r> Link<'r> {
    async fn open(request: &'r HttpRequest, doors: &'r Doors) -> Result<Self, HttpResponse> {
        let visit = Visit::open(request, doors).await?;
        let token = request.match_info().get("token").unwrap_or_default().to_owned();
        Ok(Self { visit, token })
    }

    fn settled(self) -> Self {
        Self { visit: self.visit.settled(), ..self }
    }

    /// The link itself. Only genuine tokens get that far, or the path as it was asked for.
    fn path(&self) -> String {
        self.visit.request.path().to_owned()
    }

    fn not_now(&self, fault: &TenantFault) -> HttpResponse {
        self.visit.not_now(fault, Some(self.path()))
    }

    async fn record(&self, user: UserId) -> Result<Option<UserRecord>, HttpResponse> {
        let tenant = self.visit.profile.id().clone();
        let read = self.visit.doors.reader().user(tenant, user).await;
        read.map_err(|error| self.not_now(&error.into()))
    }

    async fn confirm(&self, ready: &ReadyLink) -> Answer {
        let Some(record) = self.record(ready.user.clone()).await? else { return Ok(self.forged()) };
        let since = ready.locked_at.or_else(|| ready.lock.map(|lock| lock.since));
        let page = UnlockConfirmPage {
            frame: self.visit.frame_for(&record.user),
            action: self.path(),
            account: masked(&record),
            locked_at: since.unwrap_or(self.visit.now),
            failures: u32::try_from(ready.failures).unwrap_or(u32::MAX),
            tries_after: u32::try_from(ready.tries_after).unwrap_or(u32::MAX),
            link_expires_at: ready.expires_at,
            lock_ended: ready.lock_ended,
        };
        Ok(self.visit.page(StatusCode::OK, &PageRules::SECRET, &page))
    }

    async fn done(&self, user: UserId, opened: Opened, pass: Option<&PassToken>) -> HttpResponse {
        // The press stands whatever becomes of the page after it.
        let record = self.record(user).await.unwrap_or_default();
        let identifier = record.as_ref().and_then(primary).unwrap_or_default();
        see_done(&self.visit, identifier, opened, pass)
    }

    async fn void(&self, user: UserId, why: PressVoid) -> Answer {
        let held = match why {
            PressVoid::Superseded => return Ok(self.dead(DeadLink::Superseded)),
            PressVoid::Unknown
            | PressVoid::AlreadyUnlocked { .. }
            | PressVoid::EpisodeOver { .. } => {
                return Ok(self.forged());
            }
            PressVoid::StaffLocked => Held::Staff,
            PressVoid::LongRunLocked => Held::LongRun,
            PressVoid::DailyLimit { until } => Held::DailyLimit { until },
        };
        let page = still_locked(&self.visit, user, held).await;
        let page = page.map_err(|fault| self.not_now(&fault))?;
        Ok(self.visit.page(StatusCode::OK, &PageRules::SECRET, &page))
    }

    fn expired(&self, at: Millis, lifetime: Span) -> HttpResponse {
        self.dead(DeadLink::Expired { at, lifetime })
    }

    /// A genuine link without effect: the mail's receiver is one press away from a new one.
    fn dead(&self, reason: DeadLink) -> HttpResponse {
        let resend = DeadLinkResend::ToKnown { token: self.token.clone() };
        let page = DeadLinkPage { frame: self.visit.frame(), reason, resend };
        self.visit.page(StatusCode::GONE, &PageRules::SECRET, &page)
    }

    /// One page for everything that is no link of ours, a link whose user is gone included.
    fn forged(&self) -> HttpResponse {
        let resend = DeadLinkResend::AskAddress;
        let page = DeadLinkPage { frame: self.visit.frame(), reason: DeadLink::Forged, resend };
        self.visit.page(StatusCode::GONE, &PageRules::SECRET, &page)
    }
}

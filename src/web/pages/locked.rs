//! The locked page: the answer to a sign-in while locked, the failure that locks included, and to
//! "check again". What it shows follows from the lock and from what this browser did, never from who
//! has the identifier.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::locked_state::{Stand, stand};
use super::remembered::{LockEnd, Remembered};
use super::unlock;
use super::view::{Frame, LockShown, LockedPage, Resend};
use super::visit::{Answer, Visit, either};
use crate::lockout::{LockKind, LockView};
use crate::tenant::MAIL_SPACING;
use crate::web::doors::Doors;
use crate::web::page::retry_after;
use crate::web::redirect::Target;
use crate::web::security_headers::PageRules;

/// `GET /t/{slug}/locked`: the page of the lock that this browser was shown, or that it is over.
pub(super) async fn check_again(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_check_again(&request, &doors).await)
}

async fn try_check_again(request: &HttpRequest, doors: &Doors) -> Answer {
    let visit = Visit::open(request, doors).await?;
    let found = stand(&visit).await;
    let visit = visit.settled();
    let identifier = visit.remembered.identifier.clone();
    match found.map_err(|fault| visit.not_now(&fault, Some(visit.path("/locked"))))? {
        Stand::Locked(lock) => {
            let target = visit.accept(visit.remembered.redirect_url.as_deref());
            Ok(answer(&visit, &identifier, target.as_ref(), lock).await)
        }
        Stand::Open(opened) => Ok(unlock::unlocked(&visit, opened, identifier, &PageRules::PLAIN)),
        // Which leads on where somebody is signed in.
        Stand::SignedIn | Stand::Unknown => Ok(visit.see(&visit.path("/sign-in"))),
    }
}

/// 403 with `Retry-After` where the lock ends by itself.
pub(super) async fn answer(
    visit: &Visit<'_>,
    identifier: &str,
    target: Option<&Target>,
    lock: LockView,
) -> HttpResponse {
    // A database with a clock of its own may be ahead of ours: no wait is longer than its lock.
    let now = visit.now.max(lock.since);
    let redirect_url = target.map(|target| target.location.clone());
    let asked = visit.remembered.asked_lately(identifier, now, MAIL_SPACING);
    let page = LockedPage {
        frame: Frame { now, ..visit.frame() },
        identifier: identifier.to_owned(),
        lock: shown(lock),
        resend: resend(visit, asked).await,
        redirect_url: redirect_url.clone(),
    };
    let mut answer = visit.page(StatusCode::FORBIDDEN, &PageRules::TURNING, &page);
    retry_after(&mut answer, lock.until.remaining(now));
    let carried = Remembered {
        identifier: identifier.to_owned(),
        redirect_url,
        lock: Some(LockEnd::of(lock.until)),
        mail_asked_at: asked.map(|at| at.0),
        ..Remembered::default()
    };
    visit.carry(answer, &carried)
}

fn shown(lock: LockView) -> LockShown {
    match (lock.staff, lock.kind) {
        (true, _) => LockShown::Staff { until: lock.until },
        (false, LockKind::Automatic) => LockShown::Automatic { until: lock.until },
        (false, LockKind::LongRun) => LockShown::LongRun,
    }
}

async fn resend(visit: &Visit<'_>, asked: Option<crate::model::Millis>) -> Resend {
    // Where the policy cannot be read the button stays: the request itself is decided by it.
    let policy = visit.tenants().policy_at_hand(&visit.profile).await;
    if policy.is_ok_and(|policy| !policy.unlock_mail) {
        return Resend::Off;
    }
    match asked {
        Some(at) => Resend::Pause { sent_at: Some(at), next_at: at.after(MAIL_SPACING) },
        None => Resend::Possible,
    }
}

//! Locking and unlocking one account by hand, each on a page that asks for the reason first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_story::{name_of, user_of};
use super::locks_many::reason;
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::lock_deed::{Asked, LockDeed, LockDeedPage, LockDeedProblem};
use crate::lockout::parse_span;
use crate::model::{Span, Until, UserId};
use crate::store::team::Role;
use crate::tenant::{ByHand, TenantFault};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{DESK, May, Page, Verb};

/// Shortest and longest lock by hand: those of the policy's fields.
const LEAST: Span = Span::SECOND;
const MOST: Span = Span::DAY.times(365);
/// What is typed for a lock without an end, as the page says.
const ENDLESS: &str = "until unlocked";
/// Longest duration looked at, in characters.
const MAX_TYPED: usize = 64;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/locks/{user}/lock",
        may: May::These(DESK),
        states: &["lock"],
        route: || web::to(show_lock),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/locks/{user}/lock",
        may: May::These(DESK),
        states: &["faults"],
        route: || web::to(lock),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/locks/{user}/unlock",
        may: May::These(DESK),
        states: &["unlock"],
        route: || web::to(show_unlock),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/locks/{user}/unlock",
        may: May::These(DESK),
        states: &["no-reason"],
        route: || web::to(unlock),
    },
];

async fn show_lock(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk, LockDeed::Lock).await.unwrap_or_else(|early| early)
}

async fn show_unlock(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk, LockDeed::Unlock).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk, deed: LockDeed) -> Answer {
    let page = page(desk, deed, Asked::default(), Vec::new()).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

async fn page(
    desk: &Desk,
    deed: LockDeed,
    asked: Asked,
    problems: Vec<LockDeedProblem>,
) -> Result<LockDeedPage, HttpResponse> {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let read = desk.tenants().user(&desk.profile, user.clone()).await;
    let found = read.map_err(|fault| desk.not_now(&fault))?;
    let card = found.ok_or_else(|| desk.not_found())?;
    let policy = desk.tenants().policy_at_hand(&desk.profile).await;
    let policy = policy.map_err(|fault| desk.not_now(&fault))?;
    let back = desk.path(&format!("/locks/{user}"));
    let below = match deed {
        LockDeed::Lock => "lock",
        LockDeed::Unlock => "unlock",
    };
    let entry = if desk.role == Role::Support { Entry::Inbox } else { Entry::Locks };
    Ok(LockDeedPage {
        frame: desk.frame(entry),
        deed,
        name: name_of(&card),
        path: format!("{back}/{below}"),
        back,
        usual: policy.manual_lock_duration,
        asked,
        problems,
    })
}

async fn lock(Acts { desk, form }: Acts) -> HttpResponse {
    try_lock(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn unlock(Acts { desk, form }: Acts) -> HttpResponse {
    try_unlock(&desk, &form).await.unwrap_or_else(|early| early)
}

/// How long, as typed: nothing is the policy's own length.
enum Length {
    Usual,
    For(Span),
    Endless,
    Unread,
}

fn length(typed: &str) -> Length {
    if typed.is_empty() {
        return Length::Usual;
    }
    if typed.eq_ignore_ascii_case(ENDLESS) {
        return Length::Endless;
    }
    let span = parse_span(typed).filter(|span| (LEAST.0..=MOST.0).contains(&span.0));
    span.map_or(Length::Unread, Length::For)
}

async fn try_lock(desk: &Desk, form: &Params) -> Answer {
    let typed = form.raw("duration").unwrap_or_default().trim();
    let asked = Asked { duration: typed.chars().take(MAX_TYPED).collect(), reason: reason(form) };
    let length = length(&asked.duration);
    let mut problems = Vec::new();
    if matches!(length, Length::Unread) {
        problems.push(LockDeedProblem::Duration);
    }
    if asked.reason.is_empty() {
        problems.push(LockDeedProblem::Reason);
    }
    if !problems.is_empty() {
        return refused(desk, LockDeed::Lock, asked, problems).await;
    }
    let until = match length {
        Length::Usual | Length::Unread => None,
        Length::For(span) => Some(Until::At(desk.now().after(span))),
        Length::Endless => Some(Until::Unlocked),
    };
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let actor = desk.staff().actor();
    let by = ByHand { actor: &actor, reason: &asked.reason };
    let did = desk.tenants().lock_by_hand(&desk.profile, user.clone(), until, by).await;
    did.map_err(|fault| gone(desk, &fault))?;
    Ok(done(desk, &user, Catalogue::get("en").line("lock-did")))
}

async fn try_unlock(desk: &Desk, form: &Params) -> Answer {
    let asked = Asked { duration: String::new(), reason: reason(form) };
    if asked.reason.is_empty() {
        let problems = vec![LockDeedProblem::Reason];
        return refused(desk, LockDeed::Unlock, asked, problems).await;
    }
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let actor = desk.staff().actor();
    let unlocked =
        desk.tenants().unlock_user(&desk.profile, user.clone(), &actor, Some(asked.reason)).await;
    unlocked.map_err(|fault| gone(desk, &fault))?;
    Ok(done(desk, &user, Catalogue::get("en").line("unlock-did")))
}

async fn refused(
    desk: &Desk,
    deed: LockDeed,
    asked: Asked,
    problems: Vec<LockDeedProblem>,
) -> Answer {
    let page = page(desk, deed, asked, problems).await?;
    Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn done(desk: &Desk, user: &UserId, words: String) -> HttpResponse {
    desk.hall.done(&desk.path(&format!("/locks/{user}")), &Done { words, link: None })
}

/// A user who is not there is told as any page that is not.
pub(super) fn gone(desk: &Desk, fault: &TenantFault) -> HttpResponse {
    match fault {
        TenantFault::NotFound => desk.not_found(),
        TenantFault::Busy { .. } | TenantFault::Unavailable | TenantFault::Conflict { .. } => {
            desk.not_now(fault)
        }
    }
}

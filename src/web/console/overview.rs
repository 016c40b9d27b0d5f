//! The first page of a tenant's console: what is so now. Only numbers that are counted when the page
//! is asked for, and none that the lists behind them would not show.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::attacks::running;
use super::desk::{Answer, Desk, Looks};
use super::policy::overlay_on;
use super::view::attacks::Stretch;
use super::view::frame::Entry;
use super::view::kept_out::{DRAWN, KeptOutCard};
use super::view::overview::{FirstStep, LockLine, LockWord, OverviewPage};
use crate::model::branding::Branding;
use crate::store::console::{LockedRow, Overview};
use crate::store::counted::Counted;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/overview",
    may: May::These(READERS),
    states: &["first-day", "quiet", "busy", "overlay", "long-names", "kept-out", "kept-out-cut"],
    route: || web::to(show),
}];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let read = desk.reader().overview(desk.profile.id().clone(), desk.now()).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let read = desk.tenants().policies_now(&desk.profile).await;
    let now = read.map_err(|fault| desk.not_now(&fault))?;
    // As the funnel that it leads to.
    let (week, drawn) = (Stretch::Week.begins(desk.now()), desk.now().before(DRAWN));
    let read = desk.reader().kept_out(desk.profile.id().clone(), week, drawn).await;
    let kept_out = read.map_err(|error| desk.not_now(&error.into()))?;
    let frame = desk.frame(Entry::Overview);
    let funnel_path = format!("{}?last={}#funnel", desk.path("/attacks"), Stretch::Week.as_str());
    let page = OverviewPage {
        kept_out: KeptOutCard::new(frame.clone(), kept_out, funnel_path, desk.path("/policy")),
        steps: steps(desk, now.live.version, &found),
        test_lock_path: desk.path("/test-lock"),
        settings_path: desk.path("/settings"),
        branding_path: desk.path("/branding"),
        mail_path: desk.path("/mail"),
        keys_path: desk.path("/keys"),
        running: running(desk).await?,
        attacks_path: desk.path("/attacks"),
        overlay: overlay_on(&now),
        policy_path: desk.path("/policy"),
        may_end: EDITORS.contains(&desk.role),
        frame,
        users: found.users,
        locked: found.locked,
        open_requests: found.open_requests,
        locks: found.locks.into_iter().map(|row| line(desk, row)).collect(),
        locks_path: desk.path("/locks"),
        users_path: desk.path("/users"),
        inbox_path: desk.path("/inbox"),
        support_path: desk.profile.base_path.clone() + "/support",
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// What a tenant does first, and what of it is done: nothing once all of it is.
fn steps(desk: &Desk, version: i64, found: &Overview) -> Vec<(FirstStep, bool)> {
    let (profile, tenant) = (&desk.profile, &desk.profile.tenant);
    let branded = tenant.brand_color.is_some() || profile.branding != Branding::default();
    let steps = vec![
        (FirstStep::Brand, branded),
        (FirstStep::Mail, found.mail_proved),
        (FirstStep::App, !profile.redirect_urls.is_empty() || !profile.allowed_origins.is_empty()),
        (FirstStep::Policy, version > 1),
        (FirstStep::Lock, tenant.test_locked_at.is_some()),
        (FirstStep::Key, found.key_used),
        (FirstStep::Users, found.users != Counted::Exactly(0)),
    ];
    if steps.iter().all(|(_, done)| *done) { Vec::new() } else { steps }
}

fn line(desk: &Desk, row: LockedRow) -> LockLine {
    LockLine {
        path: desk.path(&format!("/locks/{}", row.user)),
        name: row.name,
        word: match (row.by_staff, row.long_run) {
            (true, _) => LockWord::Staff,
            (false, true) => LockWord::LongRun,
            (false, false) => LockWord::Locked,
        },
        until: row.until,
    }
}

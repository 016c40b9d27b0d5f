//! The first page of a tenant's console: what is so now. Only numbers that are counted when the page
//! is asked for, and none that the lists behind them would not show.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Answer, Desk, Looks};
use super::view::frame::Entry;
use super::view::overview::{LockLine, LockWord, OverviewPage};
use crate::store::console::{LockedRow, Overview};
use crate::store::team::Role;
use crate::web::page_table::{May, Page, Verb};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/overview",
    may: May::These(&Role::ALL),
    states: &["quiet", "busy", "long-names"],
    route: || web::to(show),
}];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let read = desk.reader().overview(desk.profile.id().clone(), desk.now()).await;
    let Overview { users, locked, open_requests, locks } =
        read.map_err(|error| desk.not_now(&error.into()))?;
    let page = OverviewPage {
        frame: desk.frame(Entry::Overview),
        users,
        locked,
        open_requests,
        locks: locks.into_iter().map(line).collect(),
        support_path: desk.profile.base_path.clone() + "/support",
    };
    Ok(desk.page(StatusCode::OK, &page))
}

fn line(row: LockedRow) -> LockLine {
    LockLine {
        name: row.name,
        word: match (row.by_staff, row.long_run) {
            (true, _) => LockWord::Staff,
            (false, true) => LockWord::LongRun,
            (false, false) => LockWord::Locked,
        },
        until: row.until,
    }
}

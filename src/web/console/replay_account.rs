//! One account of a replay: the page behind its name. The draft is the address, as on the replay itself.
//! Nothing is written.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Answer, Desk, Looks};
use super::lock_panel::{line, shown_source};
use super::lock_story::{name_of, user_of};
use super::policy_form::sent;
use super::replay::{Asked, asked};
use super::view::frame::Entry;
use super::view::replay_account::{AccountDeed, AccountStep, Recorded, ReplayAccountPage};
use crate::store::audit::AuditRow;
use crate::tenant::{AccountLine, Happened};
use crate::web::page_table::{May, Page, READERS, Verb};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/policy/replay/{user}",
    may: May::These(READERS),
    states: &["differs", "nothing-recorded", "shortened"],
    route: || web::to(show),
}];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let Asked { question, document, days } = asked(desk).await?;
    let read = desk.tenants().replay_of_account(&desk.profile, user.clone(), &question).await;
    let found = read.map_err(|fault| desk.not_now(&fault))?;
    let found = found.ok_or_else(|| desk.not_found())?;
    let page = ReplayAccountPage {
        frame: desk.frame(Entry::Policy),
        name: name_of(&found.card),
        days,
        from: found.window.from,
        steps: found.lines.iter().map(|line| step(desk, line)).collect(),
        older: found.older,
        cut: found.cut,
        locks_now: found.locks_now,
        locks_draft: found.locks_draft,
        draft: sent(&document),
        replay_path: desk.path("/policy/replay"),
        story_path: desk.path(&format!("/locks/{user}")),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

fn step(desk: &Desk, of: &AccountLine) -> AccountStep {
    let recorded = match &of.happened {
        Happened::Tried(row) => {
            Recorded::Try { line: line(desk, row), with: row.authenticator.parse().ok() }
        }
        Happened::Refused(sum) => {
            Recorded::Refused { tries: sum.tries, from: shown_source(desk, sum.source.as_str()) }
        }
        Happened::Fact(fact) => Recorded::Deed(deed(fact)),
    };
    AccountStep { at: of.at, recorded, draft: of.draft }
}

fn deed(fact: &AuditRow) -> AccountDeed {
    let detail: serde_json::Value = serde_json::from_str(&fact.detail).unwrap_or_default();
    let by = detail.get("by").and_then(serde_json::Value::as_str);
    match (fact.action.as_str(), by) {
        ("user.locked", _) => AccountDeed::Locked,
        (_, Some("press")) => AccountDeed::UnlockedByMail,
        (_, Some("reset")) => AccountDeed::Reset,
        (_, Some(_) | None) => AccountDeed::Unlocked,
    }
}

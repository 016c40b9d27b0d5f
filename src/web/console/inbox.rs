//! The inbox: who waits for an answer, the one whose lock ends first at the top. The view, the search
//! and the place in the list are the address.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Answer, Desk, Looks};
use super::reply_text::saved;
use super::staff_names::{colleagues, staff_names};
use super::view::frame::Entry;
use super::view::inbox::{InboxPage, RowState, Tab, TicketLine};
use super::view::request::Hands;
use crate::model::{ContactRequestId, Identifier, IdentifierKind, Millis, UserId};
use crate::store::alerts::AlertRow;
use crate::store::contact_requests::ContactRequestStatus;
use crate::store::inbox::{After, InboxQuery, InboxRow, Search, View};
use crate::store::team::Role;
use crate::support::words;
use crate::web::body::Params;
use crate::web::page_table::{DESK, May, Page, Verb};

/// Longest search looked at, in characters.
const MAX_SEARCH_CHARS: usize = 200;

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/inbox",
    may: May::These(&Role::ALL),
    states: &["none", "full", "filtered", "nothing-found", "wave", "auditor"],
    route: || web::to(show),
}];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let tab = query.raw("view").and_then(Tab::parse).unwrap_or(Tab::Open);
    let asked: String =
        query.raw("q").unwrap_or_default().trim().chars().take(MAX_SEARCH_CHARS).collect();
    let staff = desk.staff().id().clone();
    let wave = wave_of(desk, query.raw("wave")).await?;
    let asking = InboxQuery {
        tenant: desk.profile.id().clone(),
        view: view_of(tab, &staff),
        search: (!asked.is_empty()).then(|| search_of(&asked)),
        wave: wave.as_ref().map(AlertRow::wave),
        after: query.raw("after").and_then(parse_place),
        now: desk.now(),
    };
    let later = asking.after.is_some();
    let read = desk.reader().inbox(asking, staff).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let assignees = found.rows.iter().filter_map(|row| row.request.assignee.clone());
    let names = staff_names(desk, assignees).await?;
    let waves = desk.reader().waves(desk.profile.id().clone(), desk.now()).await;
    let waves = waves.map_err(|error| desk.not_now(&error.into()))?;
    let page = InboxPage {
        frame: desk.frame(Entry::Inbox),
        path: desk.path("/inbox"),
        tab,
        asked,
        wave: wave.map(|row| row.number),
        waves: waves.into_iter().map(|wave| (wave.number, wave.began, wave.open)).collect(),
        hands: if DESK.contains(&desk.role) { Hands::Free } else { Hands::Tied },
        saved: saved(desk).await?,
        colleagues: if DESK.contains(&desk.role) { colleagues(desk).await? } else { Vec::new() },
        all_picked: query.raw("pick") == Some("all"),
        open: found.open,
        mine: found.mine,
        unassigned: found.unassigned,
        later,
        next: found.next.map(|after| format!("{}.{}", after.due_at.0, after.id)),
        tickets: found.rows.into_iter().map(|row| line(desk, row, &names)).collect(),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// The attack whose requests are asked for, if there was one.
async fn wave_of(desk: &Desk, asked: Option<&str>) -> Result<Option<AlertRow>, HttpResponse> {
    let Some(number) = asked.and_then(|asked| asked.parse::<i64>().ok()) else { return Ok(None) };
    let read = desk.reader().alerts(desk.profile.id().clone()).await;
    let rows = read.map_err(|error| desk.not_now(&error.into()))?;
    Ok(rows.into_iter().find(|row| row.number == number))
}

fn view_of(tab: Tab, staff: &UserId) -> View {
    match tab {
        Tab::Open => View::Open,
        Tab::Mine => View::Mine(staff.clone()),
        Tab::Unassigned => View::Unassigned,
        Tab::Closed => View::Closed,
        Tab::Spam => View::Spam,
    }
}

/// A reference, an address or number, or words; a name can be both of the last.
fn search_of(asked: &str) -> Search {
    let identifier = Identifier::parse(asked).ok();
    let is_address = identifier.as_ref().is_some_and(|name| name.kind != IdentifierKind::Username);
    Search {
        reference: reference_of(asked),
        key: identifier.map(|name| name.key),
        words: if is_address { Default::default() } else { words::of([asked]) },
    }
}

/// As references are read aloud: with or without `LK`, hyphens and capitals.
fn reference_of(asked: &str) -> Option<String> {
    let plain: String = asked.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let plain = plain.to_ascii_uppercase();
    let plain = plain.strip_prefix("LK").unwrap_or(&plain);
    let (head, tail) = plain.split_at_checked(4)?;
    let fits = tail.len() == 4 && plain.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then(|| format!("LK-{head}-{tail}"))
}

fn parse_place(text: &str) -> Option<After> {
    let (due, id) = text.split_once('.')?;
    Some(After { due_at: Millis(due.parse().ok()?), id: ContactRequestId::parse(id)? })
}

fn line(desk: &Desk, row: InboxRow, names: &HashMap<UserId, String>) -> TicketLine {
    let InboxRow { request, lock, signed_in } = row;
    let state = match (signed_in, lock) {
        (true, _) => RowState::BackIn,
        (false, Some(lock)) if lock.by_staff => RowState::StaffLock(lock.until),
        (false, Some(lock)) if lock.long_run => RowState::LongRun,
        (false, Some(lock)) => RowState::Locked(lock.until),
        (false, None) if request.user_id.is_some() => RowState::NotLocked,
        (false, None) => RowState::Nobody,
    };
    TicketLine {
        path: desk.path(&format!("/inbox/{}", request.reference)),
        who: request.who().to_owned(),
        identifier: request.identifier.clone(),
        subject: request.subject.clone(),
        first_line: request.message.lines().next().unwrap_or_default().to_owned(),
        is_new: request.status == ContactRequestStatus::New,
        waits_for_them: request.status == ContactRequestStatus::Waiting,
        assignee: request.assignee.and_then(|staff| names.get(&staff).cloned()),
        pick: format!("{}.{}", request.reference, request.version),
        reference: request.reference,
        filed_at: request.created_at,
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_known_however_it_is_typed() {
        for typed in ["LK-7F3A-22QM", "lk7f3a22qm", "7F3A 22QM", "lk-7f3a-22qm"] {
            assert_eq!(reference_of(typed).as_deref(), Some("LK-7F3A-22QM"), "{typed}");
        }
        for other in ["", "7F3A", "alex@acme.test", "größeres", "7F3A-22QM-1"] {
            assert_eq!(reference_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_place_in_the_list_is_an_instant_and_an_id() {
        let id = ContactRequestId::generate(Millis(1));
        let place = parse_place(&format!("-5.{id}")).unwrap();
        assert_eq!((place.due_at, place.id), (Millis(-5), id));
        for odd in ["", "5", "5.", "x.req_1", "5.user_1", "5.req_'"] {
            assert_eq!(parse_place(odd), None, "{odd}");
        }
    }
}

//! The list of locks. Filters, search and the place in the list are the address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Answer, Desk, Looks};
use super::view::frame::Entry;
use super::view::locks::{Choosing, EndsWord, LockItem, LocksAsked, LocksPage, SORTS, sort_text};
use crate::model::{Identifier, Span};
use crate::store::locks::{Ends, ListedLock, LockFilter, LockPlace, LockQuery};
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest search looked at, in characters.
const MAX_SEARCH_CHARS: usize = 200;

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/locks",
    may: May::These(READERS),
    states: &["full", "none", "nothing-found", "search", "long-names", "reader"],
    route: || web::to(show),
}];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let params = Params::of_query(&desk.hall.request).unwrap_or_default();
    let asked = asked(&params);
    let after = params.raw("after").and_then(LockPlace::parse);
    let later = after.is_some();
    let read = desk.reader().locks(query(desk, &asked, after)).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let page = LocksPage {
        frame: desk.frame(Entry::Locks),
        path: desk.path("/locks"),
        many_path: desk.path("/locks/many"),
        locks: found.locks.into_iter().map(|lock| item(desk, lock)).collect(),
        count: found.count,
        later,
        next: found.next.map(|place| place.text()),
        choosing: if EDITORS.contains(&desk.role) { Choosing::May } else { Choosing::Not },
        asked,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// What an address or a form asks for.
pub(super) fn asked(params: &Params) -> LocksAsked {
    let kind = params.raw("kind").unwrap_or_default();
    let words = params.raw("q").unwrap_or_default().trim();
    LocksAsked {
        sort: SORTS.into_iter().find(|sort| sort_text(*sort) == kind).flatten(),
        ends: EndsWord::parse(params.raw("ends").unwrap_or_default()),
        words: words.chars().filter(|c| !c.is_control()).take(MAX_SEARCH_CHARS).collect(),
    }
}

pub(super) fn query(desk: &Desk, asked: &LocksAsked, after: Option<LockPlace>) -> LockQuery {
    // What can begin no name finds nobody.
    let prefix = (!asked.words.is_empty())
        .then(|| Identifier::prefix(&asked.words).unwrap_or_else(|| "\u{7f}".to_owned()));
    LockQuery {
        tenant: desk.profile.id().clone(),
        filter: LockFilter {
            sort: asked.sort,
            ends: match asked.ends {
                EndsWord::Whenever => Ends::Whenever,
                EndsWord::WithinHour => Ends::Within(Span::HOUR),
                EndsWord::WithinDay => Ends::Within(Span::DAY),
                EndsWord::Never => Ends::Never,
            },
            prefix,
        },
        after,
        now: desk.now(),
    }
}

fn item(desk: &Desk, lock: ListedLock) -> LockItem {
    let ListedLock { user, name, sort, since, until, source } = lock;
    let path = desk.path(&format!("/locks/{user}"));
    let source = source.map(|source| source.as_str().to_owned());
    LockItem { user, name, path, sort, since, until, source }
}

//! The time machine's page: the draft of its address, against what was recorded. Nothing is written.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Answer, Desk, Looks};
use super::policy_form::{self, same, sent};
use super::view::frame::Entry;
use super::view::replay::{ReplayPage, ReplayState, Shown, ShownAccount};
use crate::lockout::PolicyDocument;
use crate::lockout::time_machine::Account;
use crate::model::{Span, UserId};
use crate::tenant::{AskedBy, Question, Replay, Replayed};
use crate::web::body::Params;
use crate::web::page_table::{May, Page, READERS, Verb};

/// A page waits so long for its replay before it says that it is under way.
pub(super) const PATIENCE: Span = Span(3 * Span::SECOND.0);
/// Days that can be asked for; attempts are kept for 30.
const MOST_DAYS: u64 = 30;
const USUAL_DAYS: i64 = 7;
/// Accounts that are named.
const NAMED: usize = 20;

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Get,
    path: "/console/{slug}/policy/replay",
    may: May::These(READERS),
    states: &["ready", "nothing-recorded", "under-way", "waiting", "failed", "shortened"],
    route: || web::to(show),
}];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

/// What an address asks for.
pub(super) struct Asked {
    pub question: Question,
    pub document: PolicyDocument,
    pub days: i64,
}

/// A draft that can be replayed; the way to the policy screen, which has more to say, where there is
/// none, or one that is at fault.
pub(super) async fn asked(desk: &Desk) -> Result<Asked, HttpResponse> {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let read = desk.tenants().live_policy(&desk.profile).await;
    let version = read.map_err(|fault| desk.not_now(&fault))?;
    let live = version.policy().map_err(|error| desk.not_now(&error.into()))?;
    let document = policy_form::asked(&query).unwrap_or_else(|| PolicyDocument::of(&live));
    let draft = document.parse().ok().filter(|draft| !same(draft, &live));
    let Some(draft) = draft else {
        return Err(desk.hall.see(&with_query(&desk.path("/policy"), &document)));
    };
    let days = query.number("days", 1, MOST_DAYS).ok().flatten();
    let days = days.and_then(|days| i64::try_from(days).ok()).unwrap_or(USUAL_DAYS);
    let question = Question::new(&live, &draft, Span::DAY.times(days));
    Ok(Asked { question, document, days })
}

async fn try_show(desk: &Desk) -> Answer {
    let Asked { question, document, days } = asked(desk).await?;
    let (tenants, who) = (desk.tenants(), desk.staff().actor());
    let state = match tenants.replay(&desk.profile, AskedBy::Page(&who), question, PATIENCE).await {
        Replay::Ready(replayed) => {
            ReplayState::Ready(Box::new(ready(desk, &replayed, &document, days).await?))
        }
        Replay::UnderWay(progress) => ReplayState::UnderWay(progress),
        Replay::Waiting => ReplayState::Waiting,
        Replay::Failed => ReplayState::Failed,
    };
    let page = ReplayPage {
        frame: desk.frame(Entry::Policy),
        days,
        state,
        draft: sent(&document),
        path: desk.path("/policy/replay"),
        back: desk.path("/policy"),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

async fn ready(
    desk: &Desk,
    replayed: &Arc<Replayed>,
    document: &PolicyDocument,
    days: i64,
) -> Result<Shown, HttpResponse> {
    let known = |account: &Account| Some((UserId::parse(&account.name)?, account.clone()));
    let accounts = replayed.found.accounts.iter().take(NAMED);
    let accounts: Vec<(UserId, Account)> = accounts.filter_map(known).collect();
    let users = accounts.iter().map(|(user, _)| user.clone()).collect();
    let names = desk.reader().names_of(desk.profile.id().clone(), users).await;
    let names = names.map_err(|error| desk.not_now(&error.into()))?;
    let line = |(name, (user, account)): (String, (UserId, Account))| {
        let path = with_query(&desk.path(&format!("/policy/replay/{user}")), document);
        let path = format!("{path}&days={days}");
        ShownAccount { name, path, now: account.now, draft: account.draft }
    };
    let accounts = names.into_iter().zip(accounts).map(line).collect();
    Ok(Shown { replayed: Arc::clone(replayed), accounts })
}

fn with_query(path: &str, document: &PolicyDocument) -> String {
    let mut pairs = form_urlencoded(&sent(document));
    pairs.insert_str(0, "draft=1&");
    format!("{path}?{pairs}")
}

fn form_urlencoded(pairs: &[(String, String)]) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(pairs);
    text.finish()
}

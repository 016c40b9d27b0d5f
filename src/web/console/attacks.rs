//! The attacks on a tenant: what was tried and when, the campaigns in it, and the undoing of what one
//! did to users. The time and the place in the list are the address.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_panel::shown_source;
use super::view::attacks::{
    AttacksPage, CampaignLine, CampaignPage, FeedLines, GOES_ON, Hands, LockLine, Person, Stretch,
};
use super::view::campaign_trail::TrailLines;
use super::view::done::Done;
use super::view::frame::Entry;
use crate::model::{CampaignId, Millis, Source, UserId};
use crate::store::campaigns::{After, CampaignRow, LISTED};
use crate::store::counted::Counted;
use crate::store::traffic;
use crate::tenant::{ByHand, Tally, TenantFault};
use crate::web::body::Params;
use crate::web::console::chart::attack_bars::Failures;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 300;
/// Locks that a page names.
const NAMED: usize = 50;
/// How long one press goes on undoing: shorter than what stands before a server waits for an answer, by
/// default a minute with nginx.
const UNDO_PATIENCE: Duration = Duration::from_secs(20);

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/attacks",
        may: May::These(READERS),
        states: &["nothing-recorded", "quiet", "running", "over"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/attacks/{campaign}",
        may: May::These(READERS),
        states: &["running", "signed-in", "undone", "without-locks"],
        route: || web::to(show_campaign),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/attacks/{campaign}",
        may: May::These(EDITORS),
        states: &["no-reason"],
        route: || web::to(undo),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let stretch = query.raw("last").and_then(Stretch::parse).unwrap_or(Stretch::Day);
    let after = query.raw("after").and_then(parse_place);
    let tenant = desk.profile.id();
    let (step, first) = (stretch.step(), stretch.first(desk.now()));
    let until = first.saturating_add(stretch.places());
    let of = traffic::Stretch {
        from: first.saturating_mul(step),
        until: until.saturating_mul(step),
        step,
    };
    let drawn = desk.reader().traffic(tenant.clone(), of).await;
    let drawn = drawn.map_err(|error| desk.not_now(&error.into()))?;
    let later = after.is_some();
    let found = desk.reader().campaigns(tenant.clone(), after).await;
    let found = found.map_err(|error| desk.not_now(&error.into()))?;
    let full = i64::try_from(found.len()).is_ok_and(|found| found >= LISTED);
    let next = found.last().filter(|_| full);
    let next = next.map(|(row, _)| format!("{}.{}", row.last_at.0, row.id));
    let mut campaigns = Vec::with_capacity(found.len());
    for (row, locks) in found {
        campaigns.push(line(desk, row, locks).await?);
    }
    let tries = desk.tenants().newest_tries(&desk.profile).await;
    let tries = tries.map_err(|fault| desk.not_now(&fault))?;
    let since = stretch.begins(desk.now());
    let funnel = desk.reader().funnel(tenant.clone(), since).await;
    let funnel = funnel.map_err(|error| desk.not_now(&error.into()))?;
    let frame = desk.frame(Entry::Attacks);
    let page = AttacksPage {
        path: desk.path("/attacks"),
        alerts_path: alerts_path(desk),
        stretch,
        bars: drawn.bars.iter().map(|bar| bar_of(bar, first)).collect(),
        from: since,
        known: drawn.known.is_some() || !tries.is_empty(),
        networks: drawn.networks,
        funnel,
        campaigns,
        next,
        later,
        feed: FeedLines { frame: frame.clone(), tries },
        frame,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// The campaign that goes on, of several the one with the most locks.
pub(super) async fn running(desk: &Desk) -> Result<Option<CampaignLine>, HttpResponse> {
    let since = desk.now().before(GOES_ON);
    let found = desk.reader().campaign_underway(desk.profile.id().clone(), since).await;
    match found.map_err(|error| desk.not_now(&error.into()))? {
        Some((row, locks)) => Ok(Some(line(desk, row, locks).await?)),
        None => Ok(None),
    }
}

/// Where mails about attacks are muted; `None` for whom they are not written to.
fn alerts_path(desk: &Desk) -> Option<String> {
    EDITORS.contains(&desk.role).then(|| desk.path("/alerts"))
}

fn bar_of(bar: &traffic::BarRow, first: i64) -> Failures {
    Failures {
        place: bar.place.saturating_sub(first),
        all: bar.failures,
        networks: [bar.from_first, bar.from_second, bar.from_third],
        locks: bar.locks,
    }
}

fn parse_place(text: &str) -> Option<After> {
    let (at, id) = text.split_once('.')?;
    Some(After { last_at: Millis(at.parse().ok()?), id: CampaignId::parse(id)? })
}

async fn people(desk: &Desk, users: Vec<UserId>) -> Result<Vec<Person>, HttpResponse> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let names = desk.reader().names_of(desk.profile.id().clone(), users.clone()).await;
    let names = names.map_err(|error| desk.not_now(&error.into()))?;
    let person = |(name, user): (String, UserId)| {
        // Who is gone has no name but the id.
        let there = name != user.as_str();
        Person { path: there.then(|| desk.path(&format!("/locks/{user}"))), name }
    };
    Ok(names.into_iter().zip(users).map(person).collect())
}

/// What people call a campaign.
pub(super) async fn campaign_name(desk: &Desk, row: CampaignRow) -> Result<String, HttpResponse> {
    Ok(line(desk, row, Counted::Exactly(0)).await?.name(&desk.frame(Entry::Attacks)))
}

async fn line(desk: &Desk, row: CampaignRow, locks: Counted) -> Result<CampaignLine, HttpResponse> {
    let target = people(desk, UserId::parse(&row.target).into_iter().collect()).await?;
    let largest = row.largest().into_iter().next().map(|(network, _)| network);
    Ok(CampaignLine {
        id: row.id,
        kind: row.kind,
        target: target.into_iter().next().map(|person| person.name),
        largest: largest.unwrap_or_default(),
        more: row.networks.saturating_sub(1),
        began_at: row.began_at,
        last_at: row.last_at,
        tries: row.tries,
        accounts: row.accounts,
        locks,
    })
}

async fn show_campaign(Looks(desk): Looks) -> HttpResponse {
    match campaign_page(&desk).await {
        Ok(page) => desk.page(StatusCode::OK, &page),
        Err(early) => early,
    }
}

fn asked_campaign(desk: &Desk) -> Option<CampaignId> {
    desk.hall.request.match_info().get("campaign").and_then(CampaignId::parse)
}

/// The addresses and accounts of a campaign. What its row has more than the log is not named; where
/// the log has nothing of it any more, nothing is.
async fn trail(desk: &Desk, row: &CampaignRow) -> Result<TrailLines, HttpResponse> {
    let found = desk.tenants().campaign_trail(&desk.profile, row).await;
    let found = found.map_err(|fault| desk.not_now(&fault))?;
    if found.sources.is_empty() {
        return Ok(TrailLines { cut: found.cut, ..TrailLines::default() });
    }
    let more = |all: i64, found: usize, named: usize| {
        let [found, named] = [found, named].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        all.max(found).saturating_sub(named)
    };
    let users = row.accounts.saturating_sub(row.nobodies);
    let ids = found.users.iter().map(|(user, _)| user.clone()).collect();
    let named = people(desk, ids).await?;
    let shown = |(source, tally): &(Source, Tally)| (shown_source(desk, source.as_str()), *tally);
    Ok(TrailLines {
        more_sources: more(row.sources, found.all_sources, found.sources.len()),
        more_users: more(users, found.all_users, found.users.len()),
        sources: found.sources.iter().map(shown).collect(),
        users: named.into_iter().zip(found.users.iter().map(|(_, tally)| *tally)).collect(),
        nobodies: found.nobodies,
        cut: found.cut,
    })
}

async fn campaign_page(desk: &Desk) -> Result<CampaignPage, HttpResponse> {
    let id = asked_campaign(desk).ok_or_else(|| desk.not_found())?;
    let found = desk.reader().campaign(desk.profile.id().clone(), id.clone()).await;
    let found = found.map_err(|error| desk.not_now(&error.into()))?;
    let story = found.ok_or_else(|| desk.not_found())?;
    let users = story.locks.iter().take(NAMED).map(|lock| lock.user.clone()).collect();
    let locks = people(desk, users).await?.into_iter().zip(&story.locks);
    let signed_in = people(desk, story.row.signed_in()).await?;
    let trail = trail(desk, &story.row).await?;
    let mut page = CampaignPage {
        frame: desk.frame(Entry::Attacks),
        path: desk.path(&format!("/attacks/{id}")),
        attacks_path: desk.path("/attacks"),
        alerts_path: alerts_path(desk),
        nobodies: story.row.nobodies,
        sources: story.row.sources,
        networks: story.row.largest().into_iter().take(10).collect(),
        trail,
        signed_in,
        locks: locks
            .map(|(who, lock)| LockLine { who, since: lock.since, undone: lock.undone })
            .collect(),
        left: story.left,
        overlay_path: desk.path("/policy/overlay"),
        hands: if EDITORS.contains(&desk.role) { Hands::Free } else { Hands::Tied },
        reason: String::new(),
        reason_missing: false,
        campaign: line(desk, story.row, Counted::Exactly(story.all)).await?,
    };
    // Filled in, so that one press undoes; who has more to say writes over it.
    page.reason = page.usual_reason();
    Ok(page)
}

async fn undo(Acts { desk, form }: Acts) -> HttpResponse {
    try_undo(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_undo(desk: &Desk, form: &Params) -> Answer {
    let id = asked_campaign(desk).ok_or_else(|| desk.not_found())?;
    let reason = form.raw("reason").unwrap_or_default().trim();
    let reason: String =
        reason.chars().filter(|c| !c.is_control()).take(MAX_REASON_CHARS).collect();
    if reason.is_empty() {
        let mut page = campaign_page(desk).await?;
        page.reason_missing = true;
        page.reason.clear();
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let actor = desk.staff().actor();
    let by = ByHand { actor: &actor, reason: &reason };
    let undone = desk.tenants().undo_campaign(&desk.profile, &id, by, UNDO_PATIENCE).await;
    let undone = undone.map_err(|fault| match fault {
        TenantFault::NotFound => desk.not_found(),
        fault => desk.not_now(&fault),
    })?;
    let frame = desk.frame(Entry::Attacks);
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let said =
        if undone.more { frame.say("attacks-undone-more") } else { frame.say("attacks-undone") };
    let said = said.count("unlocked", count(undone.unlocked)).count("left", count(undone.left));
    let done = Done { words: said.to_string(), link: None };
    Ok(desk.hall.done(&desk.path(&format!("/attacks/{id}")), &done))
}

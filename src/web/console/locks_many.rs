//! Unlocking many accounts: those that were chosen, or in steps of 500 that follow each other by hand
//! whoever a filter shows or the policy in force would not have locked. The address of a step's form
//! says all that the next one needs, so that it can be sent again after a failure. Those that were
//! chosen can be locked again.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::locks::{asked, query};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::locks_many::{Left, ManyDeed, ManyPage, ManyProblem, StepPage, Whom};
use crate::model::UserId;
use crate::store::locks::{LockPlace, LockSort};
use crate::tenant::{ByHand, OnlyIf, TenantFault, UnlockedMany};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

/// Accounts that can be chosen: one page of the list.
const MOST_CHOSEN: usize = 50;
/// Locks of one step.
const STEP: usize = 500;
/// Accounts left alone that a step names.
const NAMED: usize = 20;
/// Longest reason, in characters.
pub(super) const MAX_REASON: usize = 300;

const PATH: &str = "/console/{slug}/locks/many";

/// The field that asks for those whom the policy in force would not have locked.
pub(super) const SPARED: &str = "spared";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["chosen", "matching", "again", "spared"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["no-reason", "under-way"],
        route: || web::to(act),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let params = Params::of_query(&desk.hall.request).unwrap_or_default();
    let page = page(desk, &params).await?;
    let nobody = match &page.whom {
        Whom::Chosen(chosen) => chosen.is_empty(),
        Whom::Spared(count) => count.accounts == 0,
        Whom::Matching(_) => false,
    };
    if nobody {
        return Ok(desk.hall.see(&page.back));
    }
    Ok(desk.page(StatusCode::OK, &page))
}

fn deed_of(params: &Params) -> ManyDeed {
    match params.raw("deed") {
        Some("lock") => ManyDeed::LockAgain,
        Some(_) | None => ManyDeed::Unlock,
    }
}

/// Each once, in the order given.
fn chosen(params: &Params) -> Vec<UserId> {
    let mut users: Vec<UserId> = Vec::new();
    for user in params.each("user").filter_map(UserId::parse).take(MOST_CHOSEN) {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    users
}

pub(super) fn reason(form: &Params) -> String {
    let typed = form.raw("reason").unwrap_or_default().trim();
    typed.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect()
}

async fn names(desk: &Desk, users: &[UserId]) -> Result<Vec<String>, HttpResponse> {
    let read = desk.reader().names_of(desk.profile.id().clone(), users.to_vec()).await;
    read.map_err(|error| desk.not_now(&error.into()))
}

async fn page(desk: &Desk, params: &Params) -> Result<ManyPage, HttpResponse> {
    let filter = asked(params);
    let mut fields = filter.pairs();
    let (whom, deed) = if params.has(SPARED) {
        fields.push((SPARED, "1".to_owned()));
        let count = desk.tenants().count_spared(&desk.profile).await;
        (Whom::Spared(count.map_err(|fault| desk.not_now(&fault))?), ManyDeed::Unlock)
    } else if params.has("all") {
        fields.push(("all", "1".to_owned()));
        let read = desk.reader().locks(query(desk, &filter, None)).await;
        let found = read.map_err(|error| desk.not_now(&error.into()))?;
        (Whom::Matching(found.count), ManyDeed::Unlock)
    } else {
        let users = chosen(params);
        let names = names(desk, &users).await?;
        let ids = users.iter().map(ToString::to_string);
        (Whom::Chosen(ids.zip(names).collect()), deed_of(params))
    };
    fields.push(("deed", deed.as_str().to_owned()));
    Ok(ManyPage {
        frame: desk.frame(Entry::Locks),
        path: desk.path("/locks/many"),
        back: filter.path(&desk.path("/locks"), &[]),
        deed,
        whom,
        fields,
        reason: reason(params),
        problem: None,
    })
}

async fn act(Acts { desk, form }: Acts) -> HttpResponse {
    try_act(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_act(desk: &Desk, form: &Params) -> Answer {
    let reason = reason(form);
    if reason.is_empty() {
        let page = ManyPage { problem: Some(ManyProblem::NoReason), ..page(desk, form).await? };
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    if form.has("all") || form.has(SPARED) {
        return step(desk, form, &reason).await;
    }
    let users = chosen(form);
    match deed_of(form) {
        ManyDeed::Unlock => unlock(desk, form, users, &reason).await,
        ManyDeed::LockAgain => lock_again(desk, form, users, &reason).await,
    }
}

async fn unlock(desk: &Desk, form: &Params, users: Vec<UserId>, reason: &str) -> Answer {
    let actor = desk.staff().actor();
    let by = ByHand { actor: &actor, reason };
    let did = desk.tenants().unlock_many(&desk.profile, users, OnlyIf::Locked, by).await;
    let UnlockedMany { done, skipped } = did.map_err(|fault| desk.not_now(&fault))?;
    let english = Catalogue::get("en");
    let mut words = english.say("many-done").count("count", done.len()).to_string();
    if !skipped.is_empty() {
        words.push(' ');
        words += &english.say("many-done-left").count("count", skipped.len()).to_string();
    }
    let mut again = url::form_urlencoded::Serializer::new(String::new());
    again.append_pair("deed", ManyDeed::LockAgain.as_str());
    for user in &done {
        again.append_pair("user", user.as_str());
    }
    let path = format!("{}?{}", desk.path("/locks/many"), again.finish());
    let link = (!done.is_empty()).then(|| (path, english.line("many-lock-again")));
    Ok(desk.hall.done(&back(desk, form), &Done { words, link }))
}

fn back(desk: &Desk, form: &Params) -> String {
    asked(form).path(&desk.path("/locks"), &[])
}

async fn lock_again(desk: &Desk, form: &Params, users: Vec<UserId>, reason: &str) -> Answer {
    let actor = desk.staff().actor();
    let by = ByHand { actor: &actor, reason };
    let mut locked = 0_usize;
    for user in users {
        match desk.tenants().lock_by_hand(&desk.profile, user, None, by).await {
            Ok(()) => locked = locked.saturating_add(1),
            Err(TenantFault::NotFound) => {}
            Err(fault) => return Err(desk.not_now(&fault)),
        }
    }
    let words = Catalogue::get("en").say("many-did-lock").count("count", locked).to_string();
    Ok(desk.hall.done(&back(desk, form), &Done { words, link: None }))
}

/// Whom the next step unlocks.
struct Next {
    users: Vec<UserId>,
    only: OnlyIf,
    place: Option<LockPlace>,
    /// What says the same to the step after it.
    fields: Vec<(&'static str, String)>,
}

async fn next(desk: &Desk, form: &Params) -> Result<Next, HttpResponse> {
    let after = form.raw("after").and_then(LockPlace::parse);
    if form.has(SPARED) {
        let read = desk.tenants().next_spared(&desk.profile, after).await;
        let found = read.map_err(|fault| desk.not_now(&fault))?;
        let fields = vec![(SPARED, "1".to_owned())];
        let only = OnlyIf::NotByStaff;
        return Ok(Next { users: found.users, only, place: found.next, fields });
    }
    let filter = asked(form);
    let read = desk.reader().next_locks(query(desk, &filter, after), STEP).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let mut users: Vec<UserId> = found.locks.into_iter().map(|lock| lock.user).collect();
    users.sort();
    users.dedup();
    let only = match filter.sort {
        // Somebody decided those: they are lifted where they are asked for by name.
        Some(LockSort::Staff) => OnlyIf::Locked,
        None | Some(LockSort::Automatic | LockSort::LongRun | LockSort::Source) => {
            OnlyIf::NotByStaff
        }
    };
    let mut fields = filter.pairs();
    fields.push(("all", "1".to_owned()));
    Ok(Next { users, only, place: found.next, fields })
}

/// The next 500.
async fn step(desk: &Desk, form: &Params, reason: &str) -> Answer {
    let Next { users, only, place, mut fields } = next(desk, form).await?;
    let actor = desk.staff().actor();
    let by = ByHand { actor: &actor, reason };
    let did = desk.tenants().unlock_many(&desk.profile, users, only, by).await;
    let UnlockedMany { done, skipped } = did.map_err(|fault| desk.not_now(&fault))?;
    let before = form.number("done", 0, u64::from(u32::MAX)).ok().flatten().unwrap_or(0);
    let so_far = i64::try_from(before).unwrap_or(0);
    let so_far = so_far.saturating_add(i64::try_from(done.len()).unwrap_or(i64::MAX));
    let Some(place) = place else {
        let words = Catalogue::get("en").say("many-done").count("count", so_far).to_string();
        return Ok(desk.hall.done(&back(desk, form), &Done { words, link: None }));
    };
    fields.extend([
        ("after", place.text()),
        ("done", so_far.to_string()),
        ("reason", reason.to_owned()),
    ]);
    let some: Vec<UserId> = skipped.iter().take(NAMED).map(|(user, _)| user.clone()).collect();
    let names = names(desk, &some).await?;
    let left = skipped.into_iter().zip(names).map(|((user, why), name)| Left {
        name,
        path: desk.path(&format!("/locks/{user}")),
        why,
    });
    let page = StepPage {
        frame: desk.frame(Entry::Locks),
        path: desk.path("/locks/many"),
        back: back(desk, form),
        done: so_far,
        left: left.collect(),
        fields,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

//! A policy that is only watched: what it would have done by day, beside the live one. Recorded, not
//! decided.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::policy::{MAX_REASON_CHARS, one_line};
use super::policy_form::{asked, same, sent};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::policy_words::diff;
use super::view::shadow::{ShadowPage, Shadowed};
use crate::lockout::policy_diff::changes;
use crate::lockout::{Policy, PolicyDocument};
use crate::tenant::TenantFault;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

const PATH: &str = "/console/{slug}/policy/shadow";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(READERS),
        states: &["none", "draft", "waiting", "days"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["no-reason"],
        route: || web::to(set),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/policy/shadow/end",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(end),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let page = page(&desk, &query).await;
    page.map_or_else(|early| early, |(page, _)| desk.page(StatusCode::OK, &page))
}

/// The page, and the draft that could be watched.
async fn page(desk: &Desk, form: &Params) -> Result<(ShadowPage, Option<Policy>), HttpResponse> {
    let (tenants, profile) = (desk.tenants(), &desk.profile);
    let read = tenants.live_policy(profile).await.map_err(|fault| desk.not_now(&fault))?;
    let live = read.policy().map_err(|error| desk.not_now(&error.into()))?;
    let watched = tenants.watched(profile).await.map_err(|fault| desk.not_now(&fault))?;
    let frame = desk.frame(Entry::Policy);
    let on = match watched {
        Some(watched) => {
            let found = desk.reader().policy_version(profile.id().clone(), watched.version).await;
            let found = found.map_err(|error| desk.not_now(&error.into()))?;
            let version = found.ok_or_else(|| desk.not_found())?;
            let policy = version.policy().map_err(|error| desk.not_now(&error.into()))?;
            let changes = diff(&frame, &changes(&live, &policy));
            Some(Shadowed { watched, changes, reason: version.reason })
        }
        None => None,
    };
    let draft = asked(form).and_then(|document| document.parse().ok());
    let draft = draft.filter(|draft| !same(draft, &live));
    let page = ShadowPage {
        draft: draft.as_ref().map(|draft| sent(&PolicyDocument::of(draft))),
        changes: draft
            .as_ref()
            .map(|draft| diff(&frame, &changes(&live, draft)))
            .unwrap_or_default(),
        on,
        live: read.version,
        reason: String::new(),
        reason_missing: false,
        may_save: EDITORS.contains(&desk.role),
        path: desk.path("/policy"),
        frame,
    };
    Ok((page, draft))
}

async fn set(Acts { desk, form }: Acts) -> HttpResponse {
    try_set(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_set(desk: &Desk, form: &Params) -> Answer {
    let (mut page, draft) = page(desk, form).await?;
    // Without a draft there is nothing to watch; the page says where one is made.
    let Some(draft) = draft else {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    page.reason = one_line(form.raw("reason"), MAX_REASON_CHARS);
    page.reason_missing = page.reason.is_empty();
    if page.reason_missing {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let actor = desk.staff().actor();
    let set = desk.tenants().watch_policy(&desk.profile, &draft, &actor, &page.reason).await;
    match set {
        Ok(version) => {
            let words = page.frame.say("shadow-set-done").count("version", version).to_string();
            let shadow = format!("{}/shadow", page.path);
            Ok(desk.hall.done(&shadow, &Done { words, link: None }))
        }
        // Another version was saved at this very moment: once more, with the difference to it.
        Err(TenantFault::Conflict { .. }) => Ok(desk.page(StatusCode::CONFLICT, &page)),
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

async fn end(Acts { desk, .. }: Acts) -> HttpResponse {
    let actor = desk.staff().actor();
    match desk.tenants().unwatch_policy(&desk.profile, &actor).await {
        // Somebody else was faster: as was wished.
        Ok(()) | Err(TenantFault::NotFound) => {}
        Err(fault) => return desk.not_now(&fault),
    }
    let words = desk.frame(Entry::Policy).line("shadow-ended");
    desk.hall.done(&desk.path("/policy/shadow"), &Done { words, link: None })
}

//! Saved versions of the policy: the list, each with what it changed and what a replay had said of it,
//! the way back to one (a new version with its document), and its document as a file.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::policy::{MAX_REASON_CHARS, authors, one_line};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::policy_words::{DiffRow, diff};
use super::view::versions::{
    BackNotice, BackPage, Foretold, Stands, VersionLine, VersionPage, VersionsPage,
};
use crate::lockout::policy_diff::changes;
use crate::lockout::{Policy, PolicyDocument};
use crate::model::Millis;
use crate::store::lockout_policy::{PoliciesNow, PolicyVersion, VERSIONS, VersionKind};
use crate::tenant::{PolicyEffect, TenantFault, is_awaited};
use crate::web::body::Params;
use crate::web::download::attachment;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

const BACK: &str = "/console/{slug}/policy/versions/{version}/back";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/policy/versions",
        may: May::These(READERS),
        states: &["full", "first", "later"],
        route: || web::to(list),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/policy/versions/{version}",
        may: May::These(READERS),
        states: &["live", "older", "overlay", "first", "nothing-recorded"],
        route: || web::to(one),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/policy/versions/{version}/policy.toml",
        may: May::These(READERS),
        states: &[],
        route: || web::to(export),
    },
    Page {
        verb: Verb::Get,
        path: BACK,
        may: May::These(EDITORS),
        states: &["confirm", "same"],
        route: || web::to(ask_back),
    },
    Page {
        verb: Verb::Post,
        path: BACK,
        may: May::These(EDITORS),
        states: &["no-reason", "conflict"],
        route: || web::to(go_back),
    },
];

async fn list(Looks(desk): Looks) -> HttpResponse {
    try_list(&desk).await.unwrap_or_else(|early| early)
}

async fn try_list(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let before = query.raw("before").and_then(|number| number.parse().ok());
    let read = desk.reader().policy_versions(desk.profile.id().clone(), before).await;
    let versions = read.map_err(|error| desk.not_now(&error.into()))?;
    let now = policies_now(desk).await?;
    let whole = i64::try_from(versions.len()).is_ok_and(|rows| rows == VERSIONS);
    let last = versions.last().map(|row| row.version);
    let page = VersionsPage {
        frame: desk.frame(Entry::Policy),
        saved: lines(desk, &versions, &now).await?,
        next: last.filter(|number| whole && *number > 1),
        later: before.is_some(),
        path: desk.path("/policy"),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

async fn policies_now(desk: &Desk) -> Result<PoliciesNow, HttpResponse> {
    let read = desk.tenants().policies_now(&desk.profile).await;
    read.map_err(|fault| desk.not_now(&fault))
}

async fn lines(
    desk: &Desk,
    versions: &[PolicyVersion],
    now: &PoliciesNow,
) -> Result<Vec<VersionLine>, HttpResponse> {
    let names = authors(desk, versions.iter().map(|row| row.author.as_str())).await?;
    let over = now.overlay.as_ref().map(|row| row.version);
    let line = |row: &PolicyVersion| VersionLine {
        version: row.version,
        kind: row.kind,
        stands: match row.version {
            version if version == now.live.version => Stands::Live,
            version if Some(version) == over => Stands::Over,
            _ => Stands::Past,
        },
        author: names.of(&row.author),
        reason: row.reason.clone(),
        at: row.created_at,
        ends_at: row.ends_at,
    };
    Ok(versions.iter().map(line).collect())
}

/// The version that the path names; any other number is a page that there is not.
async fn named(desk: &Desk) -> Result<PolicyVersion, HttpResponse> {
    let number = desk.hall.request.match_info().get("version").unwrap_or_default();
    let number = number.parse().map_err(|_| desk.not_found())?;
    let read = desk.reader().policy_version(desk.profile.id().clone(), number).await;
    read.map_err(|error| desk.not_now(&error.into()))?.ok_or_else(|| desk.not_found())
}

fn policy_of(version: &PolicyVersion) -> Result<Policy, TenantFault> {
    Ok(version.policy()?)
}

async fn one(Looks(desk): Looks) -> HttpResponse {
    try_one(&desk).await.unwrap_or_else(|early| early)
}

async fn try_one(desk: &Desk) -> Answer {
    let version = named(desk).await?;
    let now = policies_now(desk).await?;
    let policy = policy_of(&version).map_err(|fault| desk.not_now(&fault))?;
    let frame = desk.frame(Entry::Policy);
    let from_live = changes(&policy_of(&now.live).map_err(|fault| desk.not_now(&fault))?, &policy);
    let line = lines(desk, std::slice::from_ref(&version), &now).await?.pop();
    let line = line.ok_or_else(|| desk.not_found())?;
    let page = VersionPage {
        document: PolicyDocument::of(&policy),
        before: before(desk, &version, &policy).await?,
        live: now.live.version,
        from_live: diff(&frame, &from_live),
        foretold: foretold(&version, line.stands, desk.now()),
        may_save: EDITORS.contains(&desk.role),
        path: desk.path("/policy"),
        about: line,
        frame,
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// What can be said of what a version would have done. Upkeep makes up what is in force only.
fn foretold(version: &PolicyVersion, stands: Stands, now: Millis) -> Foretold {
    if let Some(effect) = version.effect.as_deref().and_then(PolicyEffect::from_json) {
        return Foretold::Known(Box::new(effect));
    }
    match (version.kind, stands) {
        (VersionKind::Shadow, _) => Foretold::NotAsked,
        (VersionKind::Live | VersionKind::Overlay, _) if version.made_over.is_none() => {
            Foretold::NotAsked
        }
        (VersionKind::Live | VersionKind::Overlay, Stands::Live | Stands::Over)
            if is_awaited(version, now) =>
        {
            Foretold::Awaited
        }
        (VersionKind::Live | VersionKind::Overlay, _) => Foretold::Never,
    }
}

/// What a version changed about the one it was made over. Older rows do not say which that was.
async fn before(
    desk: &Desk,
    version: &PolicyVersion,
    policy: &Policy,
) -> Result<Option<(i64, Vec<DiffRow>)>, HttpResponse> {
    let number = version.made_over.unwrap_or_else(|| version.version.saturating_sub(1));
    let read = desk.reader().policy_version(desk.profile.id().clone(), number).await;
    let Some(before) = read.map_err(|error| desk.not_now(&error.into()))? else {
        return Ok(None);
    };
    let changed = changes(&policy_of(&before).map_err(|fault| desk.not_now(&fault))?, policy);
    Ok(Some((number, diff(&desk.frame(Entry::Policy), &changed))))
}

async fn export(Looks(desk): Looks) -> HttpResponse {
    try_export(&desk).await.unwrap_or_else(|early| early)
}

async fn try_export(desk: &Desk) -> Answer {
    let version = named(desk).await?;
    let document = PolicyDocument::of(&policy_of(&version).map_err(|fault| desk.not_now(&fault))?);
    let (slug, number) = (&desk.profile.tenant.slug, version.version);
    let text = format!("# Lockout policy of {slug}, version {number}\n{}", document.to_toml());
    let name = format!("{slug}-policy-{number}.toml");
    Ok(attachment("application/toml; charset=utf-8", &name, BoxBody::new(text)))
}

async fn ask_back(Looks(desk): Looks) -> HttpResponse {
    let page = back(&desk).await;
    page.map_or_else(|early| early, |(page, _)| desk.page(StatusCode::OK, &page))
}

/// The page, and the policy that is gone back to.
async fn back(desk: &Desk) -> Result<(BackPage, Policy), HttpResponse> {
    let version = named(desk).await?;
    let live = policies_now(desk).await?.live;
    let policy = policy_of(&version).map_err(|fault| desk.not_now(&fault))?;
    let frame = desk.frame(Entry::Policy);
    let changed =
        diff(&frame, &changes(&policy_of(&live).map_err(|fault| desk.not_now(&fault))?, &policy));
    let page = BackPage {
        version: version.version,
        live: live.version,
        reason: frame.say("versions-back-reason").count("version", version.version).to_string(),
        reason_missing: false,
        notice: changed.is_empty().then_some(BackNotice::Same),
        changes: changed,
        path: desk.path("/policy"),
        frame,
    };
    Ok((page, policy))
}

async fn go_back(Acts { desk, form }: Acts) -> HttpResponse {
    try_go_back(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_go_back(desk: &Desk, form: &Params) -> Answer {
    let (mut page, policy) = back(desk).await?;
    page.reason = one_line(form.raw("reason"), MAX_REASON_CHARS);
    if page.changes.is_empty() {
        return Ok(desk.page(StatusCode::OK, &page));
    }
    page.reason_missing = page.reason.is_empty();
    if page.reason_missing {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let made_over = made_over(form);
    let (actor, tenants) = (desk.staff().actor(), desk.tenants());
    let saved = tenants.save_policy_over(&desk.profile, &policy, &actor, &page.reason, made_over);
    match saved.await {
        Ok(version) => {
            let words = page.frame.say("policy-saved").count("version", version).to_string();
            Ok(desk.hall.done(&page.path, &Done { words, link: None }))
        }
        Err(TenantFault::Conflict { .. }) => {
            let changes = overtaken(desk, made_over).await?;
            page.notice = Some(BackNotice::SavedMeanwhile { changes });
            Ok(desk.page(StatusCode::CONFLICT, &page))
        }
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

/// The version that the author of a form looked at; 0 where the form does not say.
pub(super) fn made_over(form: &Params) -> i64 {
    let number = form.number("made_over", 1, u64::from(u32::MAX)).ok().flatten();
    number.and_then(|number| i64::try_from(number).ok()).unwrap_or(0)
}

/// What others have changed since a version was looked at.
pub(super) async fn overtaken(desk: &Desk, seen: i64) -> Result<Vec<DiffRow>, HttpResponse> {
    let read = desk.reader().policy_version(desk.profile.id().clone(), seen).await;
    let seen = read.map_err(|error| desk.not_now(&error.into()))?;
    let Some(seen) = seen else { return Ok(Vec::new()) };
    let live = policies_now(desk).await?.live;
    let changed = changes(
        &policy_of(&seen).map_err(|fault| desk.not_now(&fault))?,
        &policy_of(&live).map_err(|fault| desk.not_now(&fault))?,
    );
    Ok(diff(&desk.frame(Entry::Policy), &changed))
}

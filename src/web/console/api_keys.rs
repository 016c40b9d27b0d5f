//! The secret keys of a tenant's servers. A new one is shown in the answer to the form that made it,
//! which nothing keeps, and never again; one that is revoked opens nothing from then on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::staff_names::staff_names;
use super::view::api_keys::{KeyLine, KeyProblem, KeysPage, MadeKey, RevokeKeyPage};
use super::view::done::Done;
use super::view::frame::Entry;
use crate::model::UserId;
use crate::store::api_keys::KeptKey;
use crate::tenant::TenantFault;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest name of a key, in characters.
const MAX_NAME: usize = 60;

const PATH: &str = "/console/{slug}/keys";
const REVOKE: &str = "/console/{slug}/keys/{key}/revoke";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(READERS),
        states: &["full", "none", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["created", "replaced", "faults"],
        route: || web::to(create),
    },
    Page {
        verb: Verb::Get,
        path: REVOKE,
        may: May::These(EDITORS),
        states: &["revoke", "last-key"],
        route: || web::to(confirm),
    },
    Page {
        verb: Verb::Post,
        path: REVOKE,
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(revoke),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let page = page(desk).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

async fn kept(desk: &Desk) -> Result<Vec<KeptKey>, HttpResponse> {
    let read = desk.reader().api_keys(desk.profile.id().clone()).await;
    read.map_err(|error| desk.not_now(&error.into()))
}

async fn lines(desk: &Desk, keys: Vec<KeptKey>) -> Result<Vec<KeyLine>, HttpResponse> {
    let staff = |key: &KeptKey| key.created_by.strip_prefix("staff:").and_then(UserId::parse);
    let names = staff_names(desk, keys.iter().filter_map(staff)).await?;
    let line = |key: KeptKey| {
        let id = key.id();
        KeyLine {
            path: desk.path(&format!("/keys/{id}/revoke")),
            made_by: match staff(&key).and_then(|id| names.get(&id).cloned()) {
                Some(name) => name,
                None => key.created_by,
            },
            id,
            name: key.name,
            hint: key.hint,
            made_at: key.created_at,
            last_used: key.last_used_at,
        }
    };
    Ok(keys.into_iter().map(line).collect())
}

async fn page(desk: &Desk) -> Result<KeysPage, HttpResponse> {
    Ok(KeysPage {
        frame: desk.frame(Entry::Keys),
        path: desk.path("/keys"),
        may_change: EDITORS.contains(&desk.role),
        publishable_key: desk.profile.publishable_key.clone(),
        base_url: desk.hall.doors.base_url.origin().to_owned(),
        keys: lines(desk, kept(desk).await?).await?,
        made: None,
        name: String::new(),
        problem: None,
    })
}

async fn create(Acts { desk, form }: Acts) -> HttpResponse {
    try_create(&desk, &form).await.unwrap_or_else(|early| early)
}

/// A key of its own, or one that takes the place of `instead`: both open until the old one is revoked,
/// so that servers can be given the new one one after the other.
async fn try_create(desk: &Desk, form: &Params) -> Answer {
    let instead = match form.raw("instead") {
        None => None,
        Some(id) => Some(find(desk, id).await?),
    };
    let typed: String =
        form.raw("name").unwrap_or_default().trim().chars().filter(|c| !c.is_control()).collect();
    let name = instead.as_ref().map_or(typed, |old| old.name.clone());
    let named = instead.is_some() || !name.is_empty();
    if !named || name.chars().count() > MAX_NAME {
        let problem = Some(KeyProblem::Name);
        let page = KeysPage { name, problem, ..page(desk).await? };
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let actor = desk.staff().actor();
    let secret = match desk.tenants().create_api_key(&desk.profile, &name, &actor).await {
        Ok(secret) => secret,
        Err(TenantFault::Conflict { .. }) => {
            let problem = Some(KeyProblem::Full);
            let page = KeysPage { name, problem, ..page(desk).await? };
            return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
        Err(fault) => return Err(desk.not_now(&fault)),
    };
    let revoke_old = |old: KeptKey| desk.path(&format!("/keys/{}/revoke", old.id()));
    let made =
        MadeKey { secret: secret.expose().to_owned(), name, revoke_old: instead.map(revoke_old) };
    let page = KeysPage { made: Some(made), ..page(desk).await? };
    Ok(desk.page(StatusCode::OK, &page))
}

/// A key by what pages call it.
async fn find(desk: &Desk, id: &str) -> Result<KeptKey, HttpResponse> {
    let found = kept(desk).await?.into_iter().find(|key| key.id() == id);
    found.ok_or_else(|| desk.not_found())
}

async fn named_in_path(desk: &Desk) -> Result<KeptKey, HttpResponse> {
    find(desk, desk.hall.request.match_info().get("key").unwrap_or_default()).await
}

async fn confirm(Looks(desk): Looks) -> HttpResponse {
    try_confirm(&desk).await.unwrap_or_else(|early| early)
}

async fn try_confirm(desk: &Desk) -> Answer {
    let key = named_in_path(desk).await?;
    let keys = kept(desk).await?;
    let last = keys.len() == 1;
    let line = lines(desk, vec![key]).await?.pop().ok_or_else(|| desk.not_found())?;
    let back = desk.path("/keys");
    let page = RevokeKeyPage { frame: desk.frame(Entry::Keys), key: line, last, back };
    Ok(desk.page(StatusCode::OK, &page))
}

async fn revoke(Acts { desk, .. }: Acts) -> HttpResponse {
    try_revoke(&desk).await.unwrap_or_else(|early| early)
}

async fn try_revoke(desk: &Desk) -> Answer {
    let key = named_in_path(desk).await?;
    let actor = desk.staff().actor();
    match desk.tenants().revoke_api_key(&desk.profile, &key.key_hash, &actor).await {
        Ok(()) => {}
        // Somebody was faster.
        Err(TenantFault::NotFound) => return Err(desk.not_found()),
        Err(fault) => return Err(desk.not_now(&fault)),
    }
    let words = desk.hall.frame().say("keys-revoked").text("key", &key.hint).to_string();
    Ok(desk.hall.done(&desk.path("/keys"), &Done { words, link: None }))
}

//! The settings of a tenant that are neither its policy nor its looks: what it tells strangers, who may
//! sign up, where people may be sent, and what its staff must prove.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::json;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::settings::{Misfit, SettingsFault, SettingsPage};
use crate::store::tenants::{SignUpMode, TenantChange};
use crate::text::Zone;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};
use crate::web::tenant_lists::{
    MAX_ORIGIN_BYTES, MAX_URL_BYTES, is_listable, listed_lines, listed_origin,
};

/// Longest text of a list, in characters, and longest name of a zone in bytes.
const MAX_LIST_CHARS: usize = 20_000;
const MAX_ZONE_BYTES: usize = 64;

const PATH: &str = "/console/{slug}/settings";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(READERS),
        states: &["plain", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(save),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    desk.page(StatusCode::OK, &page(&desk))
}

fn page(desk: &Desk) -> SettingsPage {
    let (profile, tenant) = (&desk.profile, &desk.profile.tenant);
    SettingsPage {
        frame: desk.frame(Entry::Settings),
        path: desk.path("/settings"),
        may_save: EDITORS.contains(&desk.role),
        revealing: tenant.revealing,
        single_session: tenant.single_session,
        sign_up: tenant.sign_up,
        redirect_urls: profile.redirect_urls.join("\n"),
        origins: profile.allowed_origins.join("\n"),
        zone: tenant.time_zone.clone().unwrap_or_default(),
        staff_second_factor: tenant.staff_second_factor,
        faults: Vec::new(),
        tenant_id: tenant.id.to_string(),
        publishable_key: profile.publishable_key.clone(),
        pages_url: profile.pages_url.clone(),
        live: tenant.live,
    }
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let (page, change) = read(desk, form);
    let Some(change) = change else {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let actor = desk.staff().actor();
    let saved = desk.tenants().update_tenant(&desk.profile, change, &actor).await;
    saved.map_err(|fault| desk.not_now(&fault))?;
    let said = Done { words: page.frame.line("settings-saved"), link: None };
    Ok(desk.hall.done(&page.path, &said))
}

/// What was typed, kept whatever it is, and the change that it asks for if all of it can be.
fn read(desk: &Desk, form: &Params) -> (SettingsPage, Option<TenantChange>) {
    let typed = |name: &str| -> String {
        form.raw(name).unwrap_or_default().chars().take(MAX_LIST_CHARS).collect()
    };
    let mut page = page(desk);
    page.revealing = form.has("revealing");
    page.single_session = form.has("single_session");
    page.sign_up = match form.raw("sign_up") {
        Some("public") => SignUpMode::Public,
        Some(_) | None => SignUpMode::Restricted,
    };
    page.redirect_urls = typed("redirect_urls");
    page.origins = typed("origins");
    page.zone = typed("zone").trim().to_owned();
    let demanded = page.staff_second_factor;
    page.staff_second_factor = form.has("staff_second_factor");
    let mut faults = Vec::new();
    let listable = |line: &str| is_listable(line).then(|| line.to_owned());
    let urls = listed_lines(&page.redirect_urls, MAX_URL_BYTES, listable);
    let origins = listed_lines(&page.origins, MAX_ORIGIN_BYTES, listed_origin);
    let zone = Some(page.zone.as_str()).filter(|zone| zone.len() <= MAX_ZONE_BYTES);
    let zone = zone.and_then(Zone::known);
    faults.extend(urls.as_ref().err().map(|line| SettingsFault::Redirects(Misfit::of(line))));
    faults.extend(origins.as_ref().err().map(|line| SettingsFault::Origins(Misfit::of(line))));
    if zone.is_none() && !page.zone.is_empty() {
        faults.push(SettingsFault::Zone);
    }
    // Who cannot come back in would be the first to be shut out.
    let proved = desk.staff().session.second_factor_at.is_some();
    if page.staff_second_factor && !demanded && !proved {
        faults.push(SettingsFault::SecondFactor);
    }
    page.faults = faults;
    let (Ok(urls), Ok(origins), true) = (urls, origins, page.faults.is_empty()) else {
        return (page, None);
    };
    let change = TenantChange {
        revealing: Some(page.revealing),
        single_session: Some(page.single_session),
        sign_up: Some(page.sign_up),
        redirect_urls: Some(json!(urls).to_string()),
        allowed_origins: Some(json!(origins).to_string()),
        time_zone: Some(zone),
        staff_second_factor: Some(page.staff_second_factor),
        ..TenantChange::default()
    };
    (page, Some(change))
}

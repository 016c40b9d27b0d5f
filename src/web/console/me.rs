//! A staff member's own page: colours, keys and time zone of the console. All are kept with the user, the
//! zone as any user's, so that mails tell the same time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;
use serde_json::{Map, Value};

use super::desk::{Answer, Moves, Stands};
use super::hall::{Hall, SCHEME, SINGLE_KEYS};
use super::view::done::Done;
use super::view::frame::{Scheme, SingleKeys};
use super::view::me::MePage;
use crate::store::user_metadata::MetadataChange;
use crate::store::users::UserChange;
use crate::tenant::STAFF_IDLE;
use crate::text::Zone;
use crate::web::body::Params;
use crate::web::page_table::{May, Page, Verb};

/// Longest name of a zone looked at; the longest that there is has 32 letters.
const MAX_ZONE_BYTES: usize = 64;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/me",
        may: May::Staff,
        states: &["plain", "done"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: "/console/me",
        may: May::Staff,
        states: &["fault"],
        route: || web::to(save),
    },
];

async fn show(Stands(hall): Stands) -> HttpResponse {
    let zone = hall.staff.record.user.time_zone.clone().unwrap_or_default();
    hall.page(StatusCode::OK, &page(&hall, hall.scheme(), hall.single_keys(), zone))
}

fn page(hall: &Hall, scheme: Scheme, keys: SingleKeys, zone: String) -> MePage {
    MePage { frame: hall.frame(), scheme, keys, zone, zone_unknown: false, idle: STAFF_IDLE }
}

async fn save(Moves { hall, form }: Moves) -> HttpResponse {
    try_save(&hall, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(hall: &Hall, form: &Params) -> Answer {
    let scheme = form.raw("scheme").and_then(Scheme::parse).unwrap_or_default();
    // A box that is not ticked is not sent.
    let keys = if form.raw("single_keys").is_some() { SingleKeys::On } else { SingleKeys::Off };
    let zone: String = form.raw("zone").unwrap_or_default().trim().to_owned();
    // As the database spells it.
    let named = Some(zone.as_str()).filter(|zone| zone.len() <= MAX_ZONE_BYTES);
    let known = named.and_then(Zone::known);
    if known.is_none() && !zone.is_empty() {
        let typed = zone.chars().take(MAX_ZONE_BYTES).collect();
        let page = MePage { zone_unknown: true, ..page(hall, scheme, keys, typed) };
        return Ok(hall.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let kept = Map::from_iter([
        (SCHEME.to_owned(), Value::from(scheme.as_str())),
        (SINGLE_KEYS.to_owned(), Value::from(keys == SingleKeys::On)),
    ]);
    let change = UserChange {
        time_zone: Some(known),
        private_metadata: Some(MetadataChange::Merge(kept)),
        ..UserChange::default()
    };
    let id = hall.staff.id().clone();
    let saved = hall.doors.tenants.update_user(&hall.console, id, change).await;
    saved.map_err(|fault| hall.not_now(&fault))?;
    let said = Done { words: hall.frame().line("console-me-saved"), link: None };
    Ok(hall.done("/console/me", &said))
}

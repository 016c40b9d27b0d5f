//! Attacks that a tenant's team was told of. Whoever is written to about them mutes that here, for a
//! while or for good; a link in a mail leads here and changes nothing by itself.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::alerts::{AlertLine, AlertsPage, Hears};
use super::view::done::Done;
use super::view::frame::Entry;
use crate::model::Span;
use crate::store::alerts::{AlertRow, Watcher};
use crate::tenant::Mute;
use crate::text::Catalogue;
use crate::text::time::wait;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

const PATH: &str = "/console/{slug}/alerts";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["none", "some", "muted", "everywhere"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(save),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let (rows, own) = read(desk).await?;
    let line = |row: AlertRow| AlertLine {
        began: row.opened_at,
        over: row.closed_at,
        figures: row.figures(),
        campaign: row.campaign_id,
    };
    let page = AlertsPage {
        frame: desk.frame(Entry::Alerts),
        path: desk.path("/alerts"),
        attacks_path: desk.path("/attacks"),
        attacks: rows.into_iter().map(line).collect(),
        hears: match own.muted_until.filter(|until| *until > desk.now()) {
            _ if !own.alerts => Hears::Nothing,
            Some(until) => Hears::Muted(until),
            None => Hears::Attacks,
        },
        digest: own.digest,
        everywhere: own.of == *desk.hall.console.id(),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

/// With what the reader wants to hear. Whoever may see the page is written to.
async fn read(desk: &Desk) -> Result<(Vec<AlertRow>, Watcher), HttpResponse> {
    let staff = desk.staff().id();
    let found = desk.tenants().alerts(&desk.hall.console, &desk.profile, staff).await;
    let (rows, own) = found.map_err(|fault| desk.not_now(&fault))?;
    Ok((rows, own.ok_or_else(|| desk.not_found())?))
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let (english, tenant) = (Catalogue::get("en"), &desk.profile.tenant.name);
    let (tenants, actor) = (desk.tenants(), desk.staff().actor());
    let staff = desk.staff().id().clone();
    let mute = match form.raw("deed") {
        Some("mute-day") => Some(Mute::For(Span::DAY)),
        Some("mute-week") => Some(Mute::For(Span::DAY.times(7))),
        Some("unmute") => Some(Mute::Not),
        Some("save") => None,
        Some(_) | None => return Err(desk.bad_form()),
    };
    let (done, words) = match mute {
        Some(mute) => {
            let said = match mute {
                Mute::For(span) => {
                    english.say("alerts-muted-done").text("wait", wait(english, span))
                }
                Mute::Not => english.say("alerts-unmuted-done"),
            };
            let done = tenants.mute_alerts(&desk.profile, staff, mute, actor).await;
            (done, said.text("tenant", tenant).to_string())
        }
        None => {
            let (_, own) = read(desk).await?;
            let wishes = Watcher { alerts: form.has("alerts"), digest: form.has("digest"), ..own };
            let done = tenants.save_wishes(&desk.profile, wishes, actor).await;
            (done, english.line("alerts-saved"))
        }
    };
    done.map_err(|fault| desk.not_now(&fault))?;
    Ok(desk.hall.done(&desk.path("/alerts"), &Done { words, link: None }))
}

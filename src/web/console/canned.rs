//! Saved answers: who may change the tenant writes them, whoever answers requests uses them. A text
//! with a variable that there is not is refused here, so that nobody is ever sent one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::canned::{CannedLine, CannedPage, CannedProblem};
use super::view::done::Done;
use super::view::frame::Entry;
use crate::model::CannedReplyId;
use crate::store::canned_replies::CannedReply;
use crate::store::team::Role;
use crate::support::variables;
use crate::tenant::TenantFault;
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

/// Longest title and text, in characters.
const MAX_TITLE: usize = 100;
const MAX_BODY: usize = 4_000;

const PATH: &str = "/console/{slug}/inbox/canned";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(&Role::ALL),
        states: &["none", "list", "edit", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["unknown-variable"],
        route: || web::to(save),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let mut page = page(desk).await?;
    let (id, locale) =
        (query.raw("id").unwrap_or_default(), query.raw("locale").unwrap_or_default());
    let chosen = page.saved.iter().find(|line| line.id == id && line.locale == locale).cloned();
    if let Some(line) = chosen {
        page.id = line.id;
        page.locale = line.locale;
        page.title = line.title;
        page.body = line.body;
    }
    Ok(desk.page(StatusCode::OK, &page))
}

async fn page(desk: &Desk) -> Result<CannedPage, HttpResponse> {
    let read = desk.reader().canned_replies(desk.profile.id().clone()).await;
    let rows = read.map_err(|error| desk.not_now(&error.into()))?;
    let line = |row: CannedReply| CannedLine {
        id: row.id.to_string(),
        locale: row.locale,
        title: row.title,
        body: row.body,
    };
    Ok(CannedPage {
        frame: desk.frame(Entry::Inbox),
        path: desk.path("/inbox/canned"),
        inbox_path: desk.path("/inbox"),
        may_save: EDITORS.contains(&desk.role),
        saved: rows.into_iter().map(line).collect(),
        locales: Catalogue::tags(),
        id: String::new(),
        locale: "en".to_owned(),
        title: String::new(),
        body: String::new(),
        problem: None,
    })
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let title: String =
        form.raw("title").unwrap_or_default().trim().chars().filter(|c| !c.is_control()).collect();
    let body = form.raw("body").unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
    let locale = form.raw("locale").unwrap_or_default().to_owned();
    let id = form.raw("id").and_then(CannedReplyId::parse);
    if !Catalogue::tags().contains(&locale.as_str()) {
        return Err(desk.bad_form());
    }
    let path = desk.path("/inbox/canned");
    let english = Catalogue::get("en");
    let done = |words: String| desk.hall.done(&path, &Done { words, link: None });
    let (tenant, actor) = (desk.profile.id().clone(), desk.staff().actor());
    if form.raw("deed") == Some("drop") {
        let id = id.ok_or_else(|| desk.bad_form())?;
        let dropped = desk.tenants().drop_canned_reply(tenant, id, locale, &actor).await;
        dropped.map_err(|fault| desk.not_now(&fault))?;
        return Ok(done(english.line("canned-dropped")));
    }
    let mut problem = problem_of(&title, &body);
    if problem.is_none() {
        let saved = desk.tenants().save_canned_reply(tenant, id, &locale, (&title, &body), &actor);
        match saved.await {
            Ok(()) => return Ok(done(english.line("canned-saved"))),
            Err(TenantFault::Conflict { .. }) => problem = Some(CannedProblem::Full),
            Err(fault) => return Err(desk.not_now(&fault)),
        }
    }
    let typed = form.raw("id").unwrap_or_default().to_owned();
    let page = CannedPage { id: typed, locale, title, body, problem, ..page(desk).await? };
    Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn problem_of(title: &str, body: &str) -> Option<CannedProblem> {
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        return Some(CannedProblem::Title);
    }
    if body.is_empty() || body.chars().count() > MAX_BODY {
        return Some(CannedProblem::Body);
    }
    variables::unknown(body).map(|name| CannedProblem::Variable { name })
}

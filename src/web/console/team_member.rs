//! One of a tenant's team: their role, and the question before they are removed. Who may do what is
//! asked again where it is written; what a page leaves out only saves a press.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::staff_names::staff_names;
use super::team::{line, role_of, staff_of};
use super::view::done::Done;
use super::view::frame::{Entry, role_word};
use super::view::team_member::{MemberPage, MemberProblem, RemovePage};
use crate::model::UserId;
use crate::tenant::TeamAnswer;
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

const PATH: &str = "/console/{slug}/team/{member}";
const REMOVE: &str = "/console/{slug}/team/{member}/remove";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["member", "own", "owner"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["last-owner", "not-allowed"],
        route: || web::to(save),
    },
    Page {
        verb: Verb::Get,
        path: REMOVE,
        may: May::These(EDITORS),
        states: &["remove", "leave"],
        route: || web::to(confirm),
    },
    Page {
        verb: Verb::Post,
        path: REMOVE,
        may: May::These(EDITORS),
        states: &["last-owner"],
        route: || web::to(remove),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let page = page(desk, None).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

/// Who the path names; one who works for every tenant is in this team only by a row of its own.
fn named(desk: &Desk) -> Option<UserId> {
    UserId::parse(desk.hall.request.match_info().get("member").unwrap_or_default())
}

async fn page(desk: &Desk, problem: Option<MemberProblem>) -> Result<MemberPage, HttpResponse> {
    let (console, tenant) = (desk.hall.console.id().clone(), desk.profile.id().clone());
    let named = named(desk).ok_or_else(|| desk.not_found())?;
    let read = desk.reader().member(console, tenant, named).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let member = found.ok_or_else(|| desk.not_found())?;
    let names = staff_names(desk, staff_of(&member.row.added_by)).await?;
    Ok(MemberPage {
        frame: desk.frame(Entry::Team),
        back: desk.path("/team"),
        role: desk.role,
        chosen: member.row.role,
        member: line(desk, &names, member),
        problem,
    })
}

fn problem_of(answer: TeamAnswer) -> Option<MemberProblem> {
    match answer {
        TeamAnswer::Done => None,
        TeamAnswer::LastOwner => Some(MemberProblem::LastOwner),
        TeamAnswer::NotAllowed | TeamAnswer::TooMany | TeamAnswer::TooManyToOne => {
            Some(MemberProblem::NotAllowed)
        }
    }
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let member = named(desk).ok_or_else(|| desk.not_found())?;
    let role = role_of(form).ok_or_else(|| desk.bad_form())?;
    let at = (&*desk.hall.console, &*desk.profile);
    let answer = desk.tenants().change_role(at, desk.staff(), member, role).await;
    let answer = answer.map_err(|fault| gone(desk, &fault))?;
    let page = MemberPage { chosen: role, ..page(desk, problem_of(answer)).await? };
    if page.problem.is_some() {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let english = Catalogue::get("en");
    let said = english.say("team-member-saved").text("name", &page.member.name);
    let words = said.text("role", role_word(english, role)).to_string();
    Ok(desk.hall.done(&page.back, &Done { words, link: None }))
}

async fn confirm(Looks(desk): Looks) -> HttpResponse {
    try_confirm(&desk).await.unwrap_or_else(|early| early)
}

async fn try_confirm(desk: &Desk) -> Answer {
    let page = page(desk, None).await?;
    Ok(desk.page(StatusCode::OK, &asked(page)))
}

/// The question about somebody whose page it is.
fn asked(page: MemberPage) -> RemovePage {
    let MemberPage { frame, back, member, problem, .. } = page;
    RemovePage { frame, back, member, problem }
}

async fn remove(Acts { desk, .. }: Acts) -> HttpResponse {
    try_remove(&desk).await.unwrap_or_else(|early| early)
}

async fn try_remove(desk: &Desk) -> Answer {
    // Read before: afterwards there is nobody of that name.
    let page = page(desk, None).await?;
    let at = (&*desk.hall.console, &*desk.profile);
    let member = named(desk).ok_or_else(|| desk.not_found())?;
    let answer = desk.tenants().remove_member(at, desk.staff(), member).await;
    let problem = problem_of(answer.map_err(|fault| gone(desk, &fault))?);
    if problem.is_some() {
        let page = asked(MemberPage { problem, ..page });
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let english = Catalogue::get("en");
    if page.member.is_you {
        let words = english.say("team-left").text("tenant", &desk.profile.tenant.name).to_string();
        // They may see nothing here any more.
        return Ok(desk.hall.done("/console/me", &Done { words, link: None }));
    }
    let words = english.say("team-removed").text("name", &page.member.name).to_string();
    Ok(desk.hall.done(&page.back, &Done { words, link: None }))
}

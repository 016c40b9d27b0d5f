//! The policy screen. The draft is the address: a form of its own shows it (GET), so that drafts can be
//! tried by who may not save and handed to somebody else; saving (POST) is the only thing that writes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::policy_form::{asked, same};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::policy::{PolicyNotice, PolicyPage};
use crate::lockout::policy_document::FIELDS;
use crate::lockout::{Policy, PolicyDocument, PolicyFault};
use crate::model::UserId;
use crate::tenant::{TenantFault, staff_name};
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 500;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/policy",
        may: May::These(READERS),
        states: &["live", "draft", "faults", "off", "endless", "traps", "auditor"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/policy",
        may: May::These(EDITORS),
        states: &["no-reason", "conflict"],
        route: || web::to(save),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let page = page(desk, &query).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

async fn page(desk: &Desk, form: &Params) -> Result<PolicyPage, HttpResponse> {
    let read = desk.tenants().live_policy(&desk.profile).await;
    let version = read.map_err(|fault| desk.not_now(&fault))?;
    let live = version.policy().map_err(|error| desk.not_now(&error.into()))?;
    let document = asked(form).unwrap_or_else(|| PolicyDocument::of(&live));
    let (draft, faults) = match document.parse() {
        Ok(policy) => (Some(policy).filter(|draft| !same(draft, &live)), Vec::new()),
        Err(faults) => (None, fields_of(&faults)),
    };
    Ok(PolicyPage {
        frame: desk.frame(Entry::Policy),
        version: version.version,
        author: author_name(desk, version.author).await?,
        since: version.created_at,
        live,
        document,
        draft,
        faults,
        reason: String::new(),
        reason_missing: false,
        may_save: EDITORS.contains(&desk.role),
        notice: None,
        path: desk.path("/policy"),
    })
}

/// Staff by their names; a server or a command as the record has it.
async fn author_name(desk: &Desk, author: String) -> Result<String, HttpResponse> {
    let Some(id) = author.strip_prefix("staff:").and_then(UserId::parse) else {
        return Ok(author);
    };
    let found = desk.reader().user(desk.hall.console.id().clone(), id).await;
    let found = found.map_err(|error| desk.not_now(&error.into()))?;
    Ok(found.map_or(author, |record| staff_name(&record)))
}

/// Each field once, in the order of the form.
fn fields_of(faults: &[PolicyFault]) -> Vec<&'static str> {
    let named = |field: &str| faults.iter().any(|fault| fault.field == field);
    FIELDS.into_iter().filter(|field| named(field)).collect()
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let mut page = page(desk, form).await?;
    let reason = form.raw("reason").unwrap_or_default().trim();
    page.reason = reason.chars().filter(|c| !c.is_control()).take(MAX_REASON_CHARS).collect();
    page.reason_missing = page.reason.is_empty() && page.draft.is_some();
    if page.reason_missing || !page.faults.is_empty() {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let Some(draft) = page.draft.clone() else {
        page.notice = Some(PolicyNotice::NothingToChange);
        return Ok(desk.page(StatusCode::OK, &page));
    };
    let made_over = form.number("made_over", 1, u64::from(u32::MAX)).ok().flatten();
    let made_over = made_over.and_then(|number| i64::try_from(number).ok()).unwrap_or(0);
    match written(desk, &draft, &page.reason, made_over).await {
        Ok(version) => {
            let moment = page.frame.say("policy-saved").count("version", version);
            let said = Done { words: moment.to_string(), link: None };
            Ok(desk.hall.done(&page.path, &said))
        }
        Err(TenantFault::Conflict { .. }) => {
            page.notice = Some(PolicyNotice::SavedMeanwhile { version: page.version });
            Ok(desk.page(StatusCode::CONFLICT, &page))
        }
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

async fn written(
    desk: &Desk,
    draft: &Policy,
    reason: &str,
    made_over: i64,
) -> Result<i64, TenantFault> {
    let actor = desk.staff().actor();
    let tenants = desk.tenants();
    tenants.save_policy_over(&desk.profile, draft, &actor, reason, made_over).await
}

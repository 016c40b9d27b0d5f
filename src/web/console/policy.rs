//! The policy screen. What follows from a draft is asked for alone by the page's script
//! (`?part=preview`), as one types, and its replay once it stands still (`?part=replay`). The draft is the address: a form of its own shows it (GET), so that
//! drafts can be tried by who may not save and handed to somebody else; saving (POST) is the only thing
//! that writes.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::locks_many::SPARED;
use super::policy_form::{asked, same};
use super::replay_card::{known, replayed};
use super::staff_names::staff_names;
use super::versions::{made_over, overtaken};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::policy::{PolicyNotice, PolicyPage, PolicyPreview, PolicyReplayed};
use super::view::policy_words::OverlayOn;
use super::view::replay_card::ReplayCard;
use crate::lockout::policy_document::FIELDS;
use crate::lockout::{PolicyDocument, PolicyFault};
use crate::model::{Span, UserId};
use crate::store::lockout_policy::PoliciesNow;
use crate::tenant::TenantFault;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest reason, in characters.
pub(super) const MAX_REASON_CHARS: usize = 500;

/// For so long after a save the locks are offered to be lifted that it would not have made: most have
/// ended by then, and the question costs a look at the others.
const OFFERED: Span = Span::DAY;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/policy",
        may: May::These(READERS),
        states: &[
            "live",
            "draft",
            "faults",
            "off",
            "endless",
            "traps",
            "overlay",
            "auditor",
            "spared",
            "sources",
            "replayed",
            "nothing-recorded",
            "under-way",
            "waiting",
            "failed",
        ],
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
    let mut page = page(desk, &query).await?;
    match query.raw("part") {
        Some("preview") => return Ok(desk.page(StatusCode::OK, &PolicyPreview { page: &page })),
        Some("replay") => {
            page.replay = replayed(desk, &page).await;
            return Ok(desk.page(StatusCode::OK, &PolicyReplayed { page: &page }));
        }
        Some(_) | None => {}
    }
    if page.may_save && page.version > 1 && desk.now() < page.since.after(OFFERED) {
        let count = desk.tenants().count_spared(&desk.profile).await;
        let count = count.map_err(|fault| desk.not_now(&fault))?;
        let path = desk.path(&format!("/locks/many?{SPARED}=1"));
        page.spared = (count.accounts > 0).then_some((count, path));
    }
    Ok(desk.page(StatusCode::OK, &page))
}

async fn page(desk: &Desk, form: &Params) -> Result<PolicyPage, HttpResponse> {
    let read = desk.tenants().policies_now(&desk.profile).await;
    let now = read.map_err(|fault| desk.not_now(&fault))?;
    let overlay = overlay_on(&now);
    let version = now.live;
    let live = version.policy().map_err(|error| desk.not_now(&error.into()))?;
    let document = asked(form).unwrap_or_else(|| PolicyDocument::of(&live));
    let (draft, faults) = match document.parse() {
        Ok(policy) => (Some(policy).filter(|draft| !same(draft, &live)), Vec::new()),
        Err(faults) => (None, fields_of(&faults)),
    };
    let replay = match &draft {
        Some(draft) => known(desk, &live, draft),
        None if faults.is_empty() => ReplayCard::NoDraft,
        None => ReplayCard::Faults,
    };
    let names = authors(desk, [version.author.as_str()]).await?;
    Ok(PolicyPage {
        frame: desk.frame(Entry::Policy),
        version: version.version,
        author: names.of(&version.author),
        since: version.created_at,
        live,
        document,
        draft,
        faults,
        reason: String::new(),
        reason_missing: false,
        may_save: EDITORS.contains(&desk.role),
        notice: None,
        overlay,
        replay,
        spared: None,
        path: desk.path("/policy"),
        test_path: desk.path("/test-lock"),
    })
}

/// What stands over the live policy now.
pub(super) fn overlay_on(now: &PoliciesNow) -> Option<OverlayOn> {
    let overlay = now.overlay.as_ref()?;
    Some(OverlayOn { version: overlay.version, until: overlay.ends_at? })
}

/// Those who saved versions, as people know them.
pub(super) struct Authors(HashMap<UserId, String>);

impl Authors {
    /// Staff by their names; a server or a command as the record has it.
    pub fn of(&self, author: &str) -> String {
        let name = staff_id(author).and_then(|id| self.0.get(&id));
        name.map_or(author, String::as_str).to_owned()
    }
}

fn staff_id(author: &str) -> Option<UserId> {
    author.strip_prefix("staff:").and_then(UserId::parse)
}

pub(super) async fn authors<'a>(
    desk: &Desk,
    written: impl IntoIterator<Item = &'a str>,
) -> Result<Authors, HttpResponse> {
    Ok(Authors(staff_names(desk, written.into_iter().filter_map(staff_id)).await?))
}

/// Each field once, in the order of the form.
fn fields_of(faults: &[PolicyFault]) -> Vec<&'static str> {
    let named = |field: &str| faults.iter().any(|fault| fault.field == field);
    FIELDS.into_iter().filter(|field| named(field)).collect()
}

/// Words that stand on one line of a list.
pub(super) fn one_line(typed: Option<&str>, most: usize) -> String {
    let typed = typed.unwrap_or_default().trim();
    typed.chars().filter(|c| !c.is_control()).take(most).collect()
}

async fn save(Acts { desk, form }: Acts) -> HttpResponse {
    try_save(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_save(desk: &Desk, form: &Params) -> Answer {
    let mut page = page(desk, form).await?;
    page.reason = one_line(form.raw("reason"), MAX_REASON_CHARS);
    page.reason_missing = page.reason.is_empty() && page.draft.is_some();
    if page.reason_missing || !page.faults.is_empty() {
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let Some(draft) = page.draft.clone() else {
        page.notice = Some(PolicyNotice::NothingToChange);
        return Ok(desk.page(StatusCode::OK, &page));
    };
    let (seen, actor, tenants) = (made_over(form), desk.staff().actor(), desk.tenants());
    let saved = tenants.save_policy_over(&desk.profile, &draft, &actor, &page.reason, seen).await;
    match saved {
        Ok(version) => {
            let words = page.frame.say("policy-saved").count("version", version).to_string();
            let back = page.frame.say("policy-go-back").count("version", page.version).to_string();
            let link = format!("{}/versions/{}/back", page.path, page.version);
            let said = Done { words, link: Some((link, back)) };
            Ok(desk.hall.done(&page.path, &said))
        }
        Err(TenantFault::Conflict { .. }) => {
            let changes = overtaken(desk, seen).await?;
            page.notice = Some(PolicyNotice::SavedMeanwhile { version: page.version, changes });
            Ok(desk.page(StatusCode::CONFLICT, &page))
        }
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

//! A stricter policy for a while: what it would change while it lasts, setting it, and ending it before
//! its time. What is milder in the one that was chosen is not taken from it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::policy::{MAX_REASON_CHARS, one_line, overlay_on};
use super::policy_form::{PRESET, asked, sent};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::overlay::{LengthFault, OverlayPage};
use super::view::policy_words::{diff, sentences};
use crate::lockout::policy_diff::changes;
use crate::lockout::stricter::{LENGTHS, strictest};
use crate::lockout::{Policy, PolicyDocument, Preset, parse_span};
use crate::store::lockout_policy::NewOverlay;
use crate::tenant::TenantFault;
use crate::text::Moment;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

const USUAL: &str = "2h";
/// Longest text of a length that is looked at, in characters.
const MAX_TYPED: usize = 16;

const PATH: &str = "/console/{slug}/policy/overlay";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["preset", "draft", "nothing-stricter", "on"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(set),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/policy/overlay/end",
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

/// The page, and the policy that was chosen.
async fn page(desk: &Desk, form: &Params) -> Result<(OverlayPage, Policy), HttpResponse> {
    let read = desk.tenants().policies_now(&desk.profile).await;
    let now = read.map_err(|fault| desk.not_now(&fault))?;
    let live = now.live.policy().map_err(|error| desk.not_now(&error.into()))?;
    let document = asked(form).unwrap_or_else(|| PolicyDocument::of(&Preset::Strict.policy()));
    // A draft at fault is told of where it is typed.
    let back = desk.path("/policy");
    let chosen = document.parse().map_err(|_| desk.hall.see(&back))?;
    let both = strictest(&live, &chosen);
    let preset =
        Preset::ALL.into_iter().find(|preset| PolicyDocument::of(&preset.policy()) == document);
    let frame = desk.frame(Entry::Policy);
    let page = OverlayPage {
        live: now.live.version,
        on: overlay_on(&now),
        preset,
        // A preset's name says all of it.
        draft: match preset {
            Some(preset) => vec![(PRESET.to_owned(), preset.as_str().to_owned())],
            None => sent(&document),
        },
        changes: diff(&frame, &changes(&live, &both)),
        says: sentences(&frame, &both),
        length: USUAL.to_owned(),
        reason: String::new(),
        length_fault: None,
        reason_missing: false,
        path: back,
        frame,
    };
    Ok((page, chosen))
}

async fn set(Acts { desk, form }: Acts) -> HttpResponse {
    try_set(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_set(desk: &Desk, form: &Params) -> Answer {
    let (mut page, chosen) = page(desk, form).await?;
    page.length = one_line(form.raw("length"), MAX_TYPED);
    page.reason = one_line(form.raw("reason"), MAX_REASON_CHARS);
    let length = parse_span(&page.length);
    let length = length.filter(|length| (LENGTHS.0..=LENGTHS.1).contains(length));
    page.reason_missing = page.reason.is_empty();
    let Some(length) = length.filter(|_| !page.reason_missing) else {
        page.length_fault = length.is_none().then_some(LengthFault);
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let (author, reason) = (desk.staff().actor(), page.reason.clone());
    let new = NewOverlay { policy: chosen, length, author, reason };
    match desk.tenants().set_overlay(&desk.profile, new).await {
        Ok((_, until)) => {
            let frame = &page.frame;
            let end = Moment::ending(frame.lang, &frame.zone, until, frame.now).absolute;
            let words = frame.say("overlay-done").text("time", end).to_string();
            Ok(desk.hall.done(&page.path, &Done { words, link: None }))
        }
        // It is stricter in nothing, or somebody saved at this very moment: the page says which.
        Err(TenantFault::Conflict { .. }) => Ok(desk.page(StatusCode::CONFLICT, &page)),
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

async fn end(Acts { desk, .. }: Acts) -> HttpResponse {
    let (tenants, actor) = (desk.tenants(), desk.staff().actor());
    let frame = desk.frame(Entry::Policy);
    let words = match tenants.end_overlay(&desk.profile, &actor).await {
        Ok(_) => frame.line("overlay-ended"),
        // Its time was over, or somebody else was faster: as was wished.
        Err(TenantFault::NotFound) => frame.line("overlay-over"),
        Err(fault) => return desk.not_now(&fault),
    };
    desk.hall.done(&desk.path("/policy"), &Done { words, link: None })
}

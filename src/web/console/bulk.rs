//! One deed done to several requests: what was ticked on a list, each over the version that was looked
//! at and each a step with an audit row of its own. The answer says of every one what became of it; the
//! same form sent again finds newer versions and does nothing twice.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk};
use super::reply_text::canned_text;
use super::staff_names::assignee;
use super::view::bulk::{BulkDeed, BulkLine, BulkPage, Done};
use super::view::frame::Entry;
use crate::model::UserId;
use crate::store::request_messages::Stepped;
use crate::tenant::{Handover, Looked, MoveTo, TenantFault, UnlockMailed};
use crate::web::body::Params;
use crate::web::page_table::{DESK, May, Page, Verb};

/// Requests of one form: those of a page of the list.
const MOST: usize = crate::store::inbox::PAGE;
/// Longest reference looked at, in bytes.
const MAX_REFERENCE: usize = 32;

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Post,
    path: "/console/{slug}/inbox/bulk",
    may: May::These(DESK),
    states: &["done", "mixed", "nothing-ticked", "no-answer", "not-of-team"],
    route: || web::to(act),
}];

/// What was ticked: a reference, and the version that was looked at.
struct Pick<'f> {
    reference: &'f str,
    over: i64,
}

impl<'f> Pick<'f> {
    fn parse(text: &'f str) -> Option<Self> {
        let (reference, version) = text.rsplit_once('.')?;
        let fits = !reference.is_empty() && reference.len() <= MAX_REFERENCE;
        Some(Self { reference, over: version.parse().ok()? }).filter(|_| fits)
    }
}

/// What a deed is done with.
enum With<'f> {
    Nothing,
    /// A saved answer's id.
    Answer(&'f str),
    /// `None`: they may not work on requests.
    Assignee(Option<UserId>),
}

async fn act(Acts { desk, form }: Acts) -> HttpResponse {
    try_act(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_act(desk: &Desk, form: &Params) -> Answer {
    let deed = form.raw("deed").and_then(BulkDeed::parse).ok_or_else(|| desk.bad_form())?;
    let mut picks = Vec::new();
    for ticked in form.each("pick") {
        let pick = Pick::parse(ticked).ok_or_else(|| desk.bad_form())?;
        if picks.len() == MOST {
            return Err(desk.bad_form());
        }
        picks.push(pick);
    }
    let with = match deed {
        BulkDeed::Answer => With::Answer(form.raw("canned").unwrap_or_default()),
        BulkDeed::Assign => With::Assignee(assignee(desk, form).await?),
        BulkDeed::UnlockMail | BulkDeed::Close | BulkDeed::Spam | BulkDeed::Take => With::Nothing,
    };
    let mut lines = Vec::with_capacity(picks.len());
    for pick in &picks {
        lines.push(one(desk, deed, pick, &with).await?);
    }
    let page =
        BulkPage { frame: desk.frame(Entry::Inbox), inbox_path: desk.path("/inbox"), deed, lines };
    let status = match page.lines.is_empty() {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    Ok(desk.page(status, &page))
}

async fn one(
    desk: &Desk,
    deed: BulkDeed,
    pick: &Pick<'_>,
    with: &With<'_>,
) -> Result<BulkLine, HttpResponse> {
    let reference = pick.reference.to_owned();
    let read = desk.reader().conversation(desk.profile.id().clone(), reference.clone()).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let Some(found) = found else {
        return Ok(BulkLine { path: None, who: String::new(), reference, did: Done::Gone });
    };
    let request = &found.request;
    let actor = desk.staff().actor();
    let looked = Looked { request, over: pick.over, actor: &actor };
    let did = match carried_out(desk, deed, &looked, with).await {
        Ok(did) => did,
        // The others are not held up by one, and what was done before is told.
        Err(TenantFault::NotFound) => Done::NoAccount,
        Err(TenantFault::Busy { .. } | TenantFault::Unavailable | TenantFault::Conflict { .. }) => {
            Done::NotNow
        }
    };
    Ok(BulkLine {
        path: Some(desk.path(&format!("/inbox/{}", request.reference))),
        who: request.who().to_owned(),
        reference,
        did,
    })
}

async fn carried_out(
    desk: &Desk,
    deed: BulkDeed,
    looked: &Looked<'_>,
    with: &With<'_>,
) -> Result<Done, TenantFault> {
    let tenants = desk.tenants();
    let stepped = match deed {
        BulkDeed::UnlockMail => {
            return Ok(match tenants.mail_unlock_link(&desk.profile, looked).await? {
                UnlockMailed::OnItsWay => Done::Done,
                UnlockMailed::HeldBack => Done::HeldBack,
                UnlockMailed::Stale => Done::Stale,
            });
        }
        BulkDeed::Answer => {
            let With::Answer(chosen) = with else { return Ok(Done::NoAnswer) };
            let text = canned_text(desk, looked.request, chosen).await;
            let text = text.map_err(|_| TenantFault::Unavailable)?;
            if text.is_empty() {
                return Ok(Done::NoAnswer);
            }
            tenants.reply_to_request(looked, text).await?
        }
        BulkDeed::Close => tenants.move_request(looked, MoveTo::Closed).await?,
        BulkDeed::Spam => tenants.move_request(looked, MoveTo::Spam).await?,
        BulkDeed::Take => {
            tenants.hand_over(looked, Handover::To(desk.staff().id().clone())).await?
        }
        BulkDeed::Assign => {
            let With::Assignee(Some(to)) = with else { return Ok(Done::NotOfTeam) };
            tenants.hand_over(looked, Handover::To(to.clone())).await?
        }
    };
    Ok(match stepped {
        Stepped::Done(_) => Done::Done,
        Stepped::Stale(_) => Done::Stale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_a_reference_and_a_version() {
        let pick = Pick::parse("LK-7F3A-22QM.12").unwrap();
        assert_eq!((pick.reference, pick.over), ("LK-7F3A-22QM", 12));
        let long = format!("{}.1", "x".repeat(33));
        for odd in ["", ".", ".1", "LK-7F3A-22QM", "LK-7F3A-22QM.", "LK-7F3A-22QM.x", &long] {
            assert!(Pick::parse(odd).is_none(), "{odd}");
        }
    }
}

//! One request and what staff do about it. Each deed is a form over the version of the page that it
//! stands on: what came meanwhile is shown before anything is sent, and nothing that was typed is lost.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_panel::panel;
use super::reply_text::{canned_text, offer_text, saved};
use super::staff_names::{assignee, colleagues, staff_names};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::request::{
    CameBy, EventWord, Hands, RequestPage, RequestProblem, Standing, Talk, TalkKind,
};
use crate::model::{Millis, RequestMessageId, UserId};
use crate::store::contact_requests::{
    ClosedBecause, ContactRequest, ContactRequestStatus, Origin, Queue,
};
use crate::store::request_messages::{Conversation, MessageKind, RequestMessage, Stepped};
use crate::store::team::Role;
use crate::support::life::UNDO;
use crate::tenant::{Handover, Looked, MoveTo, TakenBack, UnlockMailed};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{DESK, May, Page, Verb};

/// Longest answer or note, and longest reason, in characters.
const MAX_BODY: usize = 4_000;
const MAX_REASON: usize = 300;

const PATH: &str = "/console/{slug}/inbox/{reference}";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(&Role::ALL),
        states: &["locked", "attack", "unlocked", "nobody", "auditor", "taken-back"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(DESK),
        states: &["stale", "no-body", "no-reason", "not-of-team"],
        route: || web::to(act),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let found = opened(desk).await?;
    let page = page(desk, &found).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

/// The request of the path.
async fn opened(desk: &Desk) -> Result<Conversation, HttpResponse> {
    let reference = desk.hall.request.match_info().get("reference").unwrap_or_default();
    let read = desk.reader().conversation(desk.profile.id().clone(), reference.to_owned()).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    found.ok_or_else(|| desk.not_found())
}

fn path_of(desk: &Desk, request: &ContactRequest) -> String {
    desk.path(&format!("/inbox/{}", request.reference))
}

async fn page(desk: &Desk, found: &Conversation) -> Result<RequestPage, HttpResponse> {
    let request = &found.request;
    let names = names(desk, found).await?;
    let assignee = request.assignee.as_ref();
    Ok(RequestPage {
        frame: desk.frame(Entry::Inbox),
        path: path_of(desk, request),
        inbox_path: desk.path("/inbox"),
        canned_path: desk.path("/inbox/canned"),
        reference: request.reference.clone(),
        subject: match request.queue {
            Queue::Open | Queue::Closed | Queue::Spam => request.subject.clone(),
            Queue::Forgotten => Catalogue::get("en").line("request-forgotten"),
        },
        who: request.who().to_owned(),
        identifier: request.identifier.clone(),
        filed_at: request.created_at,
        came_by: match request.origin {
            Origin::Form => CameBy::Form,
            Origin::NotMe => CameBy::NotMe,
            Origin::Mail => CameBy::Mail,
        },
        standing: standing(request),
        version: request.version,
        assignee: assignee.map(|staff| named(&names, staff)),
        is_mine: assignee == Some(desk.staff().id()),
        colleagues: if DESK.contains(&desk.role) { colleagues(desk).await? } else { Vec::new() },
        hands: if DESK.contains(&desk.role) { Hands::Free } else { Hands::Tied },
        talk: talk(desk, found, &names),
        panel: panel(desk, found).await?,
        story_path: request.user_id.as_ref().map(|user| desk.path(&format!("/locks/{user}"))),
        draft: String::new(),
        saved: saved(desk).await?,
        problem: None,
    })
}

fn standing(request: &ContactRequest) -> Standing {
    match request.status {
        ContactRequestStatus::New => Standing::New,
        ContactRequestStatus::Open => Standing::Open,
        ContactRequestStatus::Waiting => Standing::Waiting,
        ContactRequestStatus::Closed => match request.closed_because {
            Some(ClosedBecause::SignedIn) => Standing::ClosedBySignIn,
            Some(ClosedBecause::Staff) | None => Standing::Closed,
        },
        ContactRequestStatus::Spam => Standing::Spam,
    }
}

fn staff_in(text: &str) -> Option<UserId> {
    text.split_once(':').and_then(|(_, id)| UserId::parse(id))
}

/// Everybody of the staff who stands in a conversation.
async fn names(desk: &Desk, found: &Conversation) -> Result<HashMap<UserId, String>, HttpResponse> {
    let authors = found.messages.iter().filter_map(|message| staff_in(&message.author));
    let assigned = found.messages.iter().filter_map(|message| staff_in(&message.body));
    staff_names(desk, authors.chain(assigned).chain(found.request.assignee.clone())).await
}

fn named(names: &HashMap<UserId, String>, staff: &UserId) -> String {
    names.get(staff).cloned().unwrap_or_else(|| staff.to_string())
}

fn talk(desk: &Desk, found: &Conversation, names: &HashMap<UserId, String>) -> Vec<Talk> {
    let request = &found.request;
    let first = Talk {
        kind: TalkKind::Theirs,
        who: request.who().to_owned(),
        at: request.created_at,
        body: request.message.clone(),
        undo: None,
        undone: false,
    };
    let later = found.messages.iter().map(|message| {
        let staff = staff_in(&message.author);
        Talk {
            who: match staff {
                Some(staff) => named(names, &staff),
                None if message.author == "person" => request.who().to_owned(),
                None => "Lockkeeper".to_owned(),
            },
            at: message.created_at,
            body: match message.kind {
                MessageKind::Event => String::new(),
                MessageKind::Theirs | MessageKind::Reply | MessageKind::Note => {
                    message.body.clone()
                }
            },
            undo: undo_of(message, desk.now()),
            undone: message.undone_at.is_some(),
            kind: kind_of(message, names),
        }
    });
    std::iter::once(first).chain(later).collect()
}

fn kind_of(message: &RequestMessage, names: &HashMap<UserId, String>) -> TalkKind {
    match message.kind {
        MessageKind::Theirs => TalkKind::Theirs,
        MessageKind::Reply => TalkKind::Reply,
        MessageKind::Note => TalkKind::Note,
        MessageKind::Event => TalkKind::Event(event_of(&message.body, names)),
    }
}

/// As `tenant::desk_work` and `tenant::mail_in` write them.
fn event_of(body: &str, names: &HashMap<UserId, String>) -> EventWord {
    let (word, detail) = body.split_once(':').unwrap_or((body, ""));
    match word {
        "closed" => EventWord::Closed,
        "signed_in" => EventWord::ClosedBySignIn,
        "spam" => EventWord::Spam,
        "reopened" => EventWord::Reopened,
        "assigned" => EventWord::Assigned {
            to: UserId::parse(detail).map_or_else(String::new, |staff| named(names, &staff)),
        },
        "unassigned" => EventWord::Unassigned,
        "unlock_mail" => EventWord::UnlockMail,
        "unlock_mail_held" => EventWord::UnlockMailHeld,
        "unlock_now" => EventWord::UnlockAsked { reason: detail.to_owned() },
        "unlocked" => EventWord::Unlocked,
        "auto_reply" => EventWord::AutoReply,
        _ => EventWord::Other,
    }
}

fn undo_of(message: &RequestMessage, now: Millis) -> Option<(String, Millis)> {
    let leaves = match message.kind {
        MessageKind::Reply => true,
        MessageKind::Event => message.outbox_id.is_some(),
        MessageKind::Theirs | MessageKind::Note => false,
    };
    let until = message.created_at.after(UNDO);
    let open = leaves && message.undone_at.is_none() && now < until;
    open.then(|| (message.id.to_string(), until))
}

async fn act(Acts { desk, form }: Acts) -> HttpResponse {
    try_act(&desk, &form).await.unwrap_or_else(|early| early)
}

/// What came of a deed.
enum Did {
    /// Done, and what the next page says first.
    Said(String),
    Problem(RequestProblem),
    /// Nothing was done: the answer so far, with more in it.
    Draft(String),
}

impl Did {
    fn stepped(stepped: &Stepped, said: String) -> Self {
        match stepped {
            Stepped::Done(_) => Self::Said(said),
            Stepped::Stale(_) => Self::Problem(RequestProblem::Stale),
        }
    }
}

async fn try_act(desk: &Desk, form: &Params) -> Answer {
    let found = opened(desk).await?;
    let body = form.raw("body").unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
    let path = path_of(desk, &found.request);
    match deed(desk, form, &found, &body).await? {
        Did::Said(words) => Ok(desk.hall.done(&path, &Done { words, link: None })),
        Did::Draft(draft) => {
            let page = RequestPage { draft, ..page(desk, &found).await? };
            Ok(desk.page(StatusCode::OK, &page))
        }
        Did::Problem(problem) => {
            let status = match problem {
                RequestProblem::Stale | RequestProblem::TooLate => StatusCode::CONFLICT,
                RequestProblem::BodyMissing
                | RequestProblem::BodyTooLong
                | RequestProblem::NotOfTeam
                | RequestProblem::ReasonMissing => StatusCode::UNPROCESSABLE_ENTITY,
            };
            // As it stands now: what came meanwhile is on the page.
            let found = opened(desk).await?;
            let page =
                RequestPage { draft: body, problem: Some(problem), ..page(desk, &found).await? };
            Ok(desk.page(status, &page))
        }
    }
}

fn body_problem(body: &str) -> Option<RequestProblem> {
    if body.is_empty() {
        return Some(RequestProblem::BodyMissing);
    }
    (body.chars().count() > MAX_BODY).then_some(RequestProblem::BodyTooLong)
}

async fn deed(
    desk: &Desk,
    form: &Params,
    found: &Conversation,
    body: &str,
) -> Result<Did, HttpResponse> {
    let over = form.raw("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let actor = desk.staff().actor();
    let looked = Looked { request: &found.request, over, actor: &actor };
    let (tenants, english) = (desk.tenants(), Catalogue::get("en"));
    let failed = |fault| desk.not_now(&fault);
    let moved = async |to, said| {
        let stepped = tenants.move_request(&looked, to).await.map_err(failed)?;
        Ok(Did::stepped(&stepped, said))
    };
    match form.raw("deed").unwrap_or_default() {
        "reply" | "note" if body_problem(body).is_some() => {
            Ok(Did::Problem(body_problem(body).unwrap_or(RequestProblem::BodyMissing)))
        }
        "reply" => {
            let sent = tenants.reply_to_request(&looked, body.to_owned()).await.map_err(failed)?;
            Ok(Did::stepped(&sent, english.line("request-did-reply")))
        }
        "note" => {
            let noted = tenants.note_on_request(&looked, body.to_owned()).await.map_err(failed)?;
            Ok(Did::stepped(&noted, english.line("request-did-note")))
        }
        "close" => moved(MoveTo::Closed, english.line("request-did-close")).await,
        "spam" => moved(MoveTo::Spam, english.line("request-did-spam")).await,
        "reopen" => moved(MoveTo::Open, english.line("request-did-reopen")).await,
        "take" => {
            let to = Handover::To(desk.staff().id().clone());
            let taken = tenants.hand_over(&looked, to).await.map_err(failed)?;
            Ok(Did::stepped(&taken, english.line("request-did-take")))
        }
        "assign" => assign(desk, form, &looked).await,
        "give_back" => {
            let given = tenants.hand_over(&looked, Handover::Nobody).await.map_err(failed)?;
            Ok(Did::stepped(&given, english.line("request-did-give-back")))
        }
        "insert" => {
            let chosen = form.raw("canned").unwrap_or_default();
            let text = canned_text(desk, &found.request, chosen).await?;
            let gap = if body.is_empty() || text.is_empty() { "" } else { "\n\n" };
            Ok(Did::Draft(format!("{body}{gap}{text}")))
        }
        "take_back" => take_back(desk, form, &looked).await,
        "unlock_mail" | "offer_reset" | "unlock_now" => unlocking(desk, form, &looked).await,
        _ => Err(desk.bad_form()),
    }
}

async fn assign(desk: &Desk, form: &Params, looked: &Looked<'_>) -> Result<Did, HttpResponse> {
    let Some(to) = assignee(desk, form).await? else {
        return Ok(Did::Problem(RequestProblem::NotOfTeam));
    };
    let names = staff_names(desk, [to.clone()]).await?;
    let said = Catalogue::get("en").say("request-did-assign").text("name", named(&names, &to));
    let given = desk.tenants().hand_over(looked, Handover::To(to)).await;
    Ok(Did::stepped(&given.map_err(|fault| desk.not_now(&fault))?, said.to_string()))
}

async fn take_back(desk: &Desk, form: &Params, looked: &Looked<'_>) -> Result<Did, HttpResponse> {
    let message = form.raw("message").and_then(RequestMessageId::parse);
    let message = message.ok_or_else(|| desk.bad_form())?;
    let taken = desk.tenants().take_back(looked, message).await;
    Ok(match taken.map_err(|fault| desk.not_now(&fault))? {
        TakenBack::Done => Did::Said(Catalogue::get("en").line("request-did-undo")),
        TakenBack::TooLate => Did::Problem(RequestProblem::TooLate),
    })
}

/// The deeds of the lock panel.
async fn unlocking(desk: &Desk, form: &Params, looked: &Looked<'_>) -> Result<Did, HttpResponse> {
    let (tenants, english) = (desk.tenants(), Catalogue::get("en"));
    let failed = |fault| desk.not_now(&fault);
    match form.raw("deed").unwrap_or_default() {
        "unlock_mail" => {
            let mailed = tenants.mail_unlock_link(&desk.profile, looked).await.map_err(failed)?;
            Ok(match mailed {
                UnlockMailed::OnItsWay => Did::Said(english.line("request-did-unlock-mail")),
                UnlockMailed::HeldBack => Did::Said(english.line("request-did-unlock-mail-held")),
                UnlockMailed::Stale => Did::Problem(RequestProblem::Stale),
            })
        }
        "offer_reset" => {
            let text = offer_text(desk, looked.request).await?;
            let sent = tenants.reply_to_request(looked, text).await.map_err(failed)?;
            Ok(Did::stepped(&sent, english.line("request-did-reset")))
        }
        _ => {
            let reason = form.raw("reason").unwrap_or_default().trim();
            let reason: String =
                reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
            if reason.is_empty() {
                return Ok(Did::Problem(RequestProblem::ReasonMissing));
            }
            let asked = tenants.unlock_soon(looked, &reason).await.map_err(failed)?;
            Ok(Did::stepped(&asked, english.line("request-did-unlock-now")))
        }
    }
}

//! One user's page and what is done to them: each deed on a page that asks for its reason first.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::lock_story::{name_of, user_of};
use super::locks_many::reason;
use super::story_lines::plain_step;
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::user::{
    DeedProblem, NameLine, RequestLine, SessionLine, UserDeed, UserDeedPage, UserPage,
};
use crate::model::{IdentifierKind, UserId};
use crate::store::user_search::FiledRequest;
use crate::store::users::Standing;
use crate::tenant::{PlacedSession, StaffDeed, TenantFault, ToUser, UserCard};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

macro_rules! deed_pages {
    ($($path:literal),* $(,)?) => {
        &[
            Page {
                verb: Verb::Get,
                path: "/console/{slug}/users/{user}",
                may: May::These(READERS),
                states: &["person", "locked", "banned", "no-name", "reader"],
                route: || web::to(show),
            },
            $(
                Page {
                    verb: Verb::Get,
                    path: $path,
                    may: May::These(EDITORS),
                    states: &["confirm"],
                    route: || web::to(ask),
                },
                Page {
                    verb: Verb::Post,
                    path: $path,
                    may: May::These(EDITORS),
                    states: &["no-reason"],
                    route: || web::to(act),
                },
            )*
        ]
    };
}

pub(super) const PAGES: &[Page] = deed_pages!(
    "/console/{slug}/users/{user}/ban",
    "/console/{slug}/users/{user}/lift-ban",
    "/console/{slug}/users/{user}/sign-out",
    "/console/{slug}/users/{user}/second-factor",
    "/console/{slug}/users/{user}/delete",
);

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

/// The user of the path, as they stand.
pub(super) async fn card(desk: &Desk) -> Result<(UserId, UserCard), HttpResponse> {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let read = desk.tenants().user(&desk.profile, user.clone()).await;
    let found = read.map_err(|fault| desk.not_now(&fault))?;
    Ok((user, found.ok_or_else(|| desk.not_found())?))
}

/// All names, those that are proved first.
pub(super) fn names(card: &UserCard) -> Vec<NameLine> {
    let user = &card.record.user;
    let line = |name: &crate::store::users::Identification| {
        let chosen = [&user.primary_identification_id, &user.primary_phone_id];
        NameLine {
            id: name.id.to_string(),
            value: name.value.clone(),
            kind: IdentifierKind::from_stored(&name.kind),
            primary: chosen.into_iter().flatten().any(|id| *id == name.id),
            verified: name.verified,
            second_factor: name.is_second_factor(),
            undeliverable_since: None,
        }
    };
    let proved = card.record.identifications.iter().map(line);
    let waiting = card.pending.iter().map(|name| NameLine {
        id: name.id.to_string(),
        value: name.value.clone(),
        kind: IdentifierKind::from_stored(&name.kind),
        primary: false,
        verified: false,
        second_factor: false,
        undeliverable_since: None,
    });
    proved.chain(waiting).collect()
}

async fn try_show(desk: &Desk) -> Answer {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let read = desk.tenants().person(&desk.profile, user.clone()).await;
    let found = read.map_err(|fault| desk.not_now(&fault))?;
    let person = found.ok_or_else(|| desk.not_found())?;
    let mut names = names(&person.card);
    for mark in &person.undeliverable {
        for name in names.iter_mut().filter(|name| name.value == mark.address) {
            name.undeliverable_since = Some(mark.since);
        }
    }
    let session = |placed: PlacedSession| SessionLine {
        began_at: placed.session.created_at,
        seen_at: placed.session.last_active_at,
        source: placed.source.map(|source| source.as_str().to_owned()),
    };
    let request = |request: FiledRequest| RequestLine {
        path: desk.path(&format!("/inbox/{}", request.reference)),
        reference: request.reference,
        subject: request.subject,
        filed_at: request.created_at,
    };
    let page = UserPage {
        frame: desk.frame(Entry::Users),
        path: desk.path(&format!("/users/{user}")),
        back: desk.path("/users"),
        story_path: desk.path(&format!("/locks/{user}")),
        name: name_of(&person.card),
        card: person.card,
        names,
        sessions: person.sessions.into_iter().map(session).collect(),
        devices: person.devices,
        tries: person.attempts.iter().rev().map(|attempt| plain_step(desk, attempt)).collect(),
        mails: person.mails,
        requests: person.requests.into_iter().map(request).collect(),
        may_act: EDITORS.contains(&desk.role),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

async fn ask(Looks(desk): Looks) -> HttpResponse {
    try_ask(&desk).await.unwrap_or_else(|early| early)
}

/// What the address names.
fn deed_of(desk: &Desk) -> Option<UserDeed> {
    let last = desk.hall.request.path().rsplit('/').next().unwrap_or_default();
    UserDeed::ALL.into_iter().find(|deed| deed.as_str() == last)
}

async fn deed_page(desk: &Desk) -> Result<UserDeedPage, HttpResponse> {
    let deed = deed_of(desk).ok_or_else(|| desk.not_found())?;
    let (user, card) = card(desk).await?;
    let back = desk.path(&format!("/users/{user}"));
    Ok(UserDeedPage {
        frame: desk.frame(Entry::Users),
        deed,
        name: name_of(&card),
        path: format!("{back}/{}", deed.as_str()),
        back,
        reason: String::new(),
        problem: None,
    })
}

async fn try_ask(desk: &Desk) -> Answer {
    Ok(desk.page(StatusCode::OK, &deed_page(desk).await?))
}

async fn act(Acts { desk, form }: Acts) -> HttpResponse {
    try_act(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_act(desk: &Desk, form: &Params) -> Answer {
    let user = user_of(desk).ok_or_else(|| desk.not_found())?;
    let reason = reason(form);
    if reason.is_empty() {
        let page = UserDeedPage { problem: Some(DeedProblem::NoReason), ..deed_page(desk).await? };
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let english = Catalogue::get("en");
    let own = format!("/users/{user}");
    let (what, below, words) = match deed_of(desk).ok_or_else(|| desk.not_found())? {
        UserDeed::Ban => (ToUser::Stand(Standing::Banned), own, english.line("user-did-ban")),
        UserDeed::LiftBan => (ToUser::Stand(Standing::Allowed), own, english.line("user-did-lift")),
        UserDeed::SignOut => (ToUser::SignOutEverywhere, own, english.line("user-did-sign-out")),
        UserDeed::ResetSecondFactor => {
            (ToUser::ResetSecondFactor, own, english.line("user-did-factor"))
        }
        UserDeed::Delete => (ToUser::Delete, "/users".to_owned(), english.line("user-did-delete")),
    };
    let deed = StaffDeed { actor: desk.staff().actor(), reason: Some(reason.clone()) };
    match desk.tenants().act_on_user(&desk.profile, user, what, deed).await {
        Ok(()) => Ok(desk.hall.done(&desk.path(&below), &Done { words, link: None })),
        Err(TenantFault::Conflict { what: "last_owner" }) => {
            let problem = Some(DeedProblem::LastOwner);
            let page = UserDeedPage { problem, reason, ..deed_page(desk).await? };
            Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(fault) => Err(gone(desk, &fault)),
    }
}

//! A tenant's team: who works in its console, who was invited, and inviting. The link of an invitation
//! is shown in the answer to the form that made it, or is mailed; nothing keeps it.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::staff_names::staff_names;
use super::users::typed;
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::team::{Account, InviteLine, InviteProblem, InviteTyped, MemberLine, TeamPage};
use crate::model::{Identifier, IdentifierKind, UserId};
use crate::store::team::Role;
use crate::tenant::{
    INVITE_LIFE, Invitation, InviteOrder, Member, OpenInvite, TeamAnswer, staff_name,
};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest address, in characters.
const MAX_ADDRESS: usize = 320;

const PATH: &str = "/console/{slug}/team";
const REVOKE: &str = "/console/{slug}/team/invites/{invite}/revoke";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(READERS),
        states: &["full", "alone", "none", "invites", "reader"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["link", "bad-address", "too-many"],
        route: || web::to(invite),
    },
    Page {
        verb: Verb::Post,
        path: REVOKE,
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(revoke),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let query = Params::of_query(&desk.hall.request).unwrap_or_default();
    let after = query.raw("after").and_then(UserId::parse);
    let page = page(desk, after).await?;
    Ok(desk.page(StatusCode::OK, &page))
}

/// Who of the staff an audit row's actor is.
pub(super) fn staff_of(actor: &str) -> Option<UserId> {
    actor.strip_prefix("staff:").and_then(UserId::parse)
}

/// The name of an actor: of the staff if they are known, else as the audit log has it.
pub(super) fn called(names: &HashMap<UserId, String>, actor: &str) -> String {
    let name = staff_of(actor).and_then(|id| names.get(&id).cloned());
    name.unwrap_or_else(|| actor.to_owned())
}

pub(super) fn line(desk: &Desk, names: &HashMap<UserId, String>, member: Member) -> MemberLine {
    let Member { row, record, second_factor } = member;
    let address = |record: &crate::store::users::UserRecord| {
        let first = record.identifications.first()?;
        (first.value != staff_name(record)).then(|| first.value.clone())
    };
    MemberLine {
        name: record.as_ref().map_or_else(|| row.staff_id.to_string(), staff_name),
        address: record.as_ref().and_then(address),
        role: row.role,
        added_at: row.created_at,
        added_by: called(names, &row.added_by),
        second_factor,
        seen_at: record.as_ref().and_then(|record| record.user.last_active_at),
        account: match &record {
            None => Account::Gone,
            Some(record) if record.user.banned => Account::Banned,
            Some(_) => Account::Fine,
        },
        is_you: row.staff_id == *desk.staff().id(),
        path: desk.path(&format!("/team/{}", row.staff_id)),
    }
}

fn invite_line(desk: &Desk, names: &HashMap<UserId, String>, open: OpenInvite) -> InviteLine {
    let OpenInvite { invite, mail } = open;
    InviteLine {
        revoke: desk
            .role
            .may_give(invite.role)
            .then(|| desk.path(&format!("/team/invites/{}/revoke", invite.id()))),
        to: invite.mailed_to,
        role: invite.role,
        made_at: invite.created_at,
        until: invite.expires_at,
        made_by: called(names, &invite.made_by),
        mail,
    }
}

async fn open_invites(desk: &Desk) -> Result<Vec<OpenInvite>, HttpResponse> {
    let (console, tenant) = (desk.hall.console.id().clone(), desk.profile.id().clone());
    let (since, now) = (desk.now().before(INVITE_LIFE), desk.now());
    let read = desk.reader().open_invites(console, tenant, since, now).await;
    read.map_err(|error| desk.not_now(&error.into()))
}

async fn page(desk: &Desk, after: Option<UserId>) -> Result<TeamPage, HttpResponse> {
    let (console, tenant) = (desk.hall.console.id().clone(), desk.profile.id().clone());
    let later = after.is_some();
    let read = desk.reader().team_page(console, tenant, after).await;
    let team = read.map_err(|error| desk.not_now(&error.into()))?;
    let invites = if later { Vec::new() } else { open_invites(desk).await? };
    let adders = team.members.iter().chain(&team.everywhere);
    let adders = adders.filter_map(|member| staff_of(&member.row.added_by));
    let makers = invites.iter().filter_map(|open| open.invite.maker());
    let names = staff_names(desk, adders.chain(makers)).await?;
    let own = desk.staff().record.user.locale.as_deref();
    Ok(TeamPage {
        frame: desk.frame(Entry::Team),
        path: desk.path("/team"),
        settings_path: desk.path("/settings"),
        role: desk.role,
        members: team.members.into_iter().map(|member| line(desk, &names, member)).collect(),
        later,
        next: team.next.map(|id| id.to_string()),
        everywhere: team.everywhere.into_iter().map(|row| line(desk, &names, row)).collect(),
        invites: invites.into_iter().map(|open| invite_line(desk, &names, open)).collect(),
        second_factor: desk.profile.tenant.staff_second_factor,
        made: None,
        typed: InviteTyped {
            role: Role::Support,
            address: String::new(),
            locale: Catalogue::get(own.unwrap_or("en")).tag.to_owned(),
        },
        problem: None,
    })
}

/// A role by its name in a form.
pub(super) fn role_of(form: &Params) -> Option<Role> {
    Role::parse(form.raw("role").unwrap_or_default())
}

async fn invite(Acts { desk, form }: Acts) -> HttpResponse {
    try_invite(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_invite(desk: &Desk, form: &Params) -> Answer {
    let typed = InviteTyped {
        role: role_of(form).ok_or_else(|| desk.bad_form())?,
        address: typed(form, "address", MAX_ADDRESS),
        locale: form.raw("locale").unwrap_or_default().to_owned(),
    };
    if !Catalogue::tags().contains(&typed.locale.as_str()) {
        return Err(desk.bad_form());
    }
    let to = match address(&typed.address) {
        Ok(to) => to,
        Err(problem) => return refused(desk, typed, problem).await,
    };
    let order = InviteOrder { role: typed.role, to: to.clone(), locale: typed.locale.clone() };
    let at = (&*desk.hall.console, &*desk.profile);
    let made = desk.tenants().invite_by(at, desk.staff(), order).await;
    match made.map_err(|fault| desk.not_now(&fault))? {
        Invitation::Link(secret) => {
            let base = desk.hall.doors.base_url.origin();
            let link = format!("{base}/console/welcome/{}", secret.expose());
            let page = TeamPage { made: Some(link), ..page(desk, None).await? };
            Ok(desk.page(StatusCode::OK, &page))
        }
        Invitation::Mailed => {
            let said = Catalogue::get("en").say("team-mailed").text("address", &typed.address);
            let said = Done { words: said.to_string(), link: None };
            Ok(desk.hall.done(&desk.path("/team"), &said))
        }
        Invitation::Refused(answer) => {
            let problem = match answer {
                TeamAnswer::TooMany => InviteProblem::TooMany,
                TeamAnswer::TooManyToOne => InviteProblem::TooManyToOne,
                TeamAnswer::NotAllowed | TeamAnswer::LastOwner | TeamAnswer::Done => {
                    InviteProblem::Role
                }
            };
            refused(desk, typed, problem).await
        }
    }
}

/// Where the invitation is mailed to, if anywhere.
fn address(typed: &str) -> Result<Option<String>, InviteProblem> {
    if typed.is_empty() {
        return Ok(None);
    }
    match Identifier::parse(typed) {
        Ok(name) if name.kind == IdentifierKind::EmailAddress => Ok(Some(name.display)),
        Ok(_) | Err(_) => Err(InviteProblem::Address),
    }
}

async fn refused(desk: &Desk, typed: InviteTyped, problem: InviteProblem) -> Answer {
    let page = TeamPage { typed, problem: Some(problem), ..page(desk, None).await? };
    Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn revoke(Acts { desk, .. }: Acts) -> HttpResponse {
    try_revoke(&desk).await.unwrap_or_else(|early| early)
}

async fn try_revoke(desk: &Desk) -> Answer {
    let id = desk.hall.request.match_info().get("invite").unwrap_or_default();
    let found = open_invites(desk).await?.into_iter().find(|open| open.invite.id() == id);
    let digest = found.ok_or_else(|| desk.not_found())?.invite.secret_hash;
    let at = (&*desk.hall.console, &*desk.profile);
    let answer = desk.tenants().revoke_invite(at, desk.staff(), &digest).await;
    match answer.map_err(|fault| gone(desk, &fault))? {
        TeamAnswer::Done => {
            let words = Catalogue::get("en").line("team-revoked");
            Ok(desk.hall.done(&desk.path("/team"), &Done { words, link: None }))
        }
        TeamAnswer::NotAllowed
        | TeamAnswer::LastOwner
        | TeamAnswer::TooMany
        | TeamAnswer::TooManyToOne => Err(desk.not_allowed()),
    }
}

//! A user's names as staff change them: another one, the primary one, one that counts as proved, one that
//! goes, each with its row for auditors. Whether a name is free is decided where it is written.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::lock_story::name_of;
use super::locks_many::reason;
use super::user_edit::Edited;
use super::users::typed;
use super::view::frame::Entry;
use super::view::user_edit::{EditProblem, EditTyped, Loss, RemoveNamePage};
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::model::{CanonicalKey, IdentificationId, Identifier, IdentifierKind};
use crate::store::identifications::{Name, NameChange, Rank};
use crate::tenant::{
    NameStanding, NewName, NewNames, StaffDeed, TenantFault, UserCard, UserChangeForm,
};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

const REMOVE: &str = "/console/{slug}/users/{user}/names/{name}/remove";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/{user}/emails",
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(add_email),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/{user}/phones",
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(add_phone),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/{user}/username",
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(set_username),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/{user}/names/{name}/primary",
        may: May::These(EDITORS),
        states: &[],
        route: || web::to(make_primary),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/{user}/names/{name}/prove",
        may: May::These(EDITORS),
        states: &["claimed"],
        route: || web::to(prove),
    },
    Page {
        verb: Verb::Get,
        path: REMOVE,
        may: May::These(EDITORS),
        states: &["remove", "last", "waits"],
        route: || web::to(ask),
    },
    Page {
        verb: Verb::Post,
        path: REMOVE,
        may: May::These(EDITORS),
        states: &["no-reason"],
        route: || web::to(remove),
    },
];

fn deed(desk: &Desk, reason: Option<String>) -> StaffDeed {
    StaffDeed { actor: desk.staff().actor(), reason }
}

/// What was typed, if it is a name of this kind.
fn parsed(text: &str, kind: IdentifierKind) -> Result<Identifier, EditProblem> {
    let name = Identifier::parse(text).ok().filter(|name| name.kind == kind);
    name.ok_or(EditProblem::NoName(kind))
}

/// All names of a user, those that are proved first.
fn all(card: &UserCard) -> impl Iterator<Item = Name> + '_ {
    let proved = card.record.identifications.iter().cloned().map(Name::Proved);
    proved.chain(card.pending.iter().cloned().map(Name::Pending))
}

const fn id_of(name: &Name) -> &IdentificationId {
    match name {
        Name::Proved(row) => &row.id,
        Name::Pending(row) => &row.id,
    }
}

const fn key_of(name: &Name) -> &CanonicalKey {
    match name {
        Name::Proved(row) => &row.canonical_key,
        Name::Pending(row) => &row.canonical_key,
    }
}

/// The name of the path, among the user's own: another user's is not there.
fn named(desk: &Desk, card: &UserCard) -> Option<Name> {
    let id = desk.hall.request.match_info().get("name").unwrap_or_default();
    all(card).find(|name| id_of(name).as_str() == id)
}

async fn add_email(Acts { desk, form }: Acts) -> HttpResponse {
    let kind = IdentifierKind::EmailAddress;
    try_add(&desk, &form, kind).await.unwrap_or_else(|early| early)
}

async fn add_phone(Acts { desk, form }: Acts) -> HttpResponse {
    let kind = IdentifierKind::PhoneNumber;
    try_add(&desk, &form, kind).await.unwrap_or_else(|early| early)
}

async fn try_add(desk: &Desk, form: &Params, kind: IdentifierKind) -> Answer {
    let edited = Edited::of(desk).await?;
    let (proved, known) = (form.has("proved"), edited.known());
    let (text, typed) = match kind {
        IdentifierKind::PhoneNumber => {
            let phone = typed(form, "phone", MAX_IDENTIFIER_BYTES);
            (phone.clone(), EditTyped { phone, phone_proved: proved, ..known })
        }
        IdentifierKind::EmailAddress | IdentifierKind::Username => {
            let email = typed(form, "email", MAX_IDENTIFIER_BYTES);
            (email.clone(), EditTyped { email, email_proved: proved, ..known })
        }
    };
    let name = match parsed(&text, kind) {
        Ok(name) => name,
        Err(problem) => return Ok(edited.refused(desk, typed, problem)),
    };
    if all(&edited.card).any(|own| *key_of(&own) == name.key) {
        return Ok(edited.refused(desk, typed, EditProblem::Theirs(kind)));
    }
    let standing = if proved { NameStanding::Verified } else { NameStanding::Unverified };
    let change = NameChange::default();
    let new = NewName { user: edited.user.clone(), name, standing, change };
    let added = desk.tenants().add_name(&desk.profile, new, Some(deed(desk, None))).await;
    let english = Catalogue::get("en");
    match (added, standing) {
        (Ok(_), NameStanding::Verified) => Ok(edited.done(desk, english.line("user-did-name"))),
        (Ok(_), NameStanding::Unverified) => {
            Ok(edited.done(desk, english.line("user-did-name-claim")))
        }
        (Err(TenantFault::Conflict { what: "pending" }), _) => {
            Ok(edited.refused(desk, typed, EditProblem::TooManyWait(kind)))
        }
        (Err(TenantFault::Conflict { .. }), _) => {
            Ok(edited.refused(desk, typed, EditProblem::Taken(kind)))
        }
        (Err(fault), _) => Err(gone(desk, &fault)),
    }
}

async fn set_username(Acts { desk, form }: Acts) -> HttpResponse {
    try_set_username(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_set_username(desk: &Desk, form: &Params) -> Answer {
    const KIND: IdentifierKind = IdentifierKind::Username;
    let edited = Edited::of(desk).await?;
    let known = edited.known();
    let typed = EditTyped { username: typed(form, "username", MAX_IDENTIFIER_BYTES), ..known };
    let name = match parsed(&typed.username, KIND) {
        Ok(name) => name,
        Err(problem) => return Ok(edited.refused(desk, typed, problem)),
    };
    let words = Catalogue::get("en").line("user-did-username");
    if typed.username == edited.known().username {
        return Ok(edited.done(desk, words));
    }
    let names = NewNames::Username(Some(name));
    let change = UserChangeForm { names, ..UserChangeForm::default() };
    let (user, deed) = (edited.user.clone(), deed(desk, None));
    match desk.tenants().change_user_by(&desk.profile, user, change, deed).await {
        Ok(_) => Ok(edited.done(desk, words)),
        Err(TenantFault::Conflict { .. }) => {
            Ok(edited.refused(desk, typed, EditProblem::Taken(KIND)))
        }
        Err(fault) => Err(gone(desk, &fault)),
    }
}

async fn make_primary(Acts { desk, .. }: Acts) -> HttpResponse {
    try_make_primary(&desk).await.unwrap_or_else(|early| early)
}

async fn try_make_primary(desk: &Desk) -> Answer {
    let edited = Edited::of(desk).await?;
    let name = named(desk, &edited.card).ok_or_else(|| desk.not_found())?;
    // What only a proved address can be; no page of ours asks for it of another name.
    let username = IdentifierKind::Username.as_str();
    if !matches!(&name, Name::Proved(row) if row.kind != username) {
        return Err(desk.bad_form());
    }
    let change = NameChange { rank: Some(Rank::Primary), second_factor: None };
    let by = Some(deed(desk, None));
    match desk.tenants().change_name(&desk.profile, name, None, change, by).await {
        Ok(_) => Ok(edited.done(desk, Catalogue::get("en").line("user-did-primary"))),
        Err(fault) => Err(gone(desk, &fault)),
    }
}

async fn prove(Acts { desk, .. }: Acts) -> HttpResponse {
    try_prove(&desk).await.unwrap_or_else(|early| early)
}

async fn try_prove(desk: &Desk) -> Answer {
    let edited = Edited::of(desk).await?;
    let name = named(desk, &edited.card).ok_or_else(|| desk.not_found())?;
    let words = Catalogue::get("en").line("user-did-prove");
    if matches!(name, Name::Proved(_)) {
        // Somebody was quicker, perhaps its owner.
        return Ok(edited.done(desk, words));
    }
    let (id, change) = (id_of(&name).clone(), NameChange::default());
    let (standing, by) = (Some(NameStanding::Verified), Some(deed(desk, None)));
    match desk.tenants().change_name(&desk.profile, name, standing, change, by).await {
        Ok(_) => Ok(edited.done(desk, words)),
        Err(TenantFault::Conflict { .. }) => Ok(edited.claimed(desk, &id)),
        Err(fault) => Err(gone(desk, &fault)),
    }
}

async fn ask(Looks(desk): Looks) -> HttpResponse {
    try_ask(&desk).await.unwrap_or_else(|early| early)
}

async fn try_ask(desk: &Desk) -> Answer {
    let edited = Edited::of(desk).await?;
    let name = named(desk, &edited.card).ok_or_else(|| desk.not_found())?;
    let page = question(desk, &edited, &name);
    Ok(desk.page(StatusCode::OK, &page))
}

/// What is asked before a name goes. Staff may take any name away, as the tenant's server may; that it
/// is the last one is said.
fn question(desk: &Desk, edited: &Edited, name: &Name) -> RemoveNamePage {
    let back = desk.path(&format!("/users/{}", edited.user));
    let (value, loss) = match name {
        Name::Pending(row) => (&row.value, Loss::Claim),
        Name::Proved(row) if edited.card.record.signs_in_without(&row.id) => {
            (&row.value, Loss::Name)
        }
        Name::Proved(row) => (&row.value, Loss::LastWayIn),
    };
    RemoveNamePage {
        frame: desk.frame(Entry::Users),
        path: format!("{back}/names/{}/remove", id_of(name)),
        back: edited.path(desk),
        name: name_of(&edited.card),
        value: value.clone(),
        loss,
        reason: String::new(),
        no_reason: false,
    }
}

async fn remove(Acts { desk, form }: Acts) -> HttpResponse {
    try_remove(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_remove(desk: &Desk, form: &Params) -> Answer {
    let edited = Edited::of(desk).await?;
    let name = named(desk, &edited.card).ok_or_else(|| desk.not_found())?;
    let reason = reason(form);
    if reason.is_empty() {
        let page = RemoveNamePage { no_reason: true, ..question(desk, &edited, &name) };
        return Ok(desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let by = Some(deed(desk, Some(reason)));
    match desk.tenants().remove_name(&desk.profile, name, by).await {
        Ok(()) => Ok(edited.done(desk, Catalogue::get("en").line("user-did-name-remove"))),
        Err(fault) => Err(gone(desk, &fault)),
    }
}

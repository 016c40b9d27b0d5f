//! The page that changes a user, and the form of their profile on it. The forms of names and password
//! have files of their own and come back to this page with their faults.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::lock_deed::gone;
use super::lock_story::name_of;
use super::user::{card, names};
use super::users::{MAX_NAME, typed};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::user_edit::{EditProblem, EditTyped, EditUserPage};
use crate::model::{IdentificationId, IdentifierKind, UserId};
use crate::store::users::UserChange;
use crate::tenant::{StaffDeed, TenantFault, UserCard, UserChangeForm};
use crate::text::{Catalogue, Zone};
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

/// Longest language tag (RFC 5646 §4.4.1), in characters.
const MAX_LOCALE: usize = 35;

const PATH: &str = "/console/{slug}/users/{user}/edit";

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: PATH,
        may: May::These(EDITORS),
        states: &["edit", "no-name"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Post,
        path: PATH,
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(edit),
    },
];

/// A user who is being changed.
pub(super) struct Edited {
    pub user: UserId,
    pub card: UserCard,
}

impl Edited {
    /// The one of the path.
    pub async fn of(desk: &Desk) -> Result<Self, HttpResponse> {
        let (user, card) = card(desk).await?;
        Ok(Self { user, card })
    }

    /// What the fields hold before anything is typed.
    pub fn known(&self) -> EditTyped {
        let known = &self.card.record.user;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let kind = IdentifierKind::Username.as_str();
        let mut own = self.card.record.identifications.iter();
        EditTyped {
            first_name: text(&known.first_name),
            last_name: text(&known.last_name),
            external_id: text(&known.external_id),
            locale: text(&known.locale),
            zone: text(&known.time_zone),
            username: own
                .find(|name| name.kind == kind)
                .map(|name| name.value.clone())
                .unwrap_or_default(),
            email: String::new(),
            email_proved: true,
            phone: String::new(),
            phone_proved: true,
            sign_out: true,
        }
    }

    /// Where the page is.
    pub fn path(&self, desk: &Desk) -> String {
        desk.path(&format!("/users/{}/edit", self.user))
    }

    fn page(&self, desk: &Desk, typed: EditTyped, problem: Option<EditProblem>) -> EditUserPage {
        let user = &self.card.record.user;
        EditUserPage {
            frame: desk.frame(Entry::Users),
            back: desk.path(&format!("/users/{}", self.user)),
            name: name_of(&self.card),
            names: names(&self.card),
            has_password: user.password_hash.is_some(),
            locales: locales(user.locale.as_deref()),
            typed,
            problems: problem.into_iter().collect(),
            claimed: None,
        }
    }

    /// The page again, with what was typed and why it was not done.
    pub fn refused(&self, desk: &Desk, typed: EditTyped, problem: EditProblem) -> HttpResponse {
        let page = self.page(desk, typed, Some(problem));
        desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
    }

    /// The same where a name that waits is somebody else's by now.
    pub fn claimed(&self, desk: &Desk, name: &IdentificationId) -> HttpResponse {
        let page = self.page(desk, self.known(), Some(EditProblem::Claimed));
        let page = EditUserPage { claimed: Some(name.to_string()), ..page };
        desk.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
    }

    /// Back to the page, which says what was done.
    pub fn done(&self, desk: &Desk, words: String) -> HttpResponse {
        desk.hall.done(&self.path(desk), &Done { words, link: None })
    }
}

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let edited = Edited::of(desk).await?;
    let page = edited.page(desk, edited.known(), None);
    Ok(desk.page(StatusCode::OK, &page))
}

/// The languages that we speak, and the user's own.
fn locales(known: Option<&str>) -> Vec<String> {
    let tags = Catalogue::tags();
    let own = known.filter(|tag| !tags.contains(tag));
    own.into_iter().chain(tags.iter().copied()).map(str::to_owned).collect()
}

async fn edit(Acts { desk, form }: Acts) -> HttpResponse {
    try_edit(&desk, &form).await.unwrap_or_else(|early| early)
}

async fn try_edit(desk: &Desk, form: &Params) -> Answer {
    let edited = Edited::of(desk).await?;
    let typed = EditTyped {
        first_name: typed(form, "first_name", MAX_NAME),
        last_name: typed(form, "last_name", MAX_NAME),
        external_id: typed(form, "external_id", MAX_NAME),
        locale: typed(form, "locale", MAX_LOCALE),
        zone: typed(form, "zone", MAX_NAME),
        ..edited.known()
    };
    let zone = (!typed.zone.is_empty()).then(|| Zone::known(&typed.zone));
    if zone == Some(None) {
        return Ok(edited.refused(desk, typed, EditProblem::Zone));
    }
    let given = |text: &str| Some((!text.is_empty()).then(|| text.to_owned()));
    // A language that we do not speak stays until another one is chosen.
    let known = edited.card.record.user.locale.as_deref();
    let spoken = |tag: &str| Catalogue::tags().contains(&tag) || known == Some(tag);
    let profile = UserChange {
        first_name: given(&typed.first_name),
        last_name: given(&typed.last_name),
        external_id: given(&typed.external_id),
        locale: Some(Some(typed.locale.clone()).filter(|tag| spoken(tag))),
        time_zone: Some(zone.flatten()),
        ..UserChange::default()
    };
    let deed = StaffDeed { actor: desk.staff().actor(), reason: None };
    let change = UserChangeForm { profile, ..UserChangeForm::default() };
    let changed = desk.tenants().change_user_by(&desk.profile, edited.user.clone(), change, deed);
    match changed.await {
        Ok(_) => {
            let words = Catalogue::get("en").line("user-did-edit");
            let path = desk.path(&format!("/users/{}", edited.user));
            Ok(desk.hall.done(&path, &Done { words, link: None }))
        }
        Err(TenantFault::Conflict { .. }) => {
            Ok(edited.refused(desk, typed, EditProblem::ExternalIdTaken))
        }
        Err(fault) => Err(gone(desk, &fault)),
    }
}

//! The list of users and the form that makes one. View, search and the place in the list are the
//! address.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web;

use super::desk::{Acts, Answer, Desk, Looks};
use super::view::done::Done;
use super::view::frame::Entry;
use super::view::users::{
    NewUserPage, NewUserProblem, NewUserTyped, UserItem, UsersPage, view_text,
};
use crate::model::{Identifier, IdentifierKind};
use crate::store::user_search::{ListedUser, UserPlace, UserQuery, UserView};
use crate::store::users::UserChange;
use crate::tenant::{NewUserForm, Password, StaffDeed, TenantFault, is_long_enough};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, READERS, Verb};

/// Longest search looked at, and longest name of a person, in characters.
const MAX_SEARCH_CHARS: usize = 200;
pub(super) const MAX_NAME: usize = 100;

pub(super) const PAGES: &[Page] = &[
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/users",
        may: May::These(READERS),
        states: &["full", "empty", "search", "search-none", "banned", "long-names"],
        route: || web::to(show),
    },
    Page {
        verb: Verb::Get,
        path: "/console/{slug}/users/new",
        may: May::These(EDITORS),
        states: &["new"],
        route: || web::to(show_new),
    },
    Page {
        verb: Verb::Post,
        path: "/console/{slug}/users/new",
        may: May::These(EDITORS),
        states: &["faults"],
        route: || web::to(make),
    },
];

async fn show(Looks(desk): Looks) -> HttpResponse {
    try_show(&desk).await.unwrap_or_else(|early| early)
}

async fn try_show(desk: &Desk) -> Answer {
    let params = Params::of_query(&desk.hall.request).unwrap_or_default();
    let words = typed(&params, "q", MAX_SEARCH_CHARS);
    let banned = params.raw("view") == Some(view_text(UserView::Banned));
    let view = if banned { UserView::Banned } else { UserView::All };
    let after = params.raw("after").and_then(UserPlace::parse);
    let later = after.is_some();
    let query = UserQuery {
        tenant: desk.profile.id().clone(),
        view,
        // What can begin no name finds nobody.
        prefix: (!words.is_empty())
            .then(|| Identifier::prefix(&words).unwrap_or_else(|| "\u{7f}".to_owned())),
        after,
        now: desk.now(),
    };
    let read = desk.reader().user_page(query).await;
    let found = read.map_err(|error| desk.not_now(&error.into()))?;
    let page = UsersPage {
        frame: desk.frame(Entry::Users),
        path: desk.path("/users"),
        locks_path: desk.path("/locks"),
        view,
        words,
        users: found.users.into_iter().map(|user| item(desk, user)).collect(),
        count: found.count,
        later,
        next: found.next.map(|place| place.text()),
        may_make: EDITORS.contains(&desk.role),
    };
    Ok(desk.page(StatusCode::OK, &page))
}

fn item(desk: &Desk, listed: ListedUser) -> UserItem {
    let ListedUser { user, name, lock } = listed;
    let parts = [&user.first_name, &user.last_name].into_iter().flatten();
    let called = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
    UserItem {
        path: desk.path(&format!("/users/{}", user.id)),
        name: name.unwrap_or_else(|| user.id.to_string()),
        called: (!called.is_empty()).then_some(called),
        banned: user.banned,
        lock,
        made_at: user.created_at,
        signed_in_at: user.last_sign_in_at,
    }
}

async fn show_new(Looks(desk): Looks) -> HttpResponse {
    let page = new_page(&desk, NewUserTyped::default(), Vec::new());
    desk.page(StatusCode::OK, &page)
}

fn new_page(desk: &Desk, typed: NewUserTyped, problems: Vec<NewUserProblem>) -> NewUserPage {
    NewUserPage {
        frame: desk.frame(Entry::Users),
        path: desk.path("/users/new"),
        back: desk.path("/users"),
        typed,
        problems,
    }
}

async fn make(Acts { desk, form }: Acts) -> HttpResponse {
    try_make(&desk, &form).await.unwrap_or_else(|early| early)
}

/// One line of a form.
pub(super) fn typed(form: &Params, name: &str, most: usize) -> String {
    let text = form.raw(name).unwrap_or_default().trim();
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

fn typed_user(form: &Params) -> NewUserTyped {
    NewUserTyped {
        email: typed(form, "email", 320),
        phone: typed(form, "phone", 40),
        username: typed(form, "username", MAX_NAME),
        first_name: typed(form, "first_name", MAX_NAME),
        last_name: typed(form, "last_name", MAX_NAME),
    }
}

/// The identifiers that were typed, each of the kind that its field is for.
fn identifiers(typed: &NewUserTyped) -> Result<Vec<Identifier>, Vec<NewUserProblem>> {
    let fields = [
        (&typed.email, IdentifierKind::EmailAddress, NewUserProblem::Email),
        (&typed.phone, IdentifierKind::PhoneNumber, NewUserProblem::Phone),
        (&typed.username, IdentifierKind::Username, NewUserProblem::Username),
    ];
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (text, kind, problem) in fields.into_iter().filter(|(text, _, _)| !text.is_empty()) {
        match Identifier::parse(text) {
            Ok(name) if name.kind == kind => found.push(name),
            Ok(_) | Err(_) => problems.push(problem),
        }
    }
    if found.is_empty() && problems.is_empty() {
        problems.push(NewUserProblem::NoName);
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

async fn try_make(desk: &Desk, form: &Params) -> Answer {
    let typed = typed_user(form);
    let refused = |typed: NewUserTyped, problems| {
        desk.page(StatusCode::UNPROCESSABLE_ENTITY, &new_page(desk, typed, problems))
    };
    let secret = form.raw("password");
    let password = secret.and_then(|text| Password::parse(text).ok());
    let short =
        secret.is_some_and(|text| !is_long_enough(text)) || secret.is_some() != password.is_some();
    let identifiers = match identifiers(&typed) {
        Ok(found) if !short => found,
        Ok(_) => return Ok(refused(typed, vec![NewUserProblem::ShortPassword])),
        Err(mut problems) => {
            problems.extend(short.then_some(NewUserProblem::ShortPassword));
            return Ok(refused(typed, problems));
        }
    };
    let given = |text: &str| (!text.is_empty()).then(|| Some(text.to_owned()));
    let change = UserChange {
        first_name: given(&typed.first_name),
        last_name: given(&typed.last_name),
        ..UserChange::default()
    };
    let new = NewUserForm { identifiers, password, change, ..NewUserForm::default() };
    let deed = StaffDeed { actor: desk.staff().actor(), reason: None };
    match desk.tenants().create_user_by(&desk.profile, new, deed).await {
        Ok(id) => {
            let words = Catalogue::get("en").line("user-did-make");
            Ok(desk.hall.done(&desk.path(&format!("/users/{id}")), &Done { words, link: None }))
        }
        Err(TenantFault::Conflict { .. }) => Ok(refused(typed, vec![NewUserProblem::Taken])),
        Err(fault) => Err(desk.not_now(&fault)),
    }
}

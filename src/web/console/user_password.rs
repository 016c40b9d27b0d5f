//! A password that staff set for a user, by the one rule for new ones; the sessions end with it where
//! that is wished. What is typed is never shown again.

use actix_web::HttpResponse;
use actix_web::web;

use super::desk::{Acts, Answer, Desk};
use super::lock_deed::gone;
use super::user_edit::Edited;
use super::view::user_edit::{EditProblem, EditTyped};
use crate::tenant::{
    OpenSessions, Password, PasswordFault, StaffDeed, UserChangeForm, is_long_enough,
};
use crate::text::Catalogue;
use crate::web::body::Params;
use crate::web::page_table::{EDITORS, May, Page, Verb};

pub(super) const PAGES: &[Page] = &[Page {
    verb: Verb::Post,
    path: "/console/{slug}/users/{user}/password",
    may: May::These(EDITORS),
    states: &["faults"],
    route: || web::to(set),
}];

async fn set(Acts { desk, form }: Acts) -> HttpResponse {
    try_set(&desk, &form).await.unwrap_or_else(|early| early)
}

/// The new one as typed.
fn password(form: &Params) -> Result<Password, EditProblem> {
    let text = form.raw("password").unwrap_or_default();
    match Password::parse(text) {
        Err(PasswordFault::Empty) => Err(EditProblem::NoPassword),
        Err(PasswordFault::TooLong) => Err(EditProblem::LongPassword),
        Ok(_) if !is_long_enough(text) => Err(EditProblem::ShortPassword),
        Ok(password) => Ok(password),
    }
}

async fn try_set(desk: &Desk, form: &Params) -> Answer {
    let edited = Edited::of(desk).await?;
    let sign_out = form.has("sign_out");
    let password = match password(form) {
        Ok(password) => password,
        Err(problem) => {
            let typed = EditTyped { sign_out, ..edited.known() };
            return Ok(edited.refused(desk, typed, problem));
        }
    };
    let sessions = if sign_out { OpenSessions::End } else { OpenSessions::Keep };
    let change =
        UserChangeForm { password: Some(Some(password)), sessions, ..UserChangeForm::default() };
    let deed = StaffDeed { actor: desk.staff().actor(), reason: None };
    let changed = desk.tenants().change_user_by(&desk.profile, edited.user.clone(), change, deed);
    changed.await.map_err(|fault| gone(desk, &fault))?;
    let english = Catalogue::get("en");
    Ok(edited.done(
        desk,
        match sign_out {
            true => english.line("user-did-password-out"),
            false => english.line("user-did-password"),
        },
    ))
}

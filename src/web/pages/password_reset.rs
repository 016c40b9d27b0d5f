//! The last step of a reset: a new password, for who proved the mailbox by a code. It ends a lock by
//! policy and never one by staff. Also reads every new password that is typed on a page.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::sign_in::rules;
use super::sign_in_steps::{Goal, Next, Step, Tried, answered, past_the_first, start_again};
use super::view::{NewPasswordPage, NewPasswordProblem};
use super::visit::{Answer, Visit, either};
use crate::store::sign_ins::SignInStatus;
use crate::tenant::{
    NewPassword, OtherDevices, Password, PasswordFault, TenantFault, is_long_enough,
};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;

const PATH: &str = "/sign-in/new-password";

/// `GET /t/{slug}/sign-in/new-password`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/sign-in/new-password`: `new-password`, `others`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

/// A new password as typed.
pub(super) fn new_password(form: &Params) -> Result<Password, NewPasswordProblem> {
    let text = form.raw("new-password").unwrap_or_default();
    match Password::parse(text.as_bytes()) {
        Err(PasswordFault::Empty) => Err(NewPasswordProblem::Missing),
        Err(PasswordFault::TooLong) => Err(NewPasswordProblem::TooLong),
        Ok(_) if !is_long_enough(text) => Err(NewPasswordProblem::TooShort),
        Ok(password) => Ok(password),
    }
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let step = past_the_first(&mut visit, SignInStatus::NeedsNewPassword).await?;
    Ok(page(&visit, &step, None))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let step = past_the_first(&mut visit, SignInStatus::NeedsNewPassword).await?;
    let password = match new_password(&form) {
        Ok(password) => password,
        Err(problem) => return Ok(page(&visit, &step, Some(problem))),
    };
    let goal = Goal::of(&visit, &step.sign_in);
    let Some(user) = step.sign_in.user_id.clone() else {
        return Ok(start_again(&visit, &goal));
    };
    let new = NewPassword {
        profile: Arc::clone(&visit.profile),
        user,
        sign_in: step.sign_in.id.clone(),
        client: step.client.client.id.clone(),
        password,
        source: visit.doors.address(request).source,
        browser: visit.browser(),
        others: match form.has("others") {
            true => OtherDevices::SignedOut,
            false => OtherDevices::Kept,
        },
    };
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path(PATH)));
    let answer = visit.tenants().reset_password(new).await.map_err(not_now)?;
    let visit = visit.settled();
    Ok(match answered(&visit, &goal, Next::SecondFactor, answer).await {
        Tried::Page(page) => page,
        // Nothing is compared in this step.
        Tried::Wrong { .. } | Tried::Unusable(_) => start_again(&visit, &goal),
    })
}

fn page(visit: &Visit<'_>, step: &Step, problem: Option<NewPasswordProblem>) -> HttpResponse {
    let goal = Goal::of(visit, &step.sign_in);
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = NewPasswordPage { frame: visit.frame(), identifier: goal.identifier, problem };
    visit.page(status, &rules(goal.target.as_ref()), &page)
}

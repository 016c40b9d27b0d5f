//! The sign-in page: one form for identifier and password, and every answer to it. Silent about
//! which identifiers exist: what differs follows from the facade's answer, which is the same.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::remembered::{Remembered, Told};
use super::sign_in_steps::{self, Goal, Next, Tried, onwards};
use super::view::{SignInNotice, SignInPage, SignInProblem};
use super::visit::{Answer, Visit, either};
use super::{account, fault};
use crate::model::identifier::MAX_IDENTIFIER_BYTES;
use crate::model::{Identifier, IdentifierFault, Millis};
use crate::tenant::{AttemptAnswer, Password, PasswordAttempt, PasswordFault, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::page::retry_after;
use crate::web::redirect::Target;
use crate::web::security_headers::PageRules;

/// `GET /t/{slug}/sign-in?redirect_url=…`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/sign-in`: `identifier`, `password`, `redirect_url`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let visit = Visit::open(request, doors).await?;
    let query = Params::of_query(request).unwrap_or_default();
    let asked = query.raw("redirect_url").or(visit.remembered.redirect_url.as_deref());
    let target = visit.accept(asked);
    // Where that cannot be told now, the form is still of use.
    if let Ok(Some(_)) = account::present(&visit).await {
        return Ok(onwards(&visit, target.as_ref()));
    }
    let mut page = SignInPage::empty(visit.frame(), target.as_ref().map(|t| t.location.clone()));
    page.identifier.clone_from(&visit.remembered.identifier);
    page.notice = visit.remembered.told.and_then(|told| match told {
        Told::SignedOut => Some(SignInNotice::SignedOut),
        Told::SessionEnded { at } => Some(SignInNotice::SessionEnded { at: Millis(at) }),
        Told::StartAgain => Some(SignInNotice::StartAgain),
        Told::Done(_) => None,
    });
    let answer = visit.page(StatusCode::OK, &rules(target.as_ref()), &page);
    if visit.remembered.told.is_none() {
        return Ok(answer);
    }
    // Said once.
    Ok(visit.carry(answer, &Remembered { told: None, ..visit.remembered.clone() }))
}

/// A page whose form may lead to the tenant's application.
pub(super) fn rules(target: Option<&Target>) -> PageRules<'_> {
    PageRules { form_target: target, ..PageRules::PLAIN }
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let goal = Goal {
        identifier: clipped(form.raw("identifier").unwrap_or_default()),
        target: visit.accept(form.raw("redirect_url")),
    };
    let identifier = Identifier::parse(form.raw("identifier").unwrap_or_default());
    let password = Password::parse(form.raw("password").unwrap_or_default().as_bytes());
    let (identifier, password) = match (identifier, password) {
        (Ok(identifier), Ok(password)) => (identifier, password),
        (identifier, password) => {
            let problem = problem_of(identifier.err(), password.err());
            return Ok(again(&visit, goal, problem));
        }
    };
    let answer = attempt(&visit, identifier, password).await;
    let visit = visit.settled();
    match answer {
        Ok(answer) => Ok(answered(&visit, goal, answer).await),
        Err(fault) => {
            let mut answer = again(&visit, goal, SignInProblem::NotAvailable);
            retry_after(&mut answer, Some(fault::wait_for(&fault)));
            Ok(answer)
        }
    }
}

async fn attempt(
    visit: &Visit<'_>,
    identifier: Identifier,
    password: Password,
) -> Result<AttemptAnswer, TenantFault> {
    if let Some(lock) = sign_in_steps::locked_already(visit, &identifier.key).await? {
        return Ok(AttemptAnswer::Locked(lock));
    }
    let source = visit.doors.address(visit.request).source;
    let client = visit.doors.client(&visit.profile, visit.request).await?;
    let attempt = PasswordAttempt {
        profile: Arc::clone(&visit.profile),
        identifier,
        password,
        source,
        browser: visit.browser(),
        sign_in: None,
        client: client.map(|known| known.client.id),
        // A language is the user's own, never the request's.
        locale: None,
    };
    visit.tenants().attempt_password(attempt).await
}

async fn answered(visit: &Visit<'_>, goal: Goal, answer: AttemptAnswer) -> HttpResponse {
    match sign_in_steps::answered(visit, &goal, Next::SecondFactor, answer).await {
        Tried::Page(page) => page,
        Tried::Wrong { tries_left } => {
            again(visit, goal, SignInProblem::WrongDetails { tries_left })
        }
        // No code was tried.
        Tried::Unusable(_) => again(visit, goal, SignInProblem::NotAvailable),
    }
}

/// The form once more: 422 for what the visitor can mend, 503 for what they cannot.
fn again(visit: &Visit<'_>, goal: Goal, problem: SignInProblem) -> HttpResponse {
    let status = match problem {
        SignInProblem::NotAvailable => StatusCode::SERVICE_UNAVAILABLE,
        SignInProblem::WrongDetails { .. }
        | SignInProblem::IdentifierMissing
        | SignInProblem::IdentifierOdd
        | SignInProblem::PasswordMissing
        | SignInProblem::BothMissing => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let redirect_url = goal.target.as_ref().map(|target| target.location.clone());
    let page = SignInPage::again(visit.frame(), goal.identifier, redirect_url, problem);
    let mut answer = visit.page(status, &rules(goal.target.as_ref()), &page);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        retry_after(&mut answer, Some(fault::wait_for(&TenantFault::Unavailable)));
    }
    answer
}

fn problem_of(
    identifier: Option<IdentifierFault>,
    password: Option<PasswordFault>,
) -> SignInProblem {
    match (identifier, password) {
        (Some(IdentifierFault::Empty), Some(PasswordFault::Empty)) => SignInProblem::BothMissing,
        (Some(IdentifierFault::Empty), _) => SignInProblem::IdentifierMissing,
        (
            Some(
                IdentifierFault::TooLong
                | IdentifierFault::ControlCharacter
                | IdentifierFault::EmailAddress
                | IdentifierFault::PhoneNumber,
            ),
            _,
        ) => SignInProblem::IdentifierOdd,
        (None, Some(PasswordFault::Empty)) => SignInProblem::PasswordMissing,
        // Nobody's password is that long; nothing is hashed or counted for it.
        (None, Some(PasswordFault::TooLong) | None) => {
            SignInProblem::WrongDetails { tries_left: None }
        }
    }
}

/// What is put back into a form: at most as long as an identifier can be.
pub(super) fn clipped(text: &str) -> String {
    let mut end = text.len().min(MAX_IDENTIFIER_BYTES);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().to_owned()
}

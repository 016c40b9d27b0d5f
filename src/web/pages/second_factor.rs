//! The second step of a sign-in: a code of an app, or a recovery code that stands in for it. Both
//! count with wrong passwords.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::locked;
use super::sign_in::rules;
use super::sign_in_steps::{
    self, Goal, Next, Step, Tried, answered, code_attempt, past_the_first, unusable,
};
use super::view::{CodeProblem, SecondFactor, SecondFactorPage};
use super::visit::{Answer, Visit, either};
use crate::store::sign_ins::SignInStatus;
use crate::tenant::TenantFault;
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;

const PATH: &str = "/sign-in/second-factor";

/// `GET /t/{slug}/sign-in/second-factor?with=recovery-code`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(try_show(&request, &doors).await)
}

/// `POST /t/{slug}/sign-in/second-factor`: `code`, and `with` as above.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_show(request: &HttpRequest, doors: &Doors) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    let query = Params::of_query(request).unwrap_or_default();
    let step = past_the_first(&mut visit, SignInStatus::NeedsSecondFactor).await?;
    Ok(page(&visit, &step, wanted(&query), None))
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let mut visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let step = past_the_first(&mut visit, SignInStatus::NeedsSecondFactor).await?;
    let wanted = wanted(&form);
    let Some(typed) = form.raw("code") else {
        return Ok(page(&visit, &step, wanted, Some(CodeProblem::Missing)));
    };
    let goal = Goal::of(&visit, &step.sign_in);
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path(PATH)));
    if let Some(lock) = sign_in_steps::locked_already(&visit, &step.key).await.map_err(not_now)? {
        return Ok(locked::answer(&visit, &goal.identifier, goal.target.as_ref(), lock).await);
    }
    let attempt = code_attempt(&visit, &step, typed);
    let answer = match wanted {
        SecondFactor::App => visit.tenants().attempt_totp(attempt).await,
        SecondFactor::RecoveryCode => visit.tenants().attempt_recovery_code(attempt).await,
    };
    let answer = answer.map_err(not_now)?;
    let visit = visit.settled();
    let problem = match answered(&visit, &goal, Next::SecondFactor, answer).await {
        Tried::Page(page) => return Ok(page),
        Tried::Wrong { tries_left } => CodeProblem::Wrong { tries_left },
        Tried::Unusable(fault) => unusable(fault),
    };
    Ok(page(&visit, &step, wanted, Some(problem)))
}

fn wanted(params: &Params) -> SecondFactor {
    match params.raw("with") {
        Some("recovery-code") => SecondFactor::RecoveryCode,
        Some(_) | None => SecondFactor::App,
    }
}

fn page(
    visit: &Visit<'_>,
    step: &Step,
    wanted: SecondFactor,
    problem: Option<CodeProblem>,
) -> HttpResponse {
    let goal = Goal::of(visit, &step.sign_in);
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page =
        SecondFactorPage { frame: visit.frame(), identifier: goal.identifier, wanted, problem };
    visit.page(status, &rules(goal.target.as_ref()), &page)
}

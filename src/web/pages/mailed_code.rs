//! Codes by mail: asking for one and typing it, in order to sign in or to set a new password. The
//! pages are the same for an identifier that nobody has.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::locked;
use super::remembered::Remembered;
use super::sign_in::{clipped, rules};
use super::sign_in_steps::{
    self, Goal, Next, Step, Tried, answered, code_attempt, give_client, unusable, waiting,
};
use super::view::{
    CodeFor, CodeProblem, CodeRequestPage, CodeRequestProblem, Fault, MailedCodePage, NextCode,
};
use super::visit::{Answer, Visit, either};
use crate::model::{Identifier, IdentifierFault, IdentifierKind, Millis, Span};
use crate::sign_in::Strategy;
use crate::store::one_time_codes::{CODE_SPACING, CodePurpose, OneTimeCode};
use crate::store::sign_ins::SignInStatus;
use crate::tenant::{CodeOrder, FactorStep, OpenedSignIn, Ordered, Sent, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::page::retry_after;
use crate::web::security_headers::PageRules;

/// What a code is wanted for, as the tenants know it.
impl CodeFor {
    const fn strategy(self) -> Strategy {
        match self {
            Self::SignIn => Strategy::EmailCode,
            Self::Reset => Strategy::ResetPasswordEmailCode,
        }
    }

    const fn purpose(self) -> CodePurpose {
        match self {
            Self::SignIn => CodePurpose::SignIn,
            Self::Reset => CodePurpose::Reset,
        }
    }
}

/// `GET /t/{slug}/sign-in/code`
pub(super) async fn show_sign_in(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(show(&request, &doors, CodeFor::SignIn).await)
}

/// `POST /t/{slug}/sign-in/code`: `identifier` to have a code mailed, or the `code`.
pub(super) async fn submit_sign_in(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(submit(&request, &doors, CodeFor::SignIn, form).await)
}

/// `GET /t/{slug}/sign-in/forgot`
pub(super) async fn show_reset(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    either(show(&request, &doors, CodeFor::Reset).await)
}

/// `POST /t/{slug}/sign-in/forgot`: as for signing in. The code of a reset is taken while locked
/// too: it is the way back, and has tries of its own.
pub(super) async fn submit_reset(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(submit(&request, &doors, CodeFor::Reset, form).await)
}

async fn show(request: &HttpRequest, doors: &Doors, wanted: CodeFor) -> Answer {
    let visit = Visit::open(request, doors).await?;
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path(wanted.path())));
    let query = Params::of_query(request).unwrap_or_default();
    let step = waiting(&visit, SignInStatus::NeedsFirstFactor).await.map_err(not_now)?;
    let Some(step) = step.filter(|step| is_sent(step, wanted) && !query.has("again")) else {
        let typed = visit.remembered.identifier.clone();
        return Ok(ask(&visit, wanted, typed, None));
    };
    let sent = code_of(&visit, &step).await.map_err(not_now)?;
    Ok(form(&visit, wanted, &step, sent.as_ref(), None))
}

async fn submit(
    request: &HttpRequest,
    doors: &Doors,
    wanted: CodeFor,
    form: Result<Params, ApiError>,
) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    match form.raw("identifier") {
        Some(typed) => order(visit, wanted, typed, form.raw("redirect_url")).await,
        None if form.has("identifier") => {
            let missing = Some(CodeRequestProblem::IdentifierMissing);
            Ok(ask(&visit, wanted, String::new(), missing))
        }
        None => try_code(visit, wanted, form.raw("code")).await,
    }
}

/// Has a code mailed. A sign-in of this browser that waits for the same identifier goes on, so that
/// its pause between two mails holds.
async fn order(
    visit: Visit<'_>,
    wanted: CodeFor,
    typed: &str,
    redirect_url: Option<&str>,
) -> Answer {
    let identifier = match named(typed) {
        Ok(identifier) => identifier,
        Err(problem) => return Ok(ask(&visit, wanted, clipped(typed), Some(problem))),
    };
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path(wanted.path())));
    let target = visit.accept(redirect_url.or(visit.remembered.redirect_url.as_deref()));
    let goal = Goal { identifier: clipped(typed), target };
    if wanted == CodeFor::SignIn
        && let Some(lock) =
            sign_in_steps::locked_already(&visit, &identifier.key).await.map_err(not_now)?
    {
        return Ok(locked::answer(&visit, &goal.identifier, goal.target.as_ref(), lock).await);
    }
    let opened = open(&visit, &identifier).await.map_err(not_now)?;
    let ordered = visit.tenants().order_code(order_of(&visit, wanted, &identifier, &opened)).await;
    let ordered = ordered.map_err(not_now)?;
    let mut answer = match ordered {
        Ordered::Sent | Ordered::Void => visit.see(&visit.path(wanted.path())),
        Ordered::TooSoon { wait } => too_soon(&visit, wanted, &goal, span(wait)),
        Ordered::TooMany { wait } => visit.fault(Fault::TooMany { retry_in: span(wait) }, None),
    };
    if let Some(token) = &opened.client_token {
        give_client(&visit, &mut answer, token);
    }
    // What was shown of a lock belongs to the identifier that was typed then.
    let kept = visit.remembered.clone();
    let kept = if kept.identifier == goal.identifier { kept } else { Remembered::default() };
    let carried = Remembered {
        identifier: goal.identifier.clone(),
        redirect_url: goal.target.as_ref().map(|target| target.location.clone()),
        told: None,
        ..kept
    };
    Ok(visit.carry(answer, &carried))
}

/// A code goes to an address, and to no other than the one that was typed.
fn named(typed: &str) -> Result<Identifier, CodeRequestProblem> {
    let identifier = Identifier::parse(typed).map_err(|fault| match fault {
        IdentifierFault::Empty => CodeRequestProblem::IdentifierMissing,
        IdentifierFault::TooLong
        | IdentifierFault::ControlCharacter
        | IdentifierFault::EmailAddress
        | IdentifierFault::PhoneNumber => CodeRequestProblem::IdentifierOdd,
    })?;
    match identifier.kind {
        IdentifierKind::EmailAddress => Ok(identifier),
        IdentifierKind::PhoneNumber | IdentifierKind::Username => {
            Err(CodeRequestProblem::NoAddress)
        }
    }
}

async fn open(visit: &Visit<'_>, identifier: &Identifier) -> Result<OpenedSignIn, TenantFault> {
    let step = waiting(visit, SignInStatus::NeedsFirstFactor).await?;
    if let Some(Step { client, sign_in, .. }) = step.filter(|step| step.key == identifier.key) {
        let (client, known) = (client.client.id.clone(), Some(client.client));
        return Ok(OpenedSignIn { sign_in, client, known, client_token: None });
    }
    let client = visit.doors.client(&visit.profile, visit.request).await?;
    // A language is the user's own, never the request's.
    visit.tenants().open_sign_in(&visit.profile, client.as_ref(), Some(identifier), None).await
}

fn order_of(
    visit: &Visit<'_>,
    wanted: CodeFor,
    identifier: &Identifier,
    opened: &OpenedSignIn,
) -> CodeOrder {
    CodeOrder {
        profile: Arc::clone(&visit.profile),
        key: identifier.key.clone(),
        sign_in: opened.sign_in.id.clone(),
        strategy: wanted.strategy().as_str(),
        purpose: wanted.purpose(),
        way: Sent::Mail,
        address: None,
        named: visit.profile.phantoms.silent_factor_id(&identifier.key),
        source: visit.doors.address(visit.request).source,
        locale: None,
    }
}

async fn try_code(visit: Visit<'_>, wanted: CodeFor, typed: Option<&str>) -> Answer {
    let not_now = |fault: TenantFault| visit.not_now(&fault, Some(visit.path(wanted.path())));
    let step = waiting(&visit, SignInStatus::NeedsFirstFactor).await.map_err(not_now)?;
    let Some(step) = step.filter(|step| is_sent(step, wanted)) else {
        return Ok(visit.see(&visit.path(wanted.path())));
    };
    let sent = code_of(&visit, &step).await.map_err(not_now)?;
    let Some((typed, code)) = typed.zip(step.sign_in.prepared_code.clone()) else {
        return Ok(form(&visit, wanted, &step, sent.as_ref(), Some(CodeProblem::Missing)));
    };
    let goal = Goal::of(&visit, &step.sign_in);
    if wanted == CodeFor::SignIn
        && let Some(lock) =
            sign_in_steps::locked_already(&visit, &step.key).await.map_err(not_now)?
    {
        return Ok(locked::answer(&visit, &goal.identifier, goal.target.as_ref(), lock).await);
    }
    let (attempt, tenants) = (code_attempt(&visit, &step, typed), visit.tenants());
    let answer = match wanted {
        CodeFor::SignIn => tenants.attempt_code(attempt, code, Sent::Mail, FactorStep::First).await,
        CodeFor::Reset => tenants.attempt_reset_code(attempt, code).await,
    };
    let answer = answer.map_err(not_now)?;
    let visit = visit.settled();
    let next = match wanted {
        CodeFor::SignIn => Next::SecondFactor,
        CodeFor::Reset => Next::NewPassword,
    };
    let problem = match answered(&visit, &goal, next, answer).await {
        Tried::Page(page) => return Ok(page),
        Tried::Wrong { tries_left } => CodeProblem::Wrong { tries_left },
        Tried::Unusable(fault) => unusable(fault),
    };
    Ok(form(&visit, wanted, &step, sent.as_ref(), Some(problem)))
}

/// Whether this is what the sign-in was last sent.
fn is_sent(step: &Step, wanted: CodeFor) -> bool {
    step.sign_in.prepared.as_deref() == Some(wanted.strategy().as_str())
}

async fn code_of(visit: &Visit<'_>, step: &Step) -> Result<Option<OneTimeCode>, TenantFault> {
    let Some(id) = step.sign_in.prepared_code.clone() else { return Ok(None) };
    Ok(visit.doors.reader().code(visit.profile.id().clone(), id).await?)
}

/// The page that asks whom to mail.
fn ask(
    visit: &Visit<'_>,
    wanted: CodeFor,
    identifier: String,
    problem: Option<CodeRequestProblem>,
) -> HttpResponse {
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = CodeRequestPage { frame: visit.frame(), wanted, identifier, problem };
    visit.page(status, &PageRules::PLAIN, &page)
}

/// The page that takes the code.
fn form(
    visit: &Visit<'_>,
    wanted: CodeFor,
    step: &Step,
    sent: Option<&OneTimeCode>,
    problem: Option<CodeProblem>,
) -> HttpResponse {
    let goal = Goal::of(visit, &step.sign_in);
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let next = match sent.map(|code| code.created_at.after(CODE_SPACING)) {
        Some(at) if visit.now < at => NextCode::At(at),
        Some(_) | None => NextCode::Possible,
    };
    let page = MailedCodePage {
        frame: visit.frame(),
        wanted,
        identifier: goal.identifier,
        expires_at: sent.map(|code| code.expires_at),
        next,
        problem,
    };
    visit.page(status, &rules(goal.target.as_ref()), &page)
}

/// 429: the code of a moment ago still counts, and is what the page asks for.
fn too_soon(visit: &Visit<'_>, wanted: CodeFor, goal: &Goal, wait: Span) -> HttpResponse {
    let at: Millis = visit.now.after(wait);
    let page = MailedCodePage {
        frame: visit.frame(),
        wanted,
        identifier: goal.identifier.clone(),
        expires_at: None,
        next: NextCode::At(at),
        problem: None,
    };
    let rules = rules(goal.target.as_ref());
    let mut answer = visit.page(StatusCode::TOO_MANY_REQUESTS, &rules, &page);
    retry_after(&mut answer, Some(wait));
    answer
}

fn span(wait: Duration) -> Span {
    Span(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

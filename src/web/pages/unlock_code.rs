//! The short code of an unlock mail, for people whose gateway mangles links: the same press by another
//! door. Whatever is not right is one answer, whoever has the identifier.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::remembered::Opened;
use super::sign_in::clipped;
use super::sign_in_steps::MAX_CODE_BYTES;
use super::unlock::{Held, opened, see_done, still_locked};
use super::view::{Fault, StillLocked, UnlockCodePage, UnlockCodeProblem};
use super::visit::{Answer, Visit, either};
use crate::lockout::PressVoid;
use crate::model::{Identifier, IdentifierFault, Span};
use crate::tenant::{CodePress, PressAnswer, TenantFault};
use crate::web::body::Params;
use crate::web::doors::Doors;
use crate::web::error::ApiError;
use crate::web::page::retry_after;
use crate::web::security_headers::PageRules;

/// `GET /t/{slug}/unlock/code`
pub(super) async fn show(request: HttpRequest, doors: web::Data<Doors>) -> HttpResponse {
    let visit = match Visit::open(&request, &doors).await {
        Ok(visit) => visit,
        Err(early) => return early,
    };
    let identifier = visit.remembered.identifier.clone();
    let page = UnlockCodePage { frame: visit.frame(), identifier, problems: Vec::new() };
    visit.page(StatusCode::OK, &PageRules::PLAIN, &page)
}

/// `POST /t/{slug}/unlock/code`: `identifier`, `code`.
pub(super) async fn submit(
    request: HttpRequest,
    doors: web::Data<Doors>,
    form: Result<Params, ApiError>,
) -> HttpResponse {
    either(try_submit(&request, &doors, form).await)
}

async fn try_submit(
    request: &HttpRequest,
    doors: &Doors,
    form: Result<Params, ApiError>,
) -> Answer {
    let visit = Visit::open(request, doors).await?;
    visit.own_form()?;
    let form = visit.fields(form)?;
    let typed = form.raw("identifier").unwrap_or_default();
    let code: String =
        form.raw("code").unwrap_or_default().trim().chars().take(MAX_CODE_BYTES).collect();
    let missing = code.is_empty().then_some(UnlockCodeProblem::CodeMissing);
    let identifier = match (Identifier::parse(typed), missing) {
        (Ok(identifier), None) => identifier,
        (parsed, missing) => {
            let problems = parsed.err().map(problem_of).into_iter().chain(missing).collect();
            return Ok(again(&visit, typed, problems));
        }
    };
    let source = doors.address(request).source;
    let tried =
        visit.tenants().press_code(&visit.profile, &identifier, &code.into(), &source).await;
    let visit = visit.settled();
    // The code stays good, and the form can be sent again.
    let not_now = |fault: &TenantFault| visit.not_now(fault, Some(visit.path("/unlock/code")));
    match tried.map_err(|fault| not_now(&fault))? {
        CodePress::Pressed(answer) => {
            let page = pressed(&visit, &identifier.display, answer).await;
            page.map_err(|fault| not_now(&fault))
        }
        CodePress::Wrong => Ok(again(&visit, typed, vec![UnlockCodeProblem::Wrong])),
        CodePress::TooMany { wait } => {
            let retry_in = Span(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
            Ok(visit.fault(Fault::TooMany { retry_in }, None))
        }
    }
}

/// Whoever typed a right code reads the mailbox, so they are told what is so.
async fn pressed(
    visit: &Visit<'_>,
    identifier: &str,
    answer: PressAnswer,
) -> Result<HttpResponse, TenantFault> {
    let done = |opened, pass| see_done(visit, identifier.to_owned(), opened, pass);
    let (user, held, pass) = match answer {
        PressAnswer::Unlocked { at, tries, pass, .. } => {
            let tries = u32::try_from(tries).unwrap_or(u32::MAX);
            return Ok(done(Opened::Now { at: at.0, tries }, pass.as_ref()));
        }
        PressAnswer::Void { user, why, pass } => match why {
            PressVoid::AlreadyUnlocked { .. } | PressVoid::EpisodeOver { .. } => {
                let opened = opened(why, visit.now).unwrap_or(Opened::Somehow);
                return Ok(done(opened, pass.as_ref()));
            }
            PressVoid::StaffLocked => (user, Held::Staff, pass),
            PressVoid::LongRunLocked => (user, Held::LongRun, pass),
            PressVoid::DailyLimit { until } => (user, Held::DailyLimit { until }, pass),
            PressVoid::Superseded | PressVoid::Unknown => {
                return Ok(again(visit, identifier, vec![UnlockCodeProblem::Wrong]));
            }
        },
        PressAnswer::Expired { .. } | PressAnswer::Forged => {
            return Ok(again(visit, identifier, vec![UnlockCodeProblem::Wrong]));
        }
    };
    let page = still_locked(visit, user, held).await?;
    let mut answer = visit.page(StatusCode::FORBIDDEN, &PageRules::PLAIN, &page);
    if let StillLocked::Staff { until } = page.reason {
        retry_after(&mut answer, until.remaining(visit.now));
    }
    visit.give_lane(&mut answer, pass.as_ref().map(|pass| pass.0.as_str()));
    Ok(answer)
}

fn problem_of(fault: IdentifierFault) -> UnlockCodeProblem {
    match fault {
        IdentifierFault::Empty => UnlockCodeProblem::IdentifierMissing,
        IdentifierFault::TooLong
        | IdentifierFault::ControlCharacter
        | IdentifierFault::EmailAddress
        | IdentifierFault::PhoneNumber => UnlockCodeProblem::IdentifierOdd,
    }
}

fn again(visit: &Visit<'_>, typed: &str, problems: Vec<UnlockCodeProblem>) -> HttpResponse {
    let page = UnlockCodePage { frame: visit.frame(), identifier: clipped(typed), problems };
    visit.page(StatusCode::UNPROCESSABLE_ENTITY, &PageRules::PLAIN, &page)
}

//! Proving again who sits at a browser that is signed in: the present password, on the one count.
//! A second factor is changed only soon after it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::locked;
use super::own_account::Own;
use super::view::{BannedPage, ConfirmPage, PresentProblem};
use super::visit::{Answer, Visit};
use crate::model::SessionId;
use crate::tenant::{
    AttemptAnswer, CheckedSecret, Password, PasswordFault, SecretCheck, TenantFault,
};
use crate::web::body::Params;
use crate::web::security_headers::PageRules;

/// What came of a present password.
pub(super) enum Proved {
    Right,
    Wrong(PresentProblem),
    /// Locked, closed or not now: a page of its own.
    Page(HttpResponse),
}

/// The present password as typed.
pub(super) fn present_password(form: &Params) -> Result<Password, PresentProblem> {
    let text = form.raw("password").unwrap_or_default();
    Password::parse(text.as_bytes()).map_err(|fault| match fault {
        PasswordFault::Empty => PresentProblem::Missing,
        // Nobody's password is that long; nothing is hashed or counted for it.
        PasswordFault::TooLong => PresentProblem::Wrong { tries_left: None },
    })
}

/// Holds it against the user's own; a wrong one counts. `aged` is the session whose first factor it
/// proves again.
pub(super) async fn prove(
    visit: &Visit<'_>,
    own: &Own,
    password: Password,
    aged: Option<SessionId>,
) -> Proved {
    let check = SecretCheck {
        profile: Arc::clone(&visit.profile),
        user: own.card.record.user.id.clone(),
        secret: CheckedSecret::Password(password),
        source: visit.doors.address(visit.request).source,
        browser: visit.browser(),
        aged,
    };
    let not_now = |fault: &TenantFault| {
        Proved::Page(visit.not_now(fault, Some(visit.request.path().to_owned())))
    };
    match visit.tenants().check_secret(check).await {
        Err(fault) => not_now(&fault),
        Ok(AttemptAnswer::Verified(_)) => Proved::Right,
        Ok(AttemptAnswer::Wrong { remaining }) => {
            let tries_left = remaining.and_then(|left| u32::try_from(left).ok());
            Proved::Wrong(PresentProblem::Wrong { tries_left })
        }
        Ok(AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock)) => {
            Proved::Page(locked::answer(visit, &own.name(), None, lock).await)
        }
        Ok(AttemptAnswer::Banned) => {
            let page = BannedPage { frame: visit.frame(), identifier: own.name() };
            Proved::Page(visit.page(StatusCode::FORBIDDEN, &PageRules::PLAIN, &page))
        }
        Ok(AttemptAnswer::Deleted) => Proved::Page(visit.see(&visit.path("/sign-in"))),
        // Only a sign-in or a code that was sent ends so.
        Ok(
            AttemptAnswer::Complete(_)
            | AttemptAnswer::Passed(_)
            | AttemptAnswer::Unusable(_)
            | AttemptAnswer::SignInVoid
            | AttemptAnswer::FactorDied,
        ) => not_now(&TenantFault::Unavailable),
    }
}

/// The page that asks for the password before `path` is shown. Whoever has none signs in again.
pub(super) fn ask(
    visit: &Visit<'_>,
    own: &Own,
    path: &'static str,
    problem: Option<PresentProblem>,
) -> HttpResponse {
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = ConfirmPage {
        frame: visit.frame(),
        identifier: own.name(),
        path,
        with_password: own.has_password(),
        problem,
    };
    visit.page(status, &PageRules::PLAIN, &page)
}

/// The answer to that page: once more, or on to `path`.
pub(super) async fn answer(
    visit: Visit<'_>,
    own: &Own,
    path: &'static str,
    form: &Params,
) -> Answer {
    let password = match present_password(form) {
        Ok(password) => password,
        Err(problem) => return Ok(ask(&visit, own, path, Some(problem))),
    };
    let proved = prove(&visit, own, password, Some(own.session.id.clone())).await;
    let visit = visit.settled();
    Ok(match proved {
        Proved::Right => visit.see(&visit.path(path)),
        Proved::Wrong(problem) => ask(&visit, own, path, Some(problem)),
        Proved::Page(page) => page,
    })
}

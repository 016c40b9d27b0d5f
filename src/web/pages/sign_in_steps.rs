//! What the steps of a sign-in share: where the browser's present one stands, and the page that what
//! was told of a try leads to. The sign-in is always the client's present one; no address names it.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpResponse};

use super::locked;
use super::remembered::{Remembered, Told};
use super::view::{BannedPage, CodeProblem};
use super::visit::Visit;
use crate::lockout::LockView;
use crate::model::CanonicalKey;
use crate::store::one_time_codes::CodeFault;
use crate::store::sign_ins::{SignIn, SignInStatus};
use crate::tenant::{AttemptAnswer, ClientHandle, CodeAttempt, TenantFault};
use crate::web::cookie::LONGEST_LIFE;
use crate::web::redirect::Target;
use crate::web::request_id::RefusedTry;
use crate::web::security_headers::PageRules;

/// Longest code looked at, in bytes.
pub(super) const MAX_CODE_BYTES: usize = 64;

/// Who is signing in and where they go then: what a form gets back, and never a secret.
pub(super) struct Goal {
    /// As typed.
    pub identifier: String,
    pub target: Option<Target>,
}

/// The client's present sign-in.
pub(super) struct Step {
    pub client: ClientHandle,
    pub sign_in: SignIn,
    pub key: CanonicalKey,
}

/// What comes of a try.
pub(super) enum Tried {
    /// A page of its own.
    Page(HttpResponse),
    /// The form once more.
    Wrong {
        tries_left: Option<u32>,
    },
    Unusable(CodeFault),
}

/// The page that follows a right secret which does not complete the sign-in.
#[derive(Clone, Copy)]
pub(super) enum Next {
    SecondFactor,
    NewPassword,
}

impl Next {
    const fn path(self) -> &'static str {
        match self {
            Self::SecondFactor => "/sign-in/second-factor",
            Self::NewPassword => "/sign-in/new-password",
        }
    }
}

impl Goal {
    /// Of a step whose sign-in knows the identifier; the target was carried along.
    pub fn of(visit: &Visit<'_>, sign_in: &SignIn) -> Self {
        let identifier = sign_in.identifier.clone();
        Self {
            identifier: identifier.unwrap_or_else(|| visit.remembered.identifier.clone()),
            target: visit.accept(visit.remembered.redirect_url.as_deref()),
        }
    }

    fn remembered(&self) -> Remembered {
        Remembered {
            identifier: self.identifier.clone(),
            redirect_url: self.target.as_ref().map(|target| target.location.clone()),
            ..Remembered::default()
        }
    }
}

/// The unfinished sign-in of this browser, if it waits for `status`.
pub(super) async fn waiting(
    visit: &Visit<'_>,
    status: SignInStatus,
) -> Result<Option<Step>, TenantFault> {
    let Some(client) = visit.doors.client(&visit.profile, visit.request).await? else {
        return Ok(None);
    };
    let Some(id) = client.client.sign_in_id.clone() else { return Ok(None) };
    let found = visit.doors.reader().sign_in(visit.profile.id().clone(), id).await?;
    let present = |row: &SignIn| row.status == status && visit.now < row.abandon_at;
    let Some(sign_in) = found.filter(present) else { return Ok(None) };
    let Some(key) = sign_in.canonical_key.clone() else { return Ok(None) };
    Ok(Some(Step { client, sign_in, key }))
}

/// From here on pages speak the language of whoever passed the first factor. `false`: they are gone.
async fn meet(visit: &mut Visit<'_>, sign_in: &SignIn) -> Result<bool, TenantFault> {
    let Some(user) = sign_in.user_id.clone() else { return Ok(false) };
    let found = visit.doors.reader().user(visit.profile.id().clone(), user).await?;
    if let Some(record) = &found {
        visit.speak_to(&record.user);
    }
    Ok(found.is_some())
}

/// The sign-in that waits for `status` and its user; else the early page is the first one.
pub(super) async fn past_the_first(
    visit: &mut Visit<'_>,
    status: SignInStatus,
) -> Result<Step, HttpResponse> {
    let again = Some(visit.request.path().to_owned());
    let not_now = |visit: &Visit<'_>, fault: &TenantFault| visit.not_now(fault, again.clone());
    let found = waiting(visit, status).await.map_err(|fault| not_now(visit, &fault))?;
    let Some(step) = found else { return Err(visit.see(&visit.path("/sign-in"))) };
    match meet(visit, &step.sign_in).await.map_err(|fault| not_now(visit, &fault))? {
        true => Ok(step),
        false => Err(start_again(visit, &Goal::of(visit, &step.sign_in))),
    }
}

/// A lock that is known already: nothing is compared then.
pub(super) async fn locked_already(
    visit: &Visit<'_>,
    key: &CanonicalKey,
) -> Result<Option<LockView>, TenantFault> {
    let source = visit.doors.address(visit.request).source;
    let lock = visit
        .tenants()
        .locked_already(&visit.profile, key, &source, &visit.browser().claims)
        .await?;
    if lock.is_some() {
        let refused = RefusedTry(std::sync::Arc::clone(&visit.profile));
        visit.request.extensions_mut().insert(refused);
    }
    Ok(lock)
}

/// A code as typed, for this step.
pub(super) fn code_attempt(visit: &Visit<'_>, step: &Step, typed: &str) -> CodeAttempt {
    let kept: String = typed.chars().take(MAX_CODE_BYTES).collect();
    CodeAttempt {
        profile: std::sync::Arc::clone(&visit.profile),
        key: step.key.clone(),
        typed: kept.into(),
        source: visit.doors.address(visit.request).source,
        browser: visit.browser(),
        sign_in: step.sign_in.id.clone(),
        client: step.client.client.id.clone(),
    }
}

/// What may be told about a try; `next` follows where it was right and something is still asked for.
pub(super) async fn answered(
    visit: &Visit<'_>,
    goal: &Goal,
    next: Next,
    answer: AttemptAnswer,
) -> Tried {
    let page = match answer {
        AttemptAnswer::Wrong { remaining } => {
            let tries_left = remaining.and_then(|left| u32::try_from(left).ok());
            return Tried::Wrong { tries_left };
        }
        AttemptAnswer::Unusable(fault) => return Tried::Unusable(fault),
        AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
            locked::answer(visit, &goal.identifier, goal.target.as_ref(), lock).await
        }
        AttemptAnswer::Complete(done) => {
            let answer = onwards(visit, goal.target.as_ref());
            let mut answer = signed(visit, answer, &done.client_token, &Remembered::default());
            visit.give_lane(&mut answer, done.lane_token.as_deref());
            answer
        }
        AttemptAnswer::Passed(passed) => {
            let answer = visit.see(&visit.path(next.path()));
            signed(visit, answer, &passed.client_token, &goal.remembered())
        }
        AttemptAnswer::Banned => {
            let page = BannedPage { frame: visit.frame(), identifier: goal.identifier.clone() };
            visit.page(StatusCode::FORBIDDEN, &PageRules::PLAIN, &page)
        }
        AttemptAnswer::SignInVoid | AttemptAnswer::FactorDied | AttemptAnswer::Deleted => {
            start_again(visit, goal)
        }
        // Nothing is only checked by these pages.
        AttemptAnswer::Verified(_) => visit.not_now(&TenantFault::Unavailable, None),
    };
    Tried::Page(page)
}

/// After a sign-in: back to where the visitor came from, else to the account page.
pub(super) fn onwards(visit: &Visit<'_>, target: Option<&Target>) -> HttpResponse {
    match target {
        Some(target) => visit.see(&target.location),
        None => visit.see(&visit.path("/account")),
    }
}

/// To the first step, which says that it is to be done again.
pub(super) fn start_again(visit: &Visit<'_>, goal: &Goal) -> HttpResponse {
    let carried = Remembered { told: Some(Told::StartAgain), ..goal.remembered() };
    visit.carry(visit.see(&visit.path("/sign-in")), &carried)
}

/// A redirect with the client's new cookie: what was planted before is worth nothing.
fn signed(
    visit: &Visit<'_>,
    mut answer: HttpResponse,
    client_token: &str,
    carried: &Remembered,
) -> HttpResponse {
    give_client(visit, &mut answer, client_token);
    if visit.remembered == *carried {
        return answer;
    }
    visit.carry(answer, carried)
}

/// Hands a browser its client cookie.
pub(super) fn give_client(visit: &Visit<'_>, answer: &mut HttpResponse, client_token: &str) {
    let name = visit.doors.client_cookie(&visit.profile);
    // A token of ours holds no character that a cookie cannot.
    let _ = answer.add_cookie(&name.with_value(client_token, LONGEST_LIFE));
}

/// What is wrong with a code that cannot be right any more.
pub(super) const fn unusable(fault: CodeFault) -> CodeProblem {
    match fault {
        CodeFault::Missing | CodeFault::Expired => CodeProblem::Expired,
        CodeFault::Spent => CodeProblem::Spent,
    }
}

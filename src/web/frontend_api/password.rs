//! One password try: the published locks first, then the attempt, then the one answer that may be
//! told. Decides nothing itself.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use super::codes::{owner, presence, run};
use super::factors::{Field, Tried, answered, candour};
use super::front_door::Caller;
use super::refusals;
use crate::model::{Identifier, SignInId, Source};
use crate::sign_in::{Action, Facts, Has, Prepared, Run, Strategy, judge_factor};
use crate::store::sign_ins::SignIn;
use crate::tenant::{Browser, ClientHandle, Password, PasswordAttempt};
use crate::web::ApiError;
use crate::web::doors::Doors;
use crate::web::request_id::RefusedTry;

/// A try that the published locks let through. Nothing was written for it so far.
pub(super) struct PasswordTry {
    pub identifier: Identifier,
    source: Source,
    browser: Browser,
    locale: Option<String>,
}

impl PasswordTry {
    /// Asks the published locks: no wait, no hash, no write, no client, no cookie.
    ///
    /// # Errors
    /// 403 `user_locked`.
    pub(super) async fn begin(
        doors: &Doors,
        caller: &Caller,
        request: &HttpRequest,
        identifier: Identifier,
        locale: Option<String>,
    ) -> Result<Self, ApiError> {
        let profile = &caller.profile;
        let source = doors.address(request).source;
        let browser = caller.browser(doors, request);
        match doors
            .tenants
            .locked_already(profile, &identifier.key, &source, &browser.claims)
            .await?
        {
            Some(lock) => {
                request.extensions_mut().insert(RefusedTry(Arc::clone(profile)));
                Err(refusals::locked(doors, profile, &lock, locale.as_deref()))
            }
            None => Ok(Self { identifier, source, browser, locale }),
        }
    }
}

/// Whether the name's user has a password at all: told in the revealing mode only, where nothing is
/// hashed or counted then. `sign_in` where one was opened before.
///
/// # Errors
/// The refusal of the contract.
pub(super) async fn password_is_theirs(
    doors: &Doors,
    caller: &Caller,
    identifier: &Identifier,
    sign_in: Option<&SignIn>,
) -> Result<(), ApiError> {
    let action = Action::AttemptFirstFactor;
    let known = owner(doors, caller, identifier).await?;
    let facts = Facts {
        answer: candour(caller),
        user: presence(caller, known.as_ref()),
        strategy: Strategy::Password,
        has: match known.map(|record| record.user.password_hash) {
            None => Has::Unknown,
            Some(None) => Has::No,
            Some(Some(_)) => Has::Yes,
        },
        prepared: Prepared::NotNeeded,
    };
    let now = doors.now();
    let (run, id) = match sign_in {
        Some(row) => (run(row), row.id.as_str()),
        None => (Run::beginning(now), ""),
    };
    judge_factor(&run, action, &facts, None, now)
        .map_err(|told| refusals::refused(told, action, id))
}

/// Tries the password; `sign_in` is the one it was posted to, if any.
pub(super) async fn try_password(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    started: PasswordTry,
    password: Password,
    sign_in: Option<SignInId>,
    client: Option<&ClientHandle>,
) -> Result<HttpResponse, ApiError> {
    let profile = &caller.profile;
    let PasswordTry { identifier, source, browser, locale } = started;
    let attempt = PasswordAttempt {
        profile: profile.clone(),
        identifier,
        password,
        source,
        browser,
        sign_in: sign_in.clone(),
        client: client.map(|known| known.client.id.clone()),
        locale: locale.clone(),
    };
    let answer = doors.tenants.attempt_password(attempt).await?;
    let tried = Tried {
        sign_in: sign_in.as_ref(),
        action: Action::AttemptFirstFactor,
        field: Field::Password,
        locale: locale.as_deref(),
    };
    answered(doors, caller, request, &tried, answer).await
}

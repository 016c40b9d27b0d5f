//! A secret of the user of a session: checked through the one counter, and the words for what it was
//! not. Decides nothing itself.

use actix_web::HttpRequest;

use super::factors::Field;
use super::front_door::Caller;
use super::refusals;
use crate::model::{Millis, SessionId, UserId};
use crate::store::sessions::Session;
use crate::tenant::{AttemptAnswer, CheckedSecret, SecretCheck, passed_lately};
use crate::web::doors::Doors;
use crate::web::{ApiError, ErrorKind};

/// What is checked, and for whom.
pub(super) struct Check<'a> {
    pub user: &'a UserId,
    pub secret: CheckedSecret,
    /// The session whose factor it proves again.
    pub aged: Option<SessionId>,
    pub locale: Option<&'a str>,
}

/// Right, or the refusal to answer with; `wrong` is the entry for a wrong one.
pub(super) async fn check(
    doors: &Doors,
    caller: &Caller,
    request: &HttpRequest,
    of: Check<'_>,
    wrong: impl FnOnce() -> ApiError,
) -> Result<(), ApiError> {
    let profile = &caller.profile;
    let field = match &of.secret {
        CheckedSecret::Password(_) => Field::Password,
        CheckedSecret::Totp(_) | CheckedSecret::RecoveryCode(_) | CheckedSecret::Code(..) => {
            Field::Code
        }
    };
    let checked = SecretCheck {
        profile: profile.clone(),
        user: of.user.clone(),
        secret: of.secret,
        source: doors.address(request).source,
        browser: caller.browser(doors, request),
        aged: of.aged,
    };
    match doors.tenants.check_secret(checked).await? {
        AttemptAnswer::Verified(_) => Ok(()),
        AttemptAnswer::Wrong { remaining } => {
            Err(refusals::counted_down(wrong(), field, remaining, of.locale))
        }
        AttemptAnswer::Locked(lock) | AttemptAnswer::WrongAndLocked(lock) => {
            Err(refusals::locked(doors, profile, &lock, of.locale))
        }
        AttemptAnswer::Banned => Err(ApiError::of(ErrorKind::UserBanned)),
        AttemptAnswer::Deleted => Err(ApiError::of(ErrorKind::SignedOut)),
        AttemptAnswer::Unusable(fault) => Err(refusals::unusable(fault)),
        // Only a sign-in ends so.
        AttemptAnswer::Complete(_)
        | AttemptAnswer::Passed(_)
        | AttemptAnswer::SignInVoid
        | AttemptAnswer::FactorDied => Err(ApiError::internal()),
    }
}

/// # Errors
/// 403 `session_reverification_required` where the first factor was passed too long ago.
pub(super) fn require_fresh(session: &Session, now: Millis) -> Result<(), ApiError> {
    if passed_lately(session, now) {
        Ok(())
    } else {
        Err(ApiError::of(ErrorKind::SessionReverification))
    }
}

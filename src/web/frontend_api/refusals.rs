//! The words of refused tries: locked, wrong, out of turn. Made from what may be told alone.

use super::factors::Field;
use crate::lockout::LockView;
use crate::model::{Millis, Span};
use crate::sign_in::{
    Action, ENABLED_FIRST_FACTORS, ENABLED_SECOND_FACTORS, Refusal, Status, Strategy, StrategyFault,
};
use crate::store::one_time_codes::CodeFault;
use crate::tenant::TenantProfile;
use crate::text::{Catalogue, Lang};
use crate::web::doors::Doors;
use crate::web::{ApiError, ErrorKind};

/// From so many tries left on, a wrong password comes with a warning (`account_lockout_warning`).
const WARN_FROM: i64 = 2;
/// Longest language tag looked at; the longest registered ones are half of it.
const MAX_LOCALE: usize = 64;

/// 403 `user_locked`, in the language of the request.
pub(super) fn locked(
    doors: &Doors,
    profile: &TenantProfile,
    lock: &LockView,
    locale: Option<&str>,
) -> ApiError {
    user_locked(language(locale), seconds_left(lock, doors.now()), profile.support_email())
}

/// How long a lock still holds; `None`: only an unlock ends it. Whole seconds and never none, so
/// that words and numbers agree.
pub(super) fn seconds_left(lock: &LockView, now: Millis) -> Option<i64> {
    lock.until.remaining(now).map(|left| left.as_seconds_up().max(1))
}

/// 403 `user_locked` for a lock that holds for so many more seconds.
pub(super) fn user_locked(lang: &Lang, seconds: Option<i64>, support: Option<&str>) -> ApiError {
    let words = lang.user_locked_long_message(seconds.map(Span::from_seconds), support);
    ApiError::user_locked(seconds.and_then(|seconds| u64::try_from(seconds).ok()), words)
}

/// 422 `form_password_incorrect`, the same for a name that nobody has.
pub(super) fn wrong_password(remaining: Option<i64>, locale: Option<&str>) -> ApiError {
    counted_down(ApiError::password_incorrect(), Field::Password, remaining, locale)
}

/// 422 `form_code_incorrect`, with the same countdown.
pub(super) fn wrong_code(remaining: Option<i64>, locale: Option<&str>) -> ApiError {
    counted_down(ApiError::code_incorrect(), Field::Code, remaining, locale)
}

/// A wrong secret. The last tries are counted down where a person reads: in the field's own message,
/// and in the entry made for it.
pub(super) fn counted_down(
    error: ApiError,
    field: Field,
    remaining: Option<i64>,
    locale: Option<&str>,
) -> ApiError {
    let Some(left) = remaining.filter(|left| *left <= WARN_FROM) else { return error };
    let lang = language(locale);
    let words = lang.with("tries-left", &[("count", left.into())]);
    let incorrect = match field {
        Field::Password => lang.line("password-incorrect"),
        Field::Code => lang.line("code-incorrect"),
    };
    // One language a sentence: what the catalogue of errors says is English.
    let both = lang.say("two-sentences").text("first", incorrect);
    let both = both.text("second", &words).to_string();
    error.with_long_message(both).with_lockout_warning(u64::try_from(left).unwrap_or(0), words)
}

/// 400 for a sent code that cannot be right any more.
pub(super) fn unusable(fault: CodeFault) -> ApiError {
    ApiError::of(match fault {
        CodeFault::Missing => ErrorKind::VerificationMissing,
        CodeFault::Expired => ErrorKind::VerificationExpired,
        CodeFault::Spent => ErrorKind::VerificationFailed,
    })
}

/// What the flow refuses, in the words of the contract: the one place where a [`Refusal`] becomes
/// an answer. `id` of the sign-in as it was asked for; empty where none was.
pub(super) fn refused(refusal: Refusal, action: Action, id: &str) -> ApiError {
    match refusal {
        Refusal::NotFound => ApiError::sign_in_not_found(id),
        Refusal::Older => ApiError::of(ErrorKind::OlderSignIn),
        Refusal::WrongState(status) => {
            ApiError::client_state_invalid(in_words(action), hint(status))
        }
        Refusal::SessionExists => ApiError::of(ErrorKind::SessionExists),
        Refusal::AlreadySignedIn(session) => ApiError::already_signed_in(session.as_str()),
        Refusal::UnknownIdentifier => ApiError::identifier_not_found(),
        Refusal::NothingToTransfer => ApiError::of(ErrorKind::AccountTransferInvalid),
        Refusal::Claimed => ApiError::of(ErrorKind::IdentificationClaimed),
        Refusal::StrategyForUser => ApiError::of(ErrorKind::StrategyForUserInvalid),
        Refusal::BelongsToOther => ApiError::of(ErrorKind::IdentificationOfOther),
        Refusal::UnknownAddress => ApiError::filled(ErrorKind::NotFound, &["identification"]),
        Refusal::NoSecondFactor(strategy) => {
            ApiError::filled(ErrorKind::NoSecondFactors, &[strategy.as_str()])
        }
        Refusal::NoIdentification => ApiError::of(ErrorKind::NoIdentificationForUser),
        Refusal::Deleted => ApiError::of(ErrorKind::IdentificationOrUserDeleted),
        Refusal::NotPrepared => ApiError::of(ErrorKind::VerificationMissing),
        Refusal::PreparedOtherwise => ApiError::of(ErrorKind::VerificationStrategyInvalid),
    }
}

/// 422 or 400 for a strategy; says nothing about an account, because only the word is judged.
pub(super) fn bad_strategy(fault: StrategyFault) -> ApiError {
    not_enabled(fault, ENABLED_FIRST_FACTORS)
}

/// The same of a second factor.
pub(super) fn bad_second_strategy(fault: StrategyFault) -> ApiError {
    not_enabled(fault, ENABLED_SECOND_FACTORS)
}

fn not_enabled(fault: StrategyFault, enabled: &[Strategy]) -> ApiError {
    let kind = match fault {
        StrategyFault::Unknown => ErrorKind::ParamValueInvalid,
        StrategyFault::Disabled => ErrorKind::ParamValueDisabled,
    };
    let enabled: Vec<&str> = enabled.iter().map(|one| one.as_str()).collect();
    let text = format!("strategy must be one that is enabled here: {}.", enabled.join(", "));
    ApiError::of_param(kind, "strategy").with_long_message(text)
}

pub(super) fn language(locale: Option<&str>) -> &'static Lang {
    Catalogue::get(locale.filter(|tag| tag.len() <= MAX_LOCALE).unwrap_or("en"))
}

const fn in_words(action: Action) -> &'static str {
    match action {
        Action::Show => "reading the sign in",
        Action::PrepareFirstFactor => "preparing the first factor",
        Action::AttemptFirstFactor => "attempting the first factor",
        Action::PrepareSecondFactor => "preparing the second factor",
        Action::AttemptSecondFactor => "attempting the second factor",
        Action::ResetPassword => "resetting the password",
    }
}

const fn hint(status: Status) -> &'static str {
    match status {
        Status::NeedsIdentifier => "Give an identifier first.",
        Status::NeedsFirstFactor => "Pass the first factor first.",
        Status::NeedsSecondFactor => "The first factor was passed; pass the second one.",
        Status::NeedsNewPassword => "Set a new password first.",
        Status::Complete => "This sign in is complete; start a new one.",
        Status::Abandoned => "This sign in was abandoned; start a new one.",
    }
}

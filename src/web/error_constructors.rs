//! Named constructors for the errors that carry something: a wait, an id, a field, an action.
//! One per situation, so that a door reads as a sentence and cannot forget a member of `meta`.

use std::borrow::Cow;

use serde_json::Value;

use super::error::{ApiError, ErrorEntry};
use super::error_code::ErrorKind;

/// Seconds until a client may try again where nothing better is known: long enough to let a queue
/// drain, short enough not to be noticed by a person.
const BUSY_SECONDS: u64 = 2;

impl ApiError {
    /// 403 `user_locked`. `remaining_seconds` is the live wait, `None` when only an unlock ends the
    /// lock; `long_message` says the wait in words, because Clerk's JavaScript SDK drops the number.
    #[must_use]
    pub fn user_locked(
        remaining_seconds: Option<u64>,
        long_message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let entry = ErrorEntry::of(ErrorKind::UserLocked).with_long_message(long_message);
        match remaining_seconds {
            Some(seconds) => Self::with_entry(
                ErrorKind::UserLocked,
                entry.with_meta("lockout_expires_in_seconds", Value::from(seconds)),
            )
            .with_retry_after(seconds),
            None => Self::with_entry(ErrorKind::UserLocked, entry),
        }
    }

    /// 422, `param_name` `password`.
    #[must_use]
    pub fn password_incorrect() -> Self {
        let entry = ErrorEntry::of(ErrorKind::PasswordIncorrect).with_param("password");
        Self::with_entry(ErrorKind::PasswordIncorrect, entry)
    }

    /// 422, `param_name` `code`.
    #[must_use]
    pub fn code_incorrect() -> Self {
        let entry = ErrorEntry::of(ErrorKind::CodeIncorrect).with_param("code");
        Self::with_entry(ErrorKind::CodeIncorrect, entry)
    }

    /// 422, `param_name` `identifier`: only in the revealing mode.
    #[must_use]
    pub fn identifier_not_found() -> Self {
        let entry = ErrorEntry::of(ErrorKind::IdentifierNotFound).with_param("identifier");
        Self::with_entry(ErrorKind::IdentifierNotFound, entry)
    }

    /// The warning behind the deciding entry, for at most two attempts left.
    #[must_use]
    pub fn with_lockout_warning(
        self,
        attempts_left: u64,
        long_message: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.and(
            ErrorEntry::of(ErrorKind::LockoutWarning)
                .with_long_message(long_message)
                .with_meta("verification_attempts_remaining", Value::from(attempts_left)),
        )
    }

    /// 400; `session_id` is what the browser library then activates (`SessionID` is its Go name).
    #[must_use]
    pub fn already_signed_in(session_id: &str) -> Self {
        let entry = ErrorEntry::of(ErrorKind::AlreadySignedIn)
            .with_meta("session_id", Value::from(session_id))
            .with_meta("SessionID", Value::from(session_id));
        Self::with_entry(ErrorKind::AlreadySignedIn, entry)
    }

    /// 400; `action` in words ("preparing the first factor"), `hint` a sentence on what to do.
    #[must_use]
    pub fn client_state_invalid(action: &str, hint: &str) -> Self {
        Self::filled(ErrorKind::ClientStateInvalid, &[action, hint])
    }

    /// 404 for a sign-in. `id` is echoed, bounded, because the contract's text carries it.
    #[must_use]
    pub fn sign_in_not_found(id: &str) -> Self {
        let shown: String = id.chars().filter(|c| !c.is_control()).take(64).collect();
        Self::filled(ErrorKind::SignInNotFound, &[&shown])
    }

    /// 404 for a sign-up, as [`ApiError::sign_in_not_found`].
    #[must_use]
    pub fn sign_up_not_found(id: &str) -> Self {
        let shown: String = id.chars().filter(|c| !c.is_control()).take(64).collect();
        Self::filled(ErrorKind::SignUpNotFound, &[&shown])
    }

    /// 404; `what` is the kind of thing ("user", "session").
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::filled(ErrorKind::NotFound, &[what])
    }

    /// 400; `strategy` as it was asked for.
    #[must_use]
    pub fn no_second_factors(strategy: &str) -> Self {
        Self::filled(ErrorKind::NoSecondFactors, &[strategy])
    }

    /// 422; `when` completes "must be included when …".
    #[must_use]
    pub fn conditional_param_missing(param: &str, when: &str) -> Self {
        let entry = ErrorEntry::filled(ErrorKind::ConditionalParamMissing, &[param, when]);
        Self::with_entry(ErrorKind::ConditionalParamMissing, entry.with_param(param))
    }

    /// 422; `param` is the body's field, `what` the thing in words ("e-mail address").
    #[must_use]
    pub fn identifier_exists(param: &str, what: &str) -> Self {
        let entry = ErrorEntry::filled(ErrorKind::IdentifierExists, &[what]).with_param(param);
        Self::with_entry(ErrorKind::IdentifierExists, entry)
    }

    /// 422; `least` in characters.
    #[must_use]
    pub fn password_too_short(least: usize) -> Self {
        let entry = ErrorEntry::filled(ErrorKind::PasswordTooShort, &[&least.to_string()]);
        Self::with_entry(ErrorKind::PasswordTooShort, entry.with_param("password"))
    }

    /// 422; `most` in bytes.
    #[must_use]
    pub fn password_too_long(most: usize) -> Self {
        let entry = ErrorEntry::filled(ErrorKind::PasswordTooLong, &[&most.to_string()]);
        Self::with_entry(ErrorKind::PasswordTooLong, entry.with_param("password"))
    }

    /// 403; `what` is the feature in words.
    #[must_use]
    pub fn feature_not_enabled(what: &str) -> Self {
        Self::filled(ErrorKind::FeatureNotEnabled, &[what])
    }

    /// 400; `action` in words ("touching it").
    #[must_use]
    pub fn invalid_action_for_session(action: &str) -> Self {
        Self::filled(ErrorKind::InvalidActionForSession, &[action])
    }

    /// 400; `origin` as it was sent, bounded by the caller.
    #[must_use]
    pub fn origin_invalid(origin: &str) -> Self {
        Self::filled(ErrorKind::OriginInvalid, &[origin])
    }

    /// 429 with `Retry-After` in seconds.
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        Self::of(ErrorKind::TooManyRequests).with_retry_after(retry_after_seconds)
    }

    /// 503 with `Retry-After`: shed load, a wait that ran out, storage that is down.
    #[must_use]
    pub fn service_unavailable() -> Self {
        Self::of(ErrorKind::ServiceUnavailable).with_retry_after(BUSY_SECONDS)
    }

    /// 500: a fault of ours. The cause belongs into the log, where it happened.
    #[must_use]
    pub fn internal() -> Self {
        Self::of(ErrorKind::Internal)
    }
}

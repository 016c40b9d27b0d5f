//! Turns the refusals of the tenants' facade into answers. Knows the words for what was asked for,
//! not why a thing failed: that is in the log, where it happened.

use crate::lockout::LockView;
use crate::model::{Millis, Span};
use crate::tenant::TenantFault;
use crate::text::Catalogue;
use crate::web::ApiError;
use crate::web::error::ErrorEntry;
use crate::web::error_code::ErrorKind;

/// The answer for a fault while handling `what` ("user", "session").
pub(super) fn refused(fault: TenantFault, what: &str) -> ApiError {
    match fault {
        TenantFault::Busy { .. } | TenantFault::Unavailable => ApiError::from(fault),
        TenantFault::NotFound => ApiError::not_found(what),
        TenantFault::Conflict { what } => taken(what),
    }
}

/// `refused` for what can only fail because the server cannot answer.
pub(super) fn unanswered(fault: impl Into<TenantFault>) -> ApiError {
    refused(fault.into(), "resource")
}

/// 403 `user_locked`, in English: a server's language is nobody's.
pub(super) fn locked(lock: &LockView, now: Millis, support: Option<&str>) -> ApiError {
    // Never none, so that words and number agree.
    let seconds = lock.until.remaining(now).map(|left| left.as_seconds_up().max(1));
    let wait = seconds.map(Span::from_seconds);
    let words = Catalogue::get("en").user_locked_long_message(wait, support);
    ApiError::user_locked(seconds.and_then(|seconds| u64::try_from(seconds).ok()), words)
}

/// Somebody was faster than the check before: which of several identifiers is not known any more.
fn taken(what: &'static str) -> ApiError {
    match what {
        "external_id" => ApiError::identifier_exists("external_id", "external id"),
        "identifier" => {
            let entry = ErrorEntry::filled(ErrorKind::IdentifierExists, &["identifier"]);
            ApiError::with_entry(ErrorKind::IdentifierExists, entry)
        }
        other => ApiError::filled(ErrorKind::Conflict, &[other]),
    }
}

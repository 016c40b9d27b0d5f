//! Turns the refusals of the tenants' facade into answers. Knows the words for what was asked for,
//! not why a thing failed: that is in the log, where it happened.

use crate::tenant::TenantFault;
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

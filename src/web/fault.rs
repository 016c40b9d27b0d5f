//! What a door under `/v1` answers when the tenants' facade could not do something. Knows no door.

use std::time::Duration;

use super::error::ApiError;
use super::error_code::ErrorKind;
use crate::tenant::TenantFault;

impl From<TenantFault> for ApiError {
    fn from(fault: TenantFault) -> Self {
        match fault {
            TenantFault::Busy { retry_after } => {
                Self::service_unavailable().with_retry_after(whole_seconds(retry_after))
            }
            TenantFault::Unavailable => Self::service_unavailable(),
            TenantFault::Conflict { what } => Self::filled(ErrorKind::Conflict, &[what]),
            TenantFault::NotFound => Self::not_found("resource"),
        }
    }
}

/// Rounded up and never 0: a client told to wait 0 seconds hammers.
fn whole_seconds(wait: Duration) -> u64 {
    let part = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(part).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_announced_shorter_than_it_is() {
        let retry = |ms| {
            ApiError::from(TenantFault::Busy { retry_after: Duration::from_millis(ms) }).retry_after
        };
        assert_eq!([retry(0), retry(1000), retry(1001)], [Some(1), Some(1), Some(2)]);
    }
}

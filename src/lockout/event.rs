//! What can happen to a subject. Events carry what was verified, never a secret.

use crate::model::{Authenticator, Lane, Until};

/// One thing that happens to one subject, decided under its row lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A secret was verified and wrong.
    Failure {
        authenticator: Authenticator,
        lane: Lane,
        /// How many failures are reported at once (Authgear's `n`); 1 in the live system.
        weight: i64,
    },
    /// As a failure of weight 1, of a secret that this source is known to have been counted for
    /// already: the policy in force decides whether it counts again.
    RepeatedFailure { authenticator: Authenticator, lane: Lane },
    /// A secret was verified and right, but the sign-in is not complete yet: clears nothing.
    FactorPassed { lane: Lane },
    /// The sign-in is complete: clears the own share.
    SignInCompleted { lane: Lane },
    /// Staff or `lockUser`; `None` takes the policy's `manual_lock_duration`.
    StaffLock { until: Option<Until> },
    /// Staff or `unlockUser`: the only early end of a staff lock.
    StaffUnlock,
    /// The button behind an unlock link of this episode, or its short code.
    Press { episode: i64 },
    /// Password reset proved by mail.
    Reset,
}

//! What may be told about an attempt, for the doors. Carries the client's new cookie and never
//! prints it.

use crate::lockout::LockView;
use crate::model::{ClientId, SessionId, SignInId, UserId};
use crate::store::one_time_codes::CodeFault;

/// What may be told about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptAnswer {
    /// Locked; whether the password was right is not known to anybody.
    Locked(LockView),
    /// Wrong; tries left before the lock, where failures count.
    Wrong {
        remaining: Option<i64>,
    },
    /// Wrong, and this one locked.
    WrongAndLocked(LockView),
    Complete(SignedIn),
    /// Right, and the sign-in waits for a second factor or a new password.
    Passed(PassedFactor),
    /// Right; it was checked for a user, and nothing began.
    Verified(UserId),
    Banned,
    /// The user for whom the sign-in had passed a factor, or who was named, is gone.
    Deleted,
    /// The code cannot be right any more; nothing was compared and nothing counted.
    Unusable(CodeFault),
    /// The sign-in cannot take this secret any more.
    SignInVoid,
    /// The first factor died meanwhile, of a lock or a change: it is asked for again.
    FactorDied,
}

/// A sign-in between two steps.
#[derive(Clone, PartialEq, Eq)]
pub struct PassedFactor {
    pub sign_in: SignInId,
    pub client: ClientId,
    pub user: UserId,
    /// New value of the client cookie.
    pub client_token: String,
}

/// Without the cookie.
impl std::fmt::Debug for PassedFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PassedFactor").field("sign_in", &self.sign_in).finish_non_exhaustive()
    }
}

/// A completed sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub session: SessionId,
    pub sign_in: SignInId,
    pub client: ClientId,
    pub user: UserId,
    /// New value of the client cookie: it rotates with every sign-in.
    pub client_token: String,
    /// What the browser is to keep where it has become a known device.
    pub lane_token: Option<String>,
}

/// Without the cookie.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn")
            .field("session", &self.session)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

//! What an attempt is told, as far as the reference model can say it too.

use lockkeeper::model::{SignInId, Until};
use lockkeeper::store::settle::{Answer, SettleRequest, SettleSignIn};

use crate::lockout_model::Seen;

/// What an attempt should be told, without what only the server can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Locked(Until),
    Wrong(Option<i64>),
    WrongAndLocked(Until),
    Complete,
    /// Right, and a second factor is asked for.
    Passed,
    Banned,
    Void,
    Deleted,
    FactorDied,
    Again,
}

impl Told {
    pub(crate) fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Locked(lock) => Self::Locked(lock.until),
            Answer::Wrong { remaining } => Self::Wrong(*remaining),
            Answer::WrongAndLocked(lock) => Self::WrongAndLocked(lock.until),
            Answer::Complete { .. } => Self::Complete,
            Answer::Banned => Self::Banned,
            Answer::Passed { .. } => Self::Passed,
            Answer::Deleted => Self::Deleted,
            Answer::FactorDied => Self::FactorDied,
            // No simulated door checks a secret outside a sign-in.
            Answer::SignInVoid | Answer::Verified { .. } => Self::Void,
            Answer::Again => Self::Again,
        }
    }

    pub(crate) const fn reveals(&self) -> bool {
        matches!(
            self,
            Self::Wrong(_) | Self::WrongAndLocked(_) | Self::Complete | Self::Passed | Self::Banned
        )
    }
}

pub(crate) fn told_of(seen: &Seen) -> Told {
    match seen {
        Seen::Refused(end) => Told::Locked(*end),
        Seen::Dead => Told::Again,
        Seen::Counted(left) => Told::Wrong(Some(*left)),
        Seen::Locked(end) => Told::WrongAndLocked(*end),
        Seen::Uncounted => Told::Wrong(None),
        Seen::Good | Seen::Unlocked | Seen::Void(_) => unreachable!("not a failure's answer"),
    }
}

/// Nothing is checked outside a sign-in here.
pub(crate) fn sign_in_of(request: &SettleRequest) -> &SignInId {
    match &request.sign_in {
        SettleSignIn::Existing(id) | SettleSignIn::AtOnce { id, .. } => id,
        SettleSignIn::Check { .. } => unreachable!("no simulated door checks a secret"),
    }
}

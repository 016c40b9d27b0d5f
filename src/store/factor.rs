//! What an attempt proves, or fails to: a password, a mailed code, a step of an authenticator app,
//! a recovery code. Names the rows that a settle consumes. Never holds a secret.

use crate::model::{Authenticator, OneTimeCodeId};

/// Whether this source was counted for the same secret before (rule 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    New,
    /// Known to this node, and within what a minute allows: the policy decides whether it counts.
    Repeated,
}

/// What was tried, by the row that it uses up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    Password(Repetition),
    /// A code that was sent in order to sign in; `None`: there is none that could be right.
    OneTimeCode(Option<OneTimeCodeId>),
    /// A code that was sent in order to set a new password. Taken while locked too, so its own
    /// tries are all that bounds it.
    ResetCode(Option<OneTimeCodeId>),
    /// The 30 s step whose code was typed; `None` where it is no step's.
    Totp { step: Option<i64> },
    /// Keyed digest of the code that was typed.
    RecoveryCode { digest: String },
}

/// Which factor of a sign-in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorStep {
    First,
    Second,
}

impl Proof {
    /// A password that nothing is remembered of.
    pub const PASSWORD: Self = Self::Password(Repetition::New);

    /// What the policy selects and counts it as.
    #[must_use]
    pub const fn authenticator(&self) -> Authenticator {
        match self {
            Self::Password(_) => Authenticator::Password,
            Self::OneTimeCode(_) | Self::ResetCode(_) => Authenticator::OobOtp,
            Self::Totp { .. } => Authenticator::Totp,
            Self::RecoveryCode { .. } => Authenticator::RecoveryCode,
        }
    }

    #[must_use]
    pub const fn step(&self) -> FactorStep {
        match self {
            Self::Password(_) | Self::OneTimeCode(_) | Self::ResetCode(_) => FactorStep::First,
            Self::Totp { .. } | Self::RecoveryCode { .. } => FactorStep::Second,
        }
    }

    /// Clerk's word for it, as the sign-in keeps it.
    #[must_use]
    pub const fn strategy(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::OneTimeCode(_) => "email_code",
            Self::ResetCode(_) => "reset_password_email_code",
            Self::Totp { .. } => "totp",
            Self::RecoveryCode { .. } => "backup_code",
        }
    }
}

//! The lockout policy as the core uses it: every field valid by construction of
//! [`super::PolicyDocument::parse`]. Names and rules are Authgear's where it has them.

use std::collections::BTreeSet;

use crate::model::{Authenticator, Span};

/// The shortest and longest length a policy may name (DESIGN §4).
pub const MIN_LENGTH: Span = Span::SECOND;
pub const MAX_LENGTH: Span = Span(365 * Span::DAY.0);
pub const MAX_ATTEMPTS: i64 = 1000;
pub const MAX_LONG_RUN: i64 = 10_000;

/// How long a lock lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockLength {
    For(Span),
    /// No end of its own.
    UntilUnlocked,
}

/// The back-off factor as an exact decimal: thousandths, 1.000 ..= 1000.000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    thousandths: i64,
}

impl Factor {
    pub const ONE: Self = Self { thousandths: 1_000 };
    pub const TWO: Self = Self { thousandths: 2_000 };

    /// `None` outside 1 ..= 1000.
    #[must_use]
    pub const fn from_thousandths(thousandths: i64) -> Option<Self> {
        if thousandths >= 1_000 && thousandths <= 1_000_000 {
            Some(Self { thousandths })
        } else {
            None
        }
    }

    #[must_use]
    pub const fn thousandths(self) -> i64 {
        self.thousandths
    }
}

/// What the count does when a lock has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountAfterLock {
    /// Kept: one failure locks again, one step longer (Authgear).
    Kept,
    /// N tries again (Clerk); the step is kept until history passes.
    Fresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockoutType {
    PerUser,
    PerUserPerIp,
}

/// How exactly ends and deadlines are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    Millisecond,
    /// Truncated to the second when set: reproduces Authgear's recorded behaviour (`policy replay`).
    Second,
}

/// A valid lockout policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub enabled: bool,
    /// N: the lock comes **on** the N-th failure.
    pub max_attempts: i64,
    pub history_duration: Span,
    pub minimum_duration: LockLength,
    pub backoff_factor: Factor,
    pub maximum_duration: LockLength,
    pub count_after_lock: CountAfterLock,
    pub lockout_type: LockoutType,
    pub authenticators: BTreeSet<Authenticator>,
    pub manual_lock_duration: LockLength,
    /// 0 = off.
    pub long_run_limit: i64,
    pub unlock_mail: bool,
    pub unlock_link_lifetime: Span,
    pub unlocks_per_day: i64,
    /// A browser that completed a sign-in is a lane of its own.
    pub known_devices: bool,
    /// A wrong password that the same source repeats does not count again (protocol rule 16).
    pub ignore_repeated_secret: bool,
    pub precision: Precision,
}

/// The named starting points (DESIGN §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    Relaxed,
    Balanced,
    Strict,
    Clerk,
    Authgear,
}

impl Preset {
    pub const ALL: [Self; 5] =
        [Self::Relaxed, Self::Balanced, Self::Strict, Self::Clerk, Self::Authgear];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relaxed => "relaxed",
            Self::Balanced => "balanced",
            Self::Strict => "strict",
            Self::Clerk => "clerk",
            Self::Authgear => "authgear",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == name)
    }

    #[must_use]
    pub fn policy(self) -> Policy {
        let balanced = Policy {
            enabled: true,
            max_attempts: 8,
            history_duration: Span::DAY,
            minimum_duration: LockLength::For(Span::MINUTE),
            backoff_factor: Factor::TWO,
            maximum_duration: LockLength::For(Span::HOUR),
            count_after_lock: CountAfterLock::Kept,
            lockout_type: LockoutType::PerUser,
            authenticators: Authenticator::ALL.into_iter().collect(),
            manual_lock_duration: LockLength::For(Span::HOUR),
            long_run_limit: 100,
            unlock_mail: true,
            unlock_link_lifetime: Span::DAY,
            unlocks_per_day: 3,
            known_devices: true,
            ignore_repeated_secret: false,
            precision: Precision::Millisecond,
        };
        match self {
            Self::Balanced => balanced,
            Self::Relaxed => Policy {
                max_attempts: 10,
                maximum_duration: LockLength::For(Span::MINUTE.times(15)),
                ..balanced
            },
            Self::Strict => Policy {
                max_attempts: 5,
                minimum_duration: LockLength::For(Span::MINUTE.times(5)),
                maximum_duration: LockLength::For(Span::DAY),
                ..balanced
            },
            Self::Clerk => Policy {
                max_attempts: 10,
                minimum_duration: LockLength::For(Span::HOUR),
                maximum_duration: LockLength::For(Span::HOUR),
                backoff_factor: Factor::ONE,
                count_after_lock: CountAfterLock::Fresh,
                ..balanced
            },
            Self::Authgear => {
                Policy { max_attempts: 10, long_run_limit: 0, known_devices: false, ..balanced }
            }
        }
    }
}

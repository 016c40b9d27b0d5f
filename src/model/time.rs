//! Instants and lengths as integer milliseconds that saturate instead of wrapping.
//! Knows no clock: whoever needs "now" is handed it (see `model::clock`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since the Unix epoch, UTC. Arithmetic saturates.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// The instant `span` later; saturates at the end of time.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The instant `span` earlier; saturates.
    #[must_use]
    pub const fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long from `earlier` to `self`; zero when `earlier` is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }

    /// Whole seconds since the epoch, rounded down: what JWT claims carry.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant truncated to its whole second (Authgear's arithmetic, `policy replay` only).
    #[must_use]
    pub const fn floor_to_second(self) -> Self {
        Self(self.as_seconds().saturating_mul(1000))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

/// A length of time in milliseconds, never negative once parsed. Arithmetic saturates.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    pub const ZERO: Self = Self(0);
    pub const SECOND: Self = Self(1_000);
    pub const MINUTE: Self = Self(60_000);
    pub const HOUR: Self = Self(3_600_000);
    pub const DAY: Self = Self(86_400_000);

    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds, rounded **up**: a wait is never announced shorter than it is.
    #[must_use]
    pub const fn as_seconds_up(self) -> i64 {
        self.0.saturating_add(999).div_euclid(1000)
    }

    #[must_use]
    pub const fn times(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// As a `std::time::Duration`; negative lengths become zero.
    #[must_use]
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

/// When a lock ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// At this instant the subject is free again (locked while now < end).
    At(Millis),
    /// Only an unlock ends it.
    Unlocked,
}

impl Until {
    /// Whether a lock with this end is in force at `now`.
    #[must_use]
    pub fn holds_at(self, now: Millis) -> bool {
        match self {
            Self::At(end) => now < end,
            Self::Unlocked => true,
        }
    }

    /// What is left of it at `now`; `None` when it does not end by itself.
    #[must_use]
    pub fn remaining(self, now: Millis) -> Option<Span> {
        match self {
            Self::At(end) => Some(end.since(now)),
            Self::Unlocked => None,
        }
    }

    /// The instant, where there is one.
    #[must_use]
    pub const fn instant(self) -> Option<Millis> {
        match self {
            Self::At(end) => Some(end),
            Self::Unlocked => None,
        }
    }
}

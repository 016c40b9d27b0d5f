//! Traps in a valid policy, told with numbers. Knows nothing of real attempts.

use super::backoff::lock_length;
use super::guess_budget::{guess_budget, guesses_over_all_sources};
use super::policy::{LockLength, LockoutType, Policy};
use super::policy_document::length_text;
use super::span_text::span_text;
use crate::model::{Authenticator, Span};

/// More guesses a day than this are warned about (DESIGN §4).
pub const MANY_GUESSES_A_DAY: i64 = 1_000;

/// Who makes the guesses of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guesser {
    /// One attacker; it does not matter how many sources they have.
    Anybody,
    /// One source: each further one has as many again.
    EachSource,
    /// All sources together, up to the long-run limit.
    AllSources,
}

/// One trap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyWarning {
    LockoutOff,
    /// The count is forgotten while the longest lock still stands, so the steps never get there.
    HistoryShorterThanLongestLock {
        history: Span,
        longest: LockLength,
    },
    /// Not counted, so it can be guessed without end.
    UnlimitedAuthenticator(Authenticator),
    /// Locks that do not end by themselves, and no mail: only staff can help.
    NoWayBack,
    /// Locks are for one source and no long run ends it: an attacker with many sources has no limit.
    NoLimitOverSources {
        per_day: i64,
    },
    /// No press, no completed sign-in.
    ManyGuesses {
        per_day: i64,
        by: Guesser,
    },
}

impl PolicyWarning {
    /// Stable name, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LockoutOff => "lockout_off",
            Self::HistoryShorterThanLongestLock { .. } => "history_shorter_than_longest_lock",
            Self::UnlimitedAuthenticator(_) => "unlimited_authenticator",
            Self::NoWayBack => "no_way_back",
            Self::NoLimitOverSources { .. } => "no_limit_over_sources",
            Self::ManyGuesses { .. } => "many_guesses",
        }
    }

    /// One or two sentences with the numbers.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::LockoutOff => "Lockout is off: guesses are not limited at all.".to_owned(),
            Self::HistoryShorterThanLongestLock { history, longest } => format!(
                "The count is forgotten after {}, before the longest lock ({}) is over: \
                 after such a lock everything starts over with all attempts and the shortest lock.",
                span_text(*history),
                length_text(*longest),
            ),
            Self::UnlimitedAuthenticator(authenticator) => {
                format!("{authenticator} is left out: it can be guessed without limit.")
            }
            Self::NoWayBack => "Locks last until somebody unlocks and the unlock mail is off: \
                 every locked user has to write to support."
                .to_owned(),
            Self::NoLimitOverSources { per_day } => format!(
                "Locks are for one source and there is no long-run limit: each further source has \
                 {per_day} guesses at one user in 24 hours, without an end.",
            ),
            Self::ManyGuesses { per_day, by: Guesser::Anybody } => {
                format!("A patient attacker gets {per_day} guesses at one user in 24 hours.")
            }
            Self::ManyGuesses { per_day, by: Guesser::EachSource } => format!(
                "A patient attacker gets {per_day} guesses at one user in 24 hours from each source.",
            ),
            Self::ManyGuesses { per_day, by: Guesser::AllSources } => format!(
                "An attacker with many sources gets up to {per_day} guesses at one user in 24 \
                 hours: only the long run ends them.",
            ),
        }
    }
}

/// Every trap of this policy, the gravest first.
#[must_use]
pub fn warnings(policy: &Policy) -> Vec<PolicyWarning> {
    if !policy.enabled {
        return vec![PolicyWarning::LockoutOff];
    }
    let mut found: Vec<PolicyWarning> = Authenticator::ALL
        .into_iter()
        .filter(|one| !policy.authenticators.contains(one))
        .map(PolicyWarning::UnlimitedAuthenticator)
        .collect();
    found.extend(guesses(policy));
    found.extend(no_way_back(policy));
    found.extend(short_history(policy));
    found
}

fn guesses(policy: &Policy) -> Vec<PolicyWarning> {
    let one = guess_budget(policy, Span::DAY);
    let all = guesses_over_all_sources(policy, Span::DAY);
    let (per_day, by) = match policy.lockout_type {
        LockoutType::PerUser => (one, Guesser::Anybody),
        LockoutType::PerUserPerIp if all == i64::MAX => (one, Guesser::EachSource),
        LockoutType::PerUserPerIp => (all, Guesser::AllSources),
    };
    let endless =
        (by == Guesser::EachSource).then_some(PolicyWarning::NoLimitOverSources { per_day: one });
    let many = (per_day > MANY_GUESSES_A_DAY).then_some(PolicyWarning::ManyGuesses { per_day, by });
    endless.into_iter().chain(many).collect()
}

fn no_way_back(policy: &Policy) -> Option<PolicyWarning> {
    let endless = longest_lock(policy) == LockLength::UntilUnlocked;
    (!policy.unlock_mail && endless).then_some(PolicyWarning::NoWayBack)
}

/// The longest lock that the policy can make.
fn longest_lock(policy: &Policy) -> LockLength {
    lock_length(policy, i64::MAX)
}

fn short_history(policy: &Policy) -> Option<PolicyWarning> {
    let history = policy.history_duration;
    let longest = longest_lock(policy);
    let LockLength::For(length) = longest else {
        return None;
    };
    (history < length).then_some(PolicyWarning::HistoryShorterThanLongestLock { history, longest })
}

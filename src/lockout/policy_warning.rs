//! Traps in a valid policy, told with numbers, and the guess budget: what a policy lets a patient
//! attacker try. Knows nothing of real attempts.

use super::backoff::lock_length;
use super::decide::{decide, look};
use super::event::Event;
use super::policy::{LockLength, LockoutType, Policy};
use super::policy_document::length_text;
use super::span_text::span_text;
use super::state::SubjectView;
use crate::model::{Authenticator, Lane, Millis, Span, Until};

/// More guesses a day than this are warned about (DESIGN §4).
pub const MANY_GUESSES_A_DAY: i64 = 1_000;
/// A budget is not followed further than this many locks: a policy of one-second locks would
/// otherwise take minutes. What comes out then is a lower bound, far above any warning.
const MAX_LOCKS_FOLLOWED: i64 = 100_000;

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
    /// One attacker, no press, no completed sign-in. `per_source`: every further source has as
    /// many, until the long run ends it.
    ManyGuesses {
        per_day: i64,
        per_source: bool,
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
            Self::ManyGuesses { per_day, per_source } => {
                let whose = if *per_source { " from each source" } else { "" };
                format!("A patient attacker gets {per_day} guesses at one user in 24 hours{whose}.")
            }
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
    let per_day = guess_budget(policy, Span::DAY);
    if per_day > MANY_GUESSES_A_DAY {
        let per_source = policy.lockout_type == LockoutType::PerUserPerIp;
        found.push(PolicyWarning::ManyGuesses { per_day, per_source });
    }
    found.extend(no_way_back(policy));
    found.extend(short_history(policy));
    found
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

/// Wrong guesses that are looked at for one user within `span`: a serial attacker from one source
/// who needs no time for a guess and tries again the instant each lock ends; no press, no
/// completed sign-in. A guess at the very end of `span` is outside it. Honours the policy's
/// `long_run_limit`; `i64::MAX` where guesses are unlimited. Found by driving `decide`.
#[must_use]
pub fn guess_budget(policy: &Policy, span: Span) -> i64 {
    let Some(authenticator) = policy.authenticators.first().copied().filter(|_| policy.enabled)
    else {
        return i64::MAX;
    };
    let mut view = SubjectView::default();
    let mut now = Millis(0);
    let mut guesses = 0_i64;
    for _ in 0..MAX_LOCKS_FOLLOWED {
        if now.0 >= span.0 {
            break;
        }
        // All guesses up to the next lock happen at once, so they are one event with a weight.
        let weight = look(policy, &view, &Lane::Public, now).remaining.unwrap_or(1).max(1);
        let failure = Event::Failure { authenticator, lane: Lane::Public, weight };
        view = decide(policy, &view, &failure, now).state;
        guesses = guesses.saturating_add(weight);
        match look(policy, &view, &Lane::Public, now).lock.map(|lock| lock.until) {
            Some(Until::At(end)) => now = end,
            Some(Until::Unlocked) => break,
            None => {}
        }
    }
    guesses
}

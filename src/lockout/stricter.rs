//! Two policies in one that is never milder than the first: for a stricter policy that is put over the
//! live one for a while. Knows no versions and no time.

use super::backoff::lock_length;
use super::policy::{CountAfterLock, LockLength, LockoutType, MAX_LENGTH, Policy};
use crate::model::Span;

/// How long a stricter policy may stand over the live one: shorter is over before anybody has looked,
/// longer is a policy.
pub const LENGTHS: (Span, Span) = (Span(5 * Span::MINUTE.0), Span(7 * Span::DAY.0));

/// `live` made as strict as `other` wherever that is stricter. The way back in stays as it is: mails,
/// their links and known devices cost an attacker nothing and owners everything.
///
/// Stricter fields alone could be milder: a lock that outlasts the history gives all tries back, and is
/// reached sooner the fewer tries there are. So the history lasts at least as long as the longest lock.
#[must_use]
pub fn strictest(live: &Policy, other: &Policy) -> Policy {
    if !other.enabled {
        return live.clone();
    }
    let way_back = Policy {
        unlock_mail: live.unlock_mail,
        unlock_link_lifetime: live.unlock_link_lifetime,
        unlocks_per_day: live.unlocks_per_day,
        known_devices: live.known_devices,
        precision: live.precision,
        ..other.clone()
    };
    if !live.enabled {
        return way_back;
    }
    let mut both = Policy {
        max_attempts: live.max_attempts.min(other.max_attempts),
        history_duration: live.history_duration.max(other.history_duration),
        minimum_duration: longer(live.minimum_duration, other.minimum_duration),
        backoff_factor: live.backoff_factor.max(other.backoff_factor),
        maximum_duration: longer(live.maximum_duration, other.maximum_duration),
        count_after_lock: match (live.count_after_lock, other.count_after_lock) {
            (CountAfterLock::Fresh, CountAfterLock::Fresh) => CountAfterLock::Fresh,
            (CountAfterLock::Kept, _) | (_, CountAfterLock::Kept) => CountAfterLock::Kept,
        },
        lockout_type: match (live.lockout_type, other.lockout_type) {
            (LockoutType::PerUserPerIp, LockoutType::PerUserPerIp) => LockoutType::PerUserPerIp,
            (LockoutType::PerUser, _) | (_, LockoutType::PerUser) => LockoutType::PerUser,
        },
        authenticators: live.authenticators.union(&other.authenticators).copied().collect(),
        manual_lock_duration: longer(live.manual_lock_duration, other.manual_lock_duration),
        long_run_limit: match (live.long_run_limit, other.long_run_limit) {
            (0, limit) | (limit, 0) => limit,
            (one, two) => one.min(two),
        },
        ignore_repeated_secret: live.ignore_repeated_secret && other.ignore_repeated_secret,
        ..way_back
    };
    if both != *live {
        let longest = match lock_length(&both, i64::MAX) {
            LockLength::For(longest) => longest,
            // Those before the endless one can be as long as a length can be.
            LockLength::UntilUnlocked => MAX_LENGTH,
        };
        both.history_duration = both.history_duration.max(longest);
    }
    both
}

fn longer(one: LockLength, two: LockLength) -> LockLength {
    match (one, two) {
        (LockLength::For(one), LockLength::For(two)) => LockLength::For(one.max(two)),
        (LockLength::UntilUnlocked, _) | (_, LockLength::UntilUnlocked) => {
            LockLength::UntilUnlocked
        }
    }
}

//! Whether a lock that stands would stand under another policy as well. An edit moves no lock (rule 20),
//! so this only tells what one has left behind; somebody may lift it. Changes nothing.

use super::backoff::lock_length;
use super::policy::{LockLength, LockoutType, Policy};
use super::state::{Lock, SourceState, SubjectState};
use crate::model::Millis;

/// What the length of a lock comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    /// Counted failures.
    count: i64,
    /// Steps climbed before this count began.
    base: i64,
}

/// A policy lock with the counts that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingLock {
    /// Whom it shuts out: the account, or one source of it.
    per: LockoutType,
    since: Millis,
    /// Of the account or of the source, as it is locked.
    counted: Counted,
    /// Of the account, to which those of all its sources belong: what a policy per user goes by.
    of_account: Counted,
    /// Failures of the account in its long run.
    long_run: i64,
}

impl StandingLock {
    /// The account's own policy lock.
    #[must_use]
    pub fn of_account(subject: &SubjectState, now: Millis) -> Option<Self> {
        let lock = held(subject.lock, now)?;
        let counted = Counted { count: subject.count, base: subject.ladder.base };
        Some(Self {
            per: LockoutType::PerUser,
            since: lock.since,
            counted,
            of_account: counted,
            long_run: subject.long_run,
        })
    }

    /// The lock of one source, unless it was lifted with all others.
    #[must_use]
    pub fn of_source(subject: &SubjectState, source: &SourceState, now: Millis) -> Option<Self> {
        let lock = held(source.lock, now).filter(|_| source.eras.lock == subject.eras.lock)?;
        let counted = Counted { count: source.count, base: source.ladder.base };
        Some(Self {
            per: LockoutType::PerUserPerIp,
            since: lock.since,
            counted,
            // Its own are among them, also where the account's were forgotten meanwhile.
            of_account: Counted {
                count: subject.count.max(counted.count),
                base: subject.ladder.base.max(counted.base),
            },
            long_run: subject.long_run,
        })
    }

    /// Whether the same failures would have made a lock under `policy` that stands at `now`.
    #[must_use]
    pub fn stands_under(&self, policy: &Policy, now: Millis) -> bool {
        if !policy.enabled {
            return false;
        }
        if policy.long_run_limit > 0 && self.long_run >= policy.long_run_limit {
            return true;
        }
        let counted = match (policy.lockout_type, self.per) {
            // None of its sources need have come so far alone.
            (LockoutType::PerUserPerIp, LockoutType::PerUser) => return false,
            (LockoutType::PerUserPerIp, LockoutType::PerUserPerIp) => self.counted,
            (LockoutType::PerUser, LockoutType::PerUser | LockoutType::PerUserPerIp) => {
                self.of_account
            }
        };
        let over = counted.count.saturating_sub(policy.max_attempts);
        over >= 0 && self.lasts(policy, counted.base.saturating_add(over), now)
    }

    fn lasts(&self, policy: &Policy, exponent: i64, now: Millis) -> bool {
        match lock_length(policy, exponent) {
            LockLength::For(length) => now < self.since.after(length),
            LockLength::UntilUnlocked => true,
        }
    }
}

fn held(lock: Option<Lock>, now: Millis) -> Option<Lock> {
    lock.filter(|lock| lock.holds_at(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockout::{CountAfterLock, Event, Preset, SubjectView, decide};
    use crate::model::{Authenticator, Lane, Span};

    const NOON: Millis = Millis(1_795_262_400_000);

    /// What so many wrong passwords leave behind under `policy`, one each minute that is not locked.
    fn failed(policy: &Policy, times: usize) -> (SubjectView, Millis) {
        let (mut view, mut now) = (SubjectView::default(), NOON);
        for _ in 0..times {
            let lock = view.subject.lock.or(view.source.lock);
            if let Some(until) = lock.and_then(|lock| lock.until.instant()) {
                now = now.max(until);
            }
            now = now.after(Span::SECOND);
            let event = Event::Failure {
                authenticator: Authenticator::Password,
                lane: Lane::Public,
                weight: 1,
            };
            view = decide(policy, &view, &event, now).state;
        }
        (view, now)
    }

    fn stands(before: &Policy, times: usize, after: Span, policy: &Policy) -> bool {
        let (view, locked_at) = failed(before, times);
        let now = locked_at.after(after);
        let lock = StandingLock::of_account(&view.subject, now)
            .or_else(|| StandingLock::of_source(&view.subject, &view.source, now));
        lock.unwrap().stands_under(policy, now)
    }

    #[test]
    fn a_lock_stands_under_the_policy_that_made_it_as_long_as_it_lasts() {
        let per_source =
            Policy { lockout_type: LockoutType::PerUserPerIp, ..Preset::Balanced.policy() };
        for policy in Preset::ALL.map(Preset::policy).iter().chain([&per_source]) {
            let first = usize::try_from(policy.max_attempts).unwrap();
            for times in first..first + 3 {
                let fresh = policy.count_after_lock == CountAfterLock::Fresh;
                if times == first || !fresh {
                    assert!(stands(policy, times, Span::SECOND, policy), "{times}: {policy:?}");
                }
            }
        }
    }

    #[test]
    fn a_milder_policy_would_not_have_made_it_or_would_have_ended_it() {
        let balanced = Preset::Balanced.policy();
        let longer = Policy {
            minimum_duration: LockLength::For(Span::HOUR),
            maximum_duration: LockLength::For(Span::DAY),
            ..balanced.clone()
        };
        let at_once = |policy: &Policy| stands(&balanced, 8, Span::SECOND, policy);
        assert!(!at_once(&Policy { enabled: false, ..balanced.clone() }));
        assert!(!at_once(&Policy { max_attempts: 9, ..balanced.clone() }));
        assert!(at_once(&Policy { max_attempts: 5, ..balanced.clone() }));
        assert!(at_once(&longer));
        let per_source = Policy { lockout_type: LockoutType::PerUserPerIp, ..balanced.clone() };
        assert!(!at_once(&per_source), "no source alone need have failed so often");
        assert!(stands(&per_source, 8, Span::SECOND, &balanced), "the account's count is no less");
        // A lock of an hour, ten minutes old, where a minute would have done.
        assert!(!stands(&longer, 8, Span::MINUTE.times(10), &balanced));
        assert!(stands(&longer, 8, Span::SECOND.times(59), &balanced));
    }

    /// What the same wrong passwords leave behind, a second apart: so many from one source, then so many
    /// from another one. The first source's row comes with the account's.
    fn from_two(policy: &Policy, first: i64, second: i64) -> (SubjectView, Millis) {
        let (mut view, mut now) = (SubjectView::default(), NOON);
        let mut other = SourceState::default();
        for number in 0..first + second {
            if number == first {
                std::mem::swap(&mut view.source, &mut other);
            }
            now = now.after(Span::SECOND);
            let event = Event::Failure {
                authenticator: Authenticator::Password,
                lane: Lane::Public,
                weight: 1,
            };
            view = decide(policy, &view, &event, now).state;
        }
        if second > 0 {
            view.source = other;
        }
        (view, now)
    }

    /// As `decide` would have counted them: one count for the account, whatever came from where.
    #[test]
    fn a_sources_lock_stands_under_a_policy_per_user_where_all_sources_would_have_made_one() {
        let per_source =
            Policy { lockout_type: LockoutType::PerUserPerIp, ..Preset::Balanced.policy() };
        for second in 0..7 {
            let (view, now) = from_two(&per_source, 8, second);
            let lock = StandingLock::of_source(&view.subject, &view.source, now).unwrap();
            for max_attempts in 1..18 {
                let policy = Policy { max_attempts, ..Preset::Balanced.policy() };
                let (decided, _) = from_two(&policy, 8, second);
                let locked = StandingLock::of_account(&decided.subject, now).is_some();
                assert_eq!(
                    lock.stands_under(&policy, now),
                    locked,
                    "8 and {second} of {max_attempts}"
                );
            }
        }
    }

    #[test]
    fn a_long_run_stands_where_its_limit_is_reached() {
        let short = Policy { long_run_limit: 8, ..Preset::Balanced.policy() };
        let under = |limit: i64| {
            let policy = Policy { long_run_limit: limit, ..Preset::Balanced.policy() };
            stands(&short, 8, Span::DAY.times(2), &policy)
        };
        assert!(under(8) && under(7));
        assert!(!under(9) && !under(0));
    }
}

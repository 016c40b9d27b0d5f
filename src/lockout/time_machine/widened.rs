//! One account of which too much is open to follow every way it may have gone: nothing more is sure,
//! and each further try adds to the highest values what it can have done at most. Knows no states.

use std::collections::BTreeMap;

use super::super::backoff::lock_length;
use super::super::policy::{LockLength, LockoutType, Policy};
use super::super::state::{StaffLock, SubjectState};
use super::branch::{Branch, Frame, Place, Try};
use super::log::{Lesson, What};
use super::measures::{Estimate, Tally, day_of};
use super::owners::Whose;
use crate::model::{Millis, Span};

#[derive(Debug, Clone)]
pub(super) struct Widened {
    pub(super) tally: Tally,
    /// When the next lock can be made at the earliest, where one may have been made.
    next_lock: BTreeMap<Place, Millis>,
    /// The same if none was made before the day that it names: bounds of a day stand alone.
    next_of_day: (i64, BTreeMap<Place, Millis>),
    /// Up to when owners may have been waiting already.
    waited: BTreeMap<Place, Millis>,
    /// The latest try.
    last: Millis,
    /// Failures of the long run, at most.
    long_run: i64,
    staff_lock: Option<StaffLock>,
}

/// What a try can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Right,
    MayBeWrong,
}

/// Tries that are looked at together: between two instants of one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tries {
    pub(super) first: Millis,
    pub(super) last: Millis,
    pub(super) count: i64,
}

impl Widened {
    /// What holds for all of `branches`.
    pub(super) fn of(branches: &[Branch], now: Millis) -> Self {
        let mut tallies = branches.iter().map(|branch| &branch.tally);
        let first = tallies.next().cloned().unwrap_or_default();
        let tally = tallies.fold(first, |all, tally| all.hull(tally));
        let long_run = branches.iter().map(|branch| branch.subject.long_run).max().unwrap_or(0);
        let staff_lock = branches.first().and_then(|branch| branch.subject.staff_lock);
        let (next_lock, next_of_day) = (BTreeMap::new(), (0, BTreeMap::new()));
        Self {
            tally,
            next_lock,
            next_of_day,
            waited: BTreeMap::new(),
            last: now,
            long_run,
            staff_lock,
        }
    }

    pub(super) fn tried(&mut self, frame: &Frame<'_>, tried: &Try<'_>, sort: Sort, tries: Tries) {
        self.last = self.last.max(tries.last);
        let place = place_of(frame.policy, tried);
        let (mut locks, mut of_day) = (0, 0);
        match sort {
            Sort::Right => {}
            Sort::MayBeWrong => {
                self.long_run = self.long_run.saturating_add(tries.count);
                let extra = i64::from(self.long_run_may_lock(frame.policy));
                let day = day_of(tries.first);
                if self.next_of_day.0 != day {
                    self.next_of_day = (day, BTreeMap::new());
                }
                locks = locks_at_most(frame.policy, &mut self.next_lock, place, tries, extra);
                let next_of_day = &mut self.next_of_day.1;
                of_day = locks_at_most(frame.policy, next_of_day, place, tries, extra);
            }
        }
        if tries.last < frame.from {
            return;
        }
        let high = |high: i64| Estimate { low: 0, likely: 0, high };
        if of_day > 0 {
            let mails = frame.policy.unlock_mail;
            self.tally.at_most_locks(tries.first, locks, of_day, mails);
        }
        match tried.whose {
            Whose::Owner => {}
            Whose::Perhaps | Whose::Stranger => self.tally.guess(tries.first, high(tries.count)),
        }
        match tried.whose {
            Whose::Stranger => {}
            Whose::Owner | Whose::Perhaps => {
                self.tally.owner_met(tries.first, high(1));
                let (begin, end) = self.waits_at_most(frame, place, tries);
                self.tally.owner_waits(begin, end, high(1));
            }
        }
    }

    pub(super) fn happens(&mut self, what: What, at: Millis) {
        self.last = self.last.max(at);
        match what {
            What::StaffLocked(until) => {
                let since = self.staff_lock.map_or(at, |lock| lock.since);
                self.staff_lock = Some(StaffLock { since, until });
            }
            What::StaffUnlocked => self.staff_lock = None,
            What::Pressed | What::Reset | What::Tried(_) | What::Refused { .. } => {}
        }
        if what.lifts() {
            // Who waits is free, and the next failure may lock again at once.
            self.next_lock.clear();
            self.next_of_day.1.clear();
        }
    }

    /// The account as it must be by now, if so long has passed that every way it may have gone ends in
    /// the same state: all counts are forgotten, all locks are over, and the long run cannot have
    /// been reached. Where the long run is on, only a completed sign-in says how long it is: 0.
    pub(super) fn settled(&self, policy: &Policy, at: Millis, what: What) -> Option<Branch> {
        let LockLength::For(longest) = longest_lock(policy) else { return None };
        let quiet = longest.max(policy.history_duration).max(Span::DAY);
        let completed = matches!(what, What::Tried(Lesson::Completed));
        let long_run_is_known =
            policy.long_run_limit <= 0 || (completed && !self.long_run_may_lock(policy));
        if at <= self.last.after(quiet).after(Span::SECOND) || !long_run_is_known {
            return None;
        }
        let subject = SubjectState { staff_lock: self.staff_lock, ..SubjectState::default() };
        Some(Branch::begin_at(subject, self.tally.clone()))
    }

    const fn long_run_may_lock(&self, policy: &Policy) -> bool {
        policy.long_run_limit > 0 && self.long_run >= policy.long_run_limit
    }

    /// From when to when an owner who came at these instants can have waited, beside what was counted
    /// before.
    fn waits_at_most(&mut self, frame: &Frame<'_>, place: Place, tries: Tries) -> (Millis, Millis) {
        let end = match longest_lock(frame.policy) {
            LockLength::For(span) if !self.long_run_may_lock(frame.policy) => {
                tries.last.after(span)
            }
            LockLength::For(_) | LockLength::UntilUnlocked => frame.to,
        };
        let end = end.min(frame.to);
        let begin = self.waited.get(&place).map_or(tries.first, |end| tries.first.max(*end));
        self.waited.insert(place, end.max(begin));
        (begin, end)
    }
}

/// Locks last at least as long as the policy's first, so no more than so many fit; and `extra`.
fn locks_at_most(
    policy: &Policy,
    next_lock: &mut BTreeMap<Place, Millis>,
    place: Place,
    tries: Tries,
    extra: i64,
) -> i64 {
    if !policy.enabled || tries.count <= 0 {
        return 0;
    }
    let shortest = match lock_length(policy, 0) {
        LockLength::For(span) => span.0.max(1),
        LockLength::UntilUnlocked => i64::MAX,
    };
    let begin = next_lock.get(&place).map_or(tries.first, |next| tries.first.max(*next));
    if begin > tries.last {
        return extra;
    }
    let room = tries.last.since(begin).0.checked_div(shortest).unwrap_or(0).saturating_add(1);
    let locks = room.min(tries.count);
    next_lock.insert(place, begin.after(Span(shortest).times(locks)));
    locks.saturating_add(extra)
}

fn place_of(policy: &Policy, tried: &Try<'_>) -> Place {
    if !tried.lane.is_public() {
        return Place::Lane(tried.lane_number);
    }
    match policy.lockout_type {
        LockoutType::PerUser => Place::Account,
        LockoutType::PerUserPerIp => Place::Source(tried.source),
    }
}

/// The longest lock that a count can make.
fn longest_lock(policy: &Policy) -> LockLength {
    lock_length(policy, i64::MAX)
}

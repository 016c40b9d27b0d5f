//! Walks one account after the other through its recorded tries under one policy. Where a try that
//! nobody checked would have been checked, the account goes on in every way it may have gone, as far
//! as those can be counted; after that only bounds are kept. Knows no storage and no other policy.

use super::super::decision::LockView;
use super::super::event::Event;
use super::branch::{Answer, Branch, Frame, Try};
use super::log::{Lesson, Log, Part, Recorded, What};
use super::measures::Tally;
use super::owners::Whose;
use super::widened::{Sort, Tries, Widened};
use crate::model::{Authenticator, Millis};

/// Ways of one account that are followed at once.
const BRANCHES: usize = 64;
/// Rows that all of them together may have: an account that a thousand sources try is heavy to copy.
const ROWS: usize = 4_096;

#[derive(Debug)]
pub(super) struct Walker<'a> {
    frame: Frame<'a>,
    branches: Vec<Branch>,
    /// The way of the likely figures, once it is not the only one.
    likely: Option<Branch>,
    widened: Option<Widened>,
    pub(super) accounts_widened: u32,
}

impl<'a> Walker<'a> {
    pub(super) fn new(frame: Frame<'a>) -> Self {
        Self { frame, branches: Vec::new(), likely: None, widened: None, accounts_widened: 0 }
    }

    /// One account, from a blank state. `whose` has an answer for each row.
    pub(super) fn account(&mut self, log: &Log, rows: &[Recorded], whose: &[Whose]) -> Tally {
        self.begin();
        let mut was_widened = false;
        for (number, (row, whose)) in rows.iter().zip(whose).enumerate() {
            let lane = log.lane(row.lane);
            let Recorded { at, source, lane: lane_number, .. } = *row;
            let tried = Try { at, source, lane_number, lane, whose: *whose };
            match row.what {
                What::Tried(lesson) => self.tried(&tried, lesson),
                What::Refused { tries, last, part } => {
                    let after = rows.get(number..).unwrap_or_default();
                    let lifted =
                        after.iter().take_while(|row| row.at <= last).any(|row| row.what.lifts());
                    let tries = Tries { first: at, last, count: i64::from(tries) };
                    self.refused(&tried, part, tries, lifted);
                }
                What::StaffLocked(until) => {
                    self.happens(row.what, at, &Event::StaffLock { until: Some(until) });
                }
                What::StaffUnlocked => self.happens(row.what, at, &Event::StaffUnlock),
                What::Reset => self.happens(row.what, at, &Event::Reset),
                // Of whatever episode is open under this policy.
                What::Pressed => self.happens(row.what, at, &Event::Press { episode: 0 }),
            }
            was_widened |= self.widened.is_some();
        }
        if was_widened {
            self.accounts_widened = self.accounts_widened.saturating_add(1);
        }
        self.end()
    }

    /// Keeps the memory of the account before.
    fn begin(&mut self) {
        self.widened = None;
        self.likely = None;
        self.branches.truncate(1);
        match self.branches.first_mut() {
            Some(branch) => branch.clear(),
            None => self.branches.push(Branch::default()),
        }
    }

    fn end(&mut self) -> Tally {
        let bounds = match self.widened.take() {
            Some(widened) => widened.tally,
            None => self.hull(),
        };
        match self.likely.take() {
            Some(likely) => bounds.with_likely_of(&likely.tally),
            None => bounds,
        }
        .with_no_wait_below_zero()
    }

    fn hull(&self) -> Tally {
        let mut tallies = self.branches.iter().map(|branch| &branch.tally);
        let first = tallies.next().cloned().unwrap_or_default();
        tallies.fold(first, |all, tally| all.hull(tally))
    }

    fn tried(&mut self, tried: &Try<'_>, lesson: Lesson) {
        let what = What::Tried(lesson);
        if let Some(widened) = &mut self.widened {
            match widened.settled(self.frame.policy, tried.at, what) {
                Some(branch) => {
                    self.widened = None;
                    self.branches.push(branch);
                }
                None => {
                    let tries = Tries { first: tried.at, last: tried.at, count: 1 };
                    let sort = match lesson {
                        Lesson::Passed | Lesson::Completed => Sort::Right,
                        Lesson::Wrong(_) | Lesson::Repeated(_) | Lesson::Unknown(_) => {
                            Sort::MayBeWrong
                        }
                    };
                    widened.tried(&self.frame, tried, sort, tries);
                }
            }
        }
        let answer = match lesson {
            Lesson::Wrong(authenticator) => Answer::Wrong(authenticator),
            Lesson::Repeated(authenticator) => Answer::Repeated(authenticator),
            Lesson::Passed => Answer::Passed,
            Lesson::Completed => Answer::Completed,
            Lesson::Unknown(authenticator) => return self.unknown(tried, authenticator),
        };
        for branch in self.branches.iter_mut().chain(&mut self.likely) {
            branch.attempt(&self.frame, tried, answer);
        }
        self.merge();
    }

    /// One try of which nobody learned whether it was right: where it would have been checked, it may
    /// have been wrong, right, or right and enough.
    fn unknown(&mut self, tried: &Try<'_>, authenticator: Authenticator) {
        let answer = Answer::likely(tried.whose, authenticator);
        let mut next = Vec::with_capacity(self.branches.len());
        for mut branch in std::mem::take(&mut self.branches) {
            if branch.lock_met(&self.frame, tried).is_some() {
                branch.attempt(&self.frame, tried, Answer::Passed);
                next.push(branch);
                continue;
            }
            self.likely.get_or_insert_with(|| branch.clone());
            let (mut wrong, mut completed) = (branch.clone(), branch.clone());
            wrong.attempt(&self.frame, tried, Answer::Wrong(authenticator));
            completed.attempt(&self.frame, tried, Answer::Completed);
            branch.attempt(&self.frame, tried, Answer::Passed);
            next.extend([wrong, completed, branch]);
        }
        self.branches = next;
        if let Some(likely) = &mut self.likely {
            likely.attempt(&self.frame, tried, answer);
        }
        self.merge();
        let rows = self.branches.iter().map(Branch::weight).fold(0, usize::saturating_add);
        if self.branches.len() > BRANCHES || (self.branches.len() > 1 && rows > ROWS) {
            self.widen(tried.at);
        }
    }

    /// Tries that were refused from memory. Each branch that would have refused all of them goes on;
    /// if one would not, too much is open.
    fn refused(&mut self, tried: &Try<'_>, part: Part, tries: Tries, lifted: bool) {
        let whose = match (part, tried.whose) {
            // Perhaps none of them was refused by this lock.
            (Part::First | Part::Further, Whose::Owner) => Whose::Perhaps,
            (Part::Whole | Part::First | Part::Further, whose) => whose,
        };
        let perhaps = Try { whose, ..*tried };
        if self.widened.is_none() {
            let locks: Option<Vec<LockView>> = self
                .branches
                .iter_mut()
                .map(|branch| branch.lock_met(&self.frame, tried))
                .map(|lock| lock.filter(|lock| !lifted && lock.until.holds_at(tries.last)))
                .collect();
            match locks {
                Some(locks) => {
                    for (branch, lock) in self.branches.iter_mut().zip(&locks) {
                        branch.all_refused(&self.frame, &perhaps, lock, tries.last);
                    }
                }
                None => self.widen(tried.at),
            }
        }
        if let Some(widened) = &mut self.widened {
            widened.tried(&self.frame, &perhaps, Sort::MayBeWrong, tries);
        }
        if part == Part::Further {
            return;
        }
        if let Some(likely) = &mut self.likely {
            likely.likely_refused(&self.frame, tried, tries.count);
        }
    }

    fn happens(&mut self, what: What, at: Millis, event: &Event) {
        if let Some(widened) = &mut self.widened {
            widened.happens(what, at);
        }
        for branch in self.branches.iter_mut().chain(&mut self.likely) {
            match event {
                Event::Press { .. } => {
                    let episode = branch.subject.episode;
                    branch.happens(&self.frame, at, &Event::Press { episode });
                }
                Event::StaffLock { .. }
                | Event::StaffUnlock
                | Event::Reset
                | Event::Failure { .. }
                | Event::RepeatedFailure { .. }
                | Event::FactorPassed { .. }
                | Event::SignInCompleted { .. } => {
                    branch.happens(&self.frame, at, event);
                }
            }
        }
        self.merge();
    }

    /// Ways that go on alike become one, with the bounds of both.
    fn merge(&mut self) {
        if self.branches.len() < 2 {
            return;
        }
        let mut kept: Vec<Branch> = Vec::with_capacity(self.branches.len());
        for branch in std::mem::take(&mut self.branches) {
            match kept.iter_mut().find(|known| known.goes_on_as(&branch)) {
                Some(known) => known.tally = known.tally.hull(&branch.tally),
                None => kept.push(branch),
            }
        }
        self.branches = kept;
    }

    fn widen(&mut self, at: Millis) {
        if let (None, Some(first)) = (&self.likely, self.branches.first()) {
            self.likely = Some(first.clone());
        }
        for branch in &mut self.branches {
            branch.waits_are_open(&self.frame, at);
        }
        self.widened = Some(Widened::of(&self.branches, at));
        self.branches.clear();
    }
}

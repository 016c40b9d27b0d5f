//! What a client is told, judged: it must be what the oracle saw become durable, and a refusal or
//! a 503 must have had a reason.

use lockkeeper::lockout::LockView;
use lockkeeper::model::{Millis, Span};
use lockkeeper::store::factor::FactorStep;
use lockkeeper::store::settle::Answer;

use super::attempt::{Attempt, End, Via};
use super::names::NAMES;
use super::report::Check;
use super::told::Told;
use super::world::{Kind, Task, World};

/// For how long a published entry is believed.
const TRUST: i64 = 1_000;
/// What a message may take inside a process: a lock that another node has lifted meanwhile may
/// still be told to those who wait.
const LATE: i64 = 500;

impl Task {
    pub(crate) fn hang_up(&mut self) {
        if let Kind::Attempt(attempt) = &mut self.kind {
            attempt.hung_up |= !attempt.must_serve;
        }
    }
}

impl World {
    /// Clocks were set: attempts that are under way may judge by the lower reading.
    pub(crate) fn note_clocks(&mut self) {
        let nodes: Vec<Millis> =
            (0..self.nodes.len()).map(|n| self.wall(n).min(self.db_now(n))).collect();
        for task in self.tasks.values_mut() {
            if let Kind::Attempt(attempt) = &mut task.kind {
                attempt.low = attempt.low.min(nodes[task.node]);
            }
        }
    }

    pub(crate) fn ended(&mut self, id: u64, task: &Task, attempt: &Attempt, end: &End) {
        self.trace.event("answer", id, end_number(end));
        self.trace.say(|| format!("{} of key {}: {end:?}", attempt.id, attempt.key));
        *self.tally.entry((attempt.tried.kind(), kind(end))).or_default() += 1;
        if attempt.hung_up {
            return;
        }
        match end {
            End::Settled(answer) => self.settled_answer(attempt, answer),
            End::Refused(lock, via) => self.refusal(task.node, attempt, lock, *via),
            End::Busy | End::Unusable(_) => {}
            End::Unavailable => {
                let db_down = self.now <= self.db_down_until + 60_000 && self.db_down_until > 0;
                if !task.fault && attempt.rounds == 0 && !db_down {
                    self.flag(Check::Served, || format!("{}: 503 without a fault", attempt.id));
                }
            }
        }
        if attempt.must_serve && !self.is_served(attempt, end) {
            self.flag(Check::Served, || format!("at rest, {:?} got {end:?}", attempt.tried));
        }
    }

    /// A right password may leave the second factor to be asked for.
    fn is_served(&self, attempt: &Attempt, end: &End) -> bool {
        match end {
            End::Settled(Answer::Complete { .. }) => true,
            End::Settled(Answer::Passed { user, .. }) => {
                let wanted = self.image.users.get(user).is_some_and(|p| p.factors.wanted());
                attempt.tried.step() == FactorStep::First && wanted
            }
            End::Settled(_) | End::Refused(..) | End::Unusable(_) => false,
            End::Busy | End::Unavailable => false,
        }
    }

    fn settled_answer(&mut self, attempt: &Attempt, answer: &Answer) {
        let told = Told::of(answer);
        // Nothing is remembered of these, and nothing was counted.
        if matches!(told, Told::Void | Told::Again | Told::Deleted | Told::FactorDied) {
            return;
        }
        if self.oracle.answers.get(&attempt.id) != Some(&told) {
            let stored = self.oracle.answers.get(&attempt.id).cloned();
            self.flag(Check::Durable, || {
                format!("{} was answered {told:?}, durable is {stored:?}", attempt.id)
            });
        }
        if let Answer::Complete { session, .. } = answer
            && !self.image.sessions.contains_key(session)
        {
            self.flag(Check::Durable, || format!("{session} was answered and is not there"));
        }
    }

    /// A lock must have stood at some instant since the request came, or in the second before for
    /// which the table is believed; not before an unlock that this node has answered.
    fn refusal(&mut self, node: usize, attempt: &Attempt, lock: &LockView, via: Via) {
        let unlocked = self.nodes[node].unlocked.get(&attempt.key).copied();
        let believed = if via == Via::Table { TRUST + LATE } else { LATE };
        let window = attempt.born - believed;
        let account = !lock.source_only;
        let after = unlocked.filter(|_| via == Via::Table && account);
        let who = NAMES.who(&attempt.lane, &NAMES.sources[attempt.source]);
        let low = attempt.low.min(self.wall(node)).min(self.db_now(node));
        let low = low.before(Span(believed));
        let key = &NAMES.keys[attempt.key];
        let locked = self
            .oracle
            .subjects_of(key)
            .iter()
            .any(|subject| self.oracle.history.was_locked(subject, who, (window, after), low));
        if !locked {
            self.flag(Check::Published, || {
                format!(
                    "{} of key {} was refused by {via:?} with {lock:?}; not locked since {window}, \
                     unlock answered in step {unlocked:?}",
                    attempt.id, attempt.key
                )
            });
        }
    }
}

/// For the count of what a world has seen.
const fn kind(end: &End) -> &'static str {
    match end {
        End::Settled(Answer::Locked(_)) | End::Refused(..) => "locked",
        End::Settled(Answer::Wrong { remaining: Some(_) }) => "counted",
        End::Settled(Answer::Wrong { remaining: None }) => "not counted",
        End::Settled(Answer::WrongAndLocked(_)) => "locks",
        End::Settled(Answer::Complete { .. }) => "complete",
        End::Settled(Answer::Passed { .. } | Answer::Verified { .. }) => "passed",
        End::Settled(Answer::Banned) => "banned",
        End::Settled(Answer::Deleted) => "deleted",
        End::Settled(Answer::SignInVoid) => "void",
        End::Settled(Answer::FactorDied) => "died",
        End::Settled(Answer::Again) | End::Busy | End::Unavailable => "unavailable",
        End::Unusable(_) => "unusable",
    }
}

fn end_number(end: &End) -> u64 {
    match end {
        End::Settled(Answer::Locked(_)) => 1,
        End::Settled(Answer::Wrong { remaining }) => {
            remaining.unwrap_or(-1).wrapping_add(100) as u64
        }
        End::Settled(Answer::WrongAndLocked(lock)) => {
            lock.until.instant().map_or(2, |at| at.0 as u64)
        }
        End::Settled(Answer::Complete { .. }) => 3,
        End::Settled(Answer::Banned) => 4,
        End::Settled(Answer::SignInVoid | Answer::Verified { .. }) => 5,
        End::Settled(Answer::Passed { .. }) => 10,
        End::Settled(Answer::Deleted) => 11,
        End::Settled(Answer::FactorDied) => 12,
        End::Unusable(fault) => 13 + (*fault as u64) * 16,
        End::Settled(Answer::Again) => 6,
        End::Refused(..) => 7,
        End::Busy => 8,
        End::Unavailable => 9,
    }
}

//! What a simulated world tells: a digest of everything that happened, the last events in words
//! (only when a failed seed is run again), and the first thing that was found wrong.

use std::collections::VecDeque;

/// Events kept for the report of a failure.
const KEPT: usize = 40;

/// What is compared after every step; `docs/simulation.md` explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// At most N wrong answers a lock period and lane; nothing revealed while locked.
    Exact,
    /// No session while locked, from an old password, twice, or without an attempt.
    Session,
    /// What was accepted once is accepted never again; a second factor only after a first that lives.
    Factor,
    /// Right attempts are served; nobody is refused without a reason.
    Served,
    /// What was answered is in the durable image, and nothing is there twice.
    Durable,
    /// A press opens its own open episode, never a staff lock.
    Press,
    /// A lock's end is moved by nobody but staff and the press.
    LockEnd,
    /// Episodes rise, one opening mail each, each mail leaves once.
    Mail,
    /// At rest nobody waits.
    Hang,
    /// The published table refuses nobody who has been unlocked.
    Published,
    /// Time of a subject never goes back, and is taken under its lock.
    Clock,
    /// The policy that decides is the live one.
    Policy,
    /// The answer is the one of the reference model.
    Answer,
    /// The rows say what the reference model says.
    State,
}

#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) check: Check,
    pub(crate) text: String,
    pub(crate) step: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    Quiet,
    InWords,
}

pub(crate) struct Trace {
    pub(crate) digest: u64,
    telling: Telling,
    last: VecDeque<String>,
}

impl Trace {
    pub(crate) fn new(telling: Telling) -> Self {
        Self { digest: 0xCBF2_9CE4_8422_2325, telling, last: VecDeque::new() }
    }

    /// One event: what, who, and a number that differs when the event does.
    pub(crate) fn event(&mut self, what: &'static str, who: u64, detail: u64) {
        for part in [what.len() as u64, u64::from(what.as_bytes()[0]), who, detail] {
            self.digest = (self.digest ^ part).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(17);
        }
    }

    pub(crate) fn say(&mut self, words: impl FnOnce() -> String) {
        if self.telling == Telling::InWords {
            if self.last.len() == KEPT {
                self.last.pop_front();
            }
            self.last.push_back(words());
        }
    }

    pub(crate) fn story(&self) -> String {
        self.last.iter().map(|line| format!("  {line}\n")).collect()
    }
}

//! When requests of a load ended and how long they took. Knows nothing of what they asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lockkeeper::app::LiveClock;
use lockkeeper::model::Clock;

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Answered,
    /// 503, or nothing in time.
    Refused,
}

/// An entry: when it ended, how long it took.
#[derive(Debug, Clone, Copy)]
struct Entry {
    at: Duration,
    took: Duration,
    told: Told,
}

/// Shared by all who are at work.
#[derive(Clone)]
pub(crate) struct Diary {
    clock: Arc<LiveClock>,
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl Default for Diary {
    fn default() -> Self {
        Self { clock: Arc::new(LiveClock::new()), entries: Arc::default() }
    }
}

impl Diary {
    /// Since the diary was begun.
    pub(crate) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    pub(super) fn enter(&self, began: Duration, told: Told) {
        let at = self.now();
        let took = at.saturating_sub(began);
        self.entries.lock().unwrap().push(Entry { at, took, told });
    }

    /// The longest that somebody waited to be refused.
    pub(crate) fn slowest_refusal(&self) -> Duration {
        let entries = self.entries.lock().unwrap();
        let refusals = entries.iter().filter(|entry| entry.told == Told::Refused);
        refusals.map(|entry| entry.took).max().unwrap_or_default()
    }

    /// How long after `since` the first request was answered; `None` when none was.
    pub(crate) fn first_answer(&self, since: Duration) -> Option<Duration> {
        let entries = self.entries.lock().unwrap();
        let answers = entries.iter().filter(|entry| entry.told == Told::Answered);
        answers.map(|entry| entry.at).filter(|at| *at >= since).min().map(|at| at - since)
    }

    /// How long after `since` the last request was refused; zero when none was.
    pub(crate) fn last_refusal(&self, since: Duration) -> Duration {
        let entries = self.entries.lock().unwrap();
        let refusals = entries.iter().filter(|entry| entry.told == Told::Refused);
        refusals.map(|entry| entry.at.saturating_sub(since)).max().unwrap_or_default()
    }

    /// The longest that anybody waited for anything from `since` on.
    pub(crate) fn longest_wait(&self, since: Duration) -> Duration {
        let entries = self.entries.lock().unwrap();
        let waits = entries.iter().map(|entry| entry.took.min(entry.at.saturating_sub(since)));
        waits.max().unwrap_or_default()
    }
}

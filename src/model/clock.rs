//! The clock as the inside sees it. The only implementation that reads the machine's clock lives in
//! `app`; the demo and the tests move time by hand.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::time::{Millis, Span};

/// Time, injected.
pub trait Clock: Send + Sync + 'static {
    /// The instant that counts. `db_now` is what the database said inside the transaction
    /// (PostgreSQL's `clock_timestamp()`; `None` on SQLite). The live clock returns `db_now` where
    /// there is one, so that all nodes of one database share one clock; demo and tests return theirs.
    fn at(&self, db_now: Option<Millis>) -> Millis;

    /// Moves `at(None)` by `by`, back where it is negative: it was measured against the database's
    /// clock, by which the ends of locks are set. Clocks that all nodes share anyway stay.
    fn adjust(&self, _by: Span) {}

    /// Time since an arbitrary start, never backwards: for waits and measurements.
    fn monotonic(&self) -> Duration;

    /// Completes when `at(None)` has reached `due`, also when a hand-moved clock jumps past it.
    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// `at(None)`: for everything that is not decided inside a transaction.
    fn now(&self) -> Millis {
        self.at(None)
    }
}

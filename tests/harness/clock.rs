//! A clock that moves only when a test moves it. Knows nothing of the machine's time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lockkeeper::model::{Clock, Millis, Span};
use tokio::sync::watch;

/// Where a test's time begins: a Tuesday noon, 2026-03-03 12:00:00.000 UTC, away from any change of
/// a zone's offset.
pub(crate) const NOON: Millis = Millis(1_772_539_200_000);

/// Shared by its clones. `at` ignores what the database says, so one hand moves all nodes' time.
#[derive(Clone)]
pub(crate) struct FakeClock {
    time: Arc<watch::Sender<Time>>,
    waiting: Arc<watch::Sender<usize>>,
}

#[derive(Clone, Copy)]
struct Time {
    now: Millis,
    monotonic: Duration,
}

impl FakeClock {
    pub(crate) fn at_noon() -> Self {
        Self::starting_at(NOON)
    }

    pub(crate) fn starting_at(now: Millis) -> Self {
        let time = Arc::new(watch::Sender::new(Time { now, monotonic: Duration::ZERO }));
        Self { time, waiting: Arc::new(watch::Sender::new(0)) }
    }

    /// Moves both clocks on and wakes whoever waited for an instant that has come.
    pub(crate) fn advance(&self, span: Span) {
        self.time.send_modify(|time| {
            time.now = time.now.after(span);
            time.monotonic += span.to_std();
        });
    }

    /// Sets the wall clock alone, also backwards, as an operator or a bad time server would.
    pub(crate) fn set(&self, now: Millis) {
        self.time.send_modify(|time| time.now = now);
    }

    /// Completes once at least `count` tasks stand in `wait_until`: after it, `advance` reaches them.
    pub(crate) async fn until_waiting(&self, count: usize) {
        self.waiting.subscribe().wait_for(|waiting| *waiting >= count).await.unwrap();
    }
}

impl Clock for FakeClock {
    fn at(&self, _db_now: Option<Millis>) -> Millis {
        self.time.borrow().now
    }

    fn monotonic(&self) -> Duration {
        self.time.borrow().monotonic
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let mut time = self.time.subscribe();
            let _standing = Standing::among(&self.waiting);
            time.wait_for(|time| time.now >= due).await.unwrap();
        })
    }
}

/// Counts a waiter for as long as its future lives, also when it is dropped half-way.
struct Standing<'a>(&'a watch::Sender<usize>);

impl<'a> Standing<'a> {
    fn among(waiting: &'a watch::Sender<usize>) -> Self {
        waiting.send_modify(|count| *count += 1);
        Self(waiting)
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_jump_past_the_due_time_wakes_exactly_those_who_were_due() {
        let clock = FakeClock::at_noon();
        let wait = |span: Span| {
            let clock = clock.clone();
            tokio::spawn(async move { clock.wait_until(NOON.after(span)).await })
        };
        let (minute, hour) = (wait(Span::MINUTE), wait(Span::HOUR));
        clock.until_waiting(2).await;
        clock.advance(Span::MINUTE.times(59));
        minute.await.unwrap();
        assert!(!hour.is_finished());
        clock.advance(Span::MINUTE);
        hour.await.unwrap();
        assert_eq!((clock.now(), clock.monotonic()), (NOON.after(Span::HOUR), Span::HOUR.to_std()));
    }

    #[test]
    fn the_wall_clock_can_go_back_and_the_other_does_not() {
        let clock = FakeClock::at_noon();
        clock.advance(Span::HOUR);
        clock.set(NOON);
        assert_eq!((clock.at(Some(Millis(1))), clock.monotonic()), (NOON, Span::HOUR.to_std()));
    }
}

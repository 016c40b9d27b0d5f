//! The clocks that read the machine's: the live one, and the demo's, which can be advanced by hand.
//! The only place of the program that asks the machine what time it is.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::model::{Clock, Millis, Span};
use crate::web::doors::MovableClock;

/// A wait is looked at again at least this often, in case the wall clock was set meanwhile.
const GLANCE: Duration = Duration::from_secs(5);

/// Wall clock and monotonic clock of this machine, the former set by the database's where there is
/// one.
#[derive(Debug)]
pub struct LiveClock {
    started: Instant,
    /// What the wall clock of this machine lacks, in milliseconds; negative where it is ahead.
    behind: AtomicI64,
}

impl LiveClock {
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the injected clock")]
    pub fn new() -> Self {
        Self { started: Instant::now(), behind: AtomicI64::new(0) }
    }
}

impl Default for LiveClock {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the injected clock")]
fn wall() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "this is the injected clock")]
async fn doze(wait: Duration) {
    tokio::time::sleep(wait.min(GLANCE)).await;
}

impl Clock for LiveClock {
    /// The database's clock where there is one, so that all nodes share it (protocol rule 12).
    fn at(&self, db_now: Option<Millis>) -> Millis {
        db_now.unwrap_or_else(|| wall().after(Span(self.behind.load(Ordering::Relaxed))))
    }

    fn adjust(&self, by: Span) {
        self.behind.fetch_add(by.0, Ordering::Relaxed);
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            loop {
                let now = self.now();
                if now >= due {
                    return;
                }
                doze(due.since(now).to_std()).await;
            }
        })
    }
}

/// The live clock plus what the demo's button added to it.
pub struct DemoClock {
    live: LiveClock,
    ahead: watch::Sender<i64>,
}

impl DemoClock {
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self { live: LiveClock::new(), ahead: watch::Sender::new(0) })
    }

    /// A clock that starts `behind` ago: the demo writes its history there before it catches up.
    #[must_use]
    pub fn starting_earlier(behind: Span) -> Arc<Self> {
        let clock = Self::new();
        clock.ahead.send_replace(behind.0.saturating_neg());
        clock
    }

    /// How far this clock is behind the machine's; zero when it is not.
    #[must_use]
    pub fn behind(&self) -> Span {
        Span(self.ahead.borrow().saturating_neg().max(0))
    }

    /// Back to the machine's time.
    pub fn catch_up(&self) {
        self.ahead.send_replace(0);
    }
}

impl MovableClock for DemoClock {
    fn advance(&self, by: Span) {
        self.ahead.send_modify(|ahead| *ahead = ahead.saturating_add(by.0));
    }
}

impl Clock for DemoClock {
    fn at(&self, _db_now: Option<Millis>) -> Millis {
        wall().after(Span(*self.ahead.borrow()))
    }

    fn monotonic(&self) -> Duration {
        self.live.monotonic() + Span(*self.ahead.borrow()).to_std()
    }

    fn wait_until<'a>(&'a self, due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let mut moved = self.ahead.subscribe();
            loop {
                let now = self.at(None);
                if now >= due {
                    return;
                }
                tokio::select! {
                    () = doze(due.since(now).to_std()) => {}
                    _ = moved.changed() => {}
                }
            }
        })
    }
}

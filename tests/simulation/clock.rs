//! The clocks of a simulated world: one true time that nobody can read, and a clock for each node
//! and for the database that is somewhat beside it and may jump.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use lockkeeper::model::{Clock, Millis};

#[derive(Debug, Default)]
pub(crate) struct NodeClock {
    wall: AtomicI64,
    monotonic: AtomicI64,
}

impl NodeClock {
    pub(crate) fn set(&self, wall: i64, monotonic: i64) {
        self.wall.store(wall, Ordering::Relaxed);
        self.monotonic.store(monotonic, Ordering::Relaxed);
    }
}

impl Clock for NodeClock {
    fn at(&self, db_now: Option<Millis>) -> Millis {
        db_now.unwrap_or_else(|| Millis(self.wall.load(Ordering::Relaxed)))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic.load(Ordering::Relaxed) as u64)
    }

    /// Nothing in a simulated world sleeps: what is due is found by the scheduler.
    fn wait_until<'a>(&'a self, _due: Millis) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

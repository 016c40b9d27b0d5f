//! Counts the attempts under way, so that a graceful stop can wait for their settles.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

#[derive(Clone, Default)]
pub(super) struct Running {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    count: AtomicUsize,
    ended: Notify,
}

/// One attempt under way; dropping it ends it.
pub(super) struct Guard(Arc<Shared>);

impl Running {
    pub fn enter(&self) -> Guard {
        self.shared.count.fetch_add(1, Ordering::SeqCst);
        Guard(Arc::clone(&self.shared))
    }

    /// Completes when nothing is under way.
    pub async fn empty(&self) {
        loop {
            let ended = self.shared.ended.notified();
            if self.shared.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

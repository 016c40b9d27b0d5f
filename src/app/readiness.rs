//! Whether this node should be sent requests: not while it is being stopped, and not while nothing
//! can be written. Knows no HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::model::Clock;
use crate::store::Store;

/// How long an answer of the store is repeated: whoever asks more often costs no commit.
const REPEATED: Duration = Duration::from_secs(1);

/// A store that has not written by then counts as one that cannot.
const PATIENCE: Duration = Duration::from_secs(2);

/// What `/readyz` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    Yes,
    /// Asked to stop: still answers whoever comes.
    Stopping,
    /// Nothing that counts could be answered.
    CannotWrite,
}

/// Shared by the doors and the stop.
pub struct Readiness {
    store: Store,
    clock: Arc<dyn Clock>,
    stopping: AtomicBool,
    /// When the store was last asked, and what came of it. Held while it is asked, so that all who
    /// wait are told the same.
    proof: Mutex<Option<(Duration, Ready)>>,
}

impl Readiness {
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, stopping: AtomicBool::new(false), proof: Mutex::default() }
    }

    /// From now on nobody new should come.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Answers within [`PATIENCE`].
    pub async fn ask(&self) -> Ready {
        if self.is_stopping() {
            return Ready::Stopping;
        }
        let asked = tokio::time::timeout(PATIENCE, self.prove()).await;
        asked.unwrap_or(Ready::CannotWrite)
    }

    async fn prove(&self) -> Ready {
        let mut proof = self.proof.lock().await;
        let now = self.clock.monotonic();
        if let Some((asked, ready)) = *proof
            && now.saturating_sub(asked) < REPEATED
        {
            return ready;
        }
        let ready = match self.store.prove_writable().await {
            Ok(()) => Ready::Yes,
            Err(error) => {
                tracing::warn!(error = %error, "not ready");
                Ready::CannotWrite
            }
        };
        *proof = Some((self.clock.monotonic(), ready));
        ready
    }
}

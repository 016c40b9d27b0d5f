//! Waiting for what another thread, a server or a browser does in its own time. Each wait ends by what
//! it waits for, or after a time that only something broken needs: never after a count of looks, which a
//! busy machine makes faster than the work they wait for. Knows nothing of what is waited for.

use std::time::Duration;

/// Longest wait: a busy machine's, not a good one's.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const BETWEEN: Duration = Duration::from_millis(5);

/// Looks until there is something.
pub(crate) async fn found<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(there) = look().await {
                return there;
            }
            // The processor is left to what is waited for; and the end of the patience is noticed
            // also where a look waits for nothing.
            pause(BETWEEN).await;
        }
    };
    let there = tokio::time::timeout(PATIENCE, looking).await;
    there.unwrap_or_else(|_| panic!("in vain: {what}"))
}

/// Lets others have the machine: what is waited for happens there and tells nobody.
pub(crate) async fn pause(length: Duration) {
    let _passed = tokio::time::timeout(length, std::future::pending::<()>()).await;
}

/// Asks until it holds.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    found(what, async || holds().await.then_some(())).await;
}

//! Query-only access. All that `web` may name of this module: typed questions, defined beside
//! their tables. Each runs on a blocking thread with one pooled connection; a semaphore of the
//! pool's size waits asynchronously in front, so that no blocking thread is spent on waiting.
//! Sign-in attempts may not use all of it: pages, staff and health checks find a connection also
//! while a flood of attempts waits for its own.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::connection::{DatabaseUrl, Db, ReadPool};
use super::error::StoreError;
use super::settle_rows::PolicyCache;

/// Of so many connections one is kept free of attempts.
const KEPT_FREE: usize = 4;

/// A handle on the query-only pool; cheap to clone.
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

struct Inner {
    pool: ReadPool,
    permits: Semaphore,
    /// What of `permits` attempts may have at the same time.
    attempts: Semaphore,
    runtime: Handle,
    policies: Arc<PolicyCache>,
}

impl Reader {
    /// A pool of `size` connections, dialled when first needed.
    pub(super) fn new(
        url: &DatabaseUrl,
        size: u32,
        runtime: Handle,
        policies: Arc<PolicyCache>,
    ) -> Self {
        let size = size.max(1);
        let connections = usize::try_from(size).unwrap_or(1);
        let kept = (connections / KEPT_FREE).max(1);
        let inner = Inner {
            pool: url.read_pool(size),
            permits: Semaphore::new(connections),
            attempts: Semaphore::new(connections.saturating_sub(kept).max(1)),
            runtime,
            policies,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Runs a query of a sign-in attempt.
    pub(super) async fn run_for_attempt<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _permit = self.inner.attempts.acquire().await.map_err(|_| closed())?;
        self.run(query).await
    }

    /// Runs one query on a blocking thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let _permit = self.inner.permits.acquire().await.map_err(|_| closed())?;
        self.inner
            .runtime
            .spawn_blocking(move || {
                let mut db =
                    inner.pool.get().map_err(|e| StoreError::Unavailable(e.to_string()))?;
                query(&mut db)
            })
            .await
            .map_err(|e| StoreError::Unavailable(format!("a query did not finish: {e}")))?
    }

    /// Policies parsed before, by version.
    pub(super) fn policies(&self) -> Arc<PolicyCache> {
        Arc::clone(&self.inner.policies)
    }

    /// Forgets what is remembered of tenants that were not asked for since the last call.
    pub fn turn(&self) {
        self.inner.policies.turn();
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.run(|db| {
            use diesel::RunQueryDsl as _;
            diesel::sql_query("SELECT 1").execute(db)?;
            Ok(())
        })
        .await
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    /// Each attempt's query is held open; one more of them must not get the last connection.
    #[tokio::test]
    async fn attempts_leave_a_connection_for_everybody_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.db").display().to_string();
        let url = DatabaseUrl::Sqlite { path, max_page_count: None };
        drop(url.open_writer().unwrap());
        let reader = Reader::new(&url, 4, Handle::current(), Arc::default());
        let (started, begun) = channel();
        let (holds, attempts): (Vec<_>, Vec<_>) = (0..10)
            .map(|_| {
                let (hold, held) = channel::<()>();
                let (reader, started) = (reader.clone(), started.clone());
                let attempt = tokio::spawn(async move {
                    let query = move |_: &mut Db| {
                        let _nobody = started.send(());
                        let _released = held.recv();
                        Ok(())
                    };
                    reader.run_for_attempt(query).await
                });
                (hold, attempt)
            })
            .unzip();
        tokio::task::spawn_blocking(move || (0..3).for_each(|_| begun.recv().unwrap()))
            .await
            .unwrap();
        reader.ping().await.unwrap();
        drop(holds);
        for attempt in attempts {
            attempt.await.unwrap().unwrap();
        }
    }
}

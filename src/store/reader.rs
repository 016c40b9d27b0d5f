//! Query-only access. All that `web` may name of this module: typed questions, defined beside
//! their tables. Each runs on a blocking thread with one pooled connection; a semaphore of the
//! pool's size waits asynchronously in front, so that no blocking thread is spent on waiting.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::connection::{DatabaseUrl, Db, ReadPool};
use super::error::StoreError;
use super::settle_rows::PolicyCache;
use super::upkeep::SourceWalks;

/// A handle on the query-only pool; cheap to clone.
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

struct Inner {
    pool: ReadPool,
    permits: Semaphore,
    runtime: Handle,
    policies: Arc<PolicyCache>,
    source_walks: Arc<SourceWalks>,
}

impl Reader {
    /// A pool of `size` connections, dialled when first needed.
    pub(super) fn new(
        url: &DatabaseUrl,
        size: u32,
        runtime: Handle,
        policies: Arc<PolicyCache>,
    ) -> Self {
        let permits = Semaphore::new(usize::try_from(size).unwrap_or(1).max(1));
        Self {
            inner: Arc::new(Inner {
                pool: url.read_pool(size.max(1)),
                permits,
                runtime,
                policies,
                source_walks: Arc::default(),
            }),
        }
    }

    /// Runs one query on a blocking thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        let _permit = self
            .inner
            .permits
            .acquire()
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
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

    /// How far purges have come, between one and the next.
    pub(super) fn source_walks(&self) -> Arc<SourceWalks> {
        Arc::clone(&self.inner.source_walks)
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

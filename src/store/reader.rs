//! Query-only access. All that `web` may name of this module: typed questions, defined beside
//! their tables. Each runs on a blocking thread with one pooled connection; a semaphore of the
//! pool's size waits asynchronously in front, so that no blocking thread is spent on waiting. A
//! permit stays with its query: who asked may be gone long before a hanging database answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::r2d2::PooledConnection;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::committer::PATIENCE;
use super::connection::{DatabaseUrl, Db, ReadConnections, ReadPool};
use super::error::StoreError;
use super::gate_reads::GateReads;
use super::settle_rows::PolicyCache;
use super::upkeep::Walks;
use crate::model::{Count, Meter};

/// How long a query waits for a connection once one has waited in vain: whoever came during that wait
/// stands in line behind it and is not to wait as long again. The pool dials on meanwhile.
const AWAY: Duration = Duration::from_millis(500);

/// A handle on the query-only pool; cheap to clone.
#[derive(Clone)]
pub struct Reader {
    inner: Arc<Inner>,
}

struct Inner {
    pool: ReadPool,
    permits: Arc<Semaphore>,
    /// Whether the last query found no connection.
    away: AtomicBool,
    runtime: Handle,
    policies: Arc<PolicyCache>,
    meter: Arc<dyn Meter>,
    walks: Arc<Walks>,
    gate_reads: GateReads,
    /// For the question whether the database answers: a flood of other questions leaves it one
    /// connection.
    reserved: Arc<Semaphore>,
}

impl Inner {
    /// Blocks until there is a connection.
    fn connection(&self) -> Result<PooledConnection<ReadConnections>, StoreError> {
        let away = self.away.load(Ordering::Relaxed);
        let got = if away { self.pool.get_timeout(AWAY) } else { self.pool.get() };
        self.away.store(got.is_err(), Ordering::Relaxed);
        got.map_err(|e| StoreError::Unavailable(e.to_string()))
    }
}

impl Reader {
    /// A pool of `size` connections and one for health, dialled when first needed; the gates' reads
    /// have connections of their own.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(super) fn new(
        url: &DatabaseUrl,
        size: u32,
        runtime: Handle,
        policies: Arc<PolicyCache>,
        meter: Arc<dyn Meter>,
    ) -> Result<Self, StoreError> {
        let size = size.max(1);
        let permits = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        let inner = Inner {
            pool: url.read_pool(size.saturating_add(1)),
            permits,
            away: AtomicBool::new(false),
            runtime,
            gate_reads: GateReads::start(url, &policies)?,
            policies,
            meter,
            walks: Arc::default(),
            reserved: Arc::new(Semaphore::new(1)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The gates' questions, each counted as a read.
    pub(super) fn gate_reads(&self) -> &GateReads {
        self.inner.meter.add(Count::Reads, 1);
        &self.inner.gate_reads
    }

    /// Runs one query on a blocking thread; given up after [`PATIENCE`], a turn's wait included.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let running = self.run_with(&self.inner.permits, query);
        let late = |_| StoreError::Unavailable("a query did not finish in time".to_owned());
        tokio::time::timeout(PATIENCE, running).await.map_err(late)?
    }

    async fn run_with<T: Send + 'static>(
        &self,
        permits: &Arc<Semaphore>,
        query: impl FnOnce(&mut Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        inner.meter.add(Count::Reads, 1);
        let permit = Arc::clone(permits)
            .acquire_owned()
            .await
            .map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
        self.inner
            .runtime
            .spawn_blocking(move || {
                let _until_answered = permit;
                let mut db = inner.connection()?;
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
    pub(super) fn walks(&self) -> Arc<Walks> {
        Arc::clone(&self.inner.walks)
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
        self.run_with(&self.inner.reserved, |db| {
            use diesel::RunQueryDsl as _;
            diesel::sql_query("SELECT 1").execute(db)?;
            Ok(())
        })
        .await
    }
}

//! Group commit: every write of the process is a job of a committer thread, which takes all jobs
//! that arrived while the last commit ran and commits them together. A job's answer leaves only
//! after the commit is known (protocol rule 8); a failed batch is run again item by item, so that
//! one bad item takes no other along (rule 9).
//!
//! SQLite has one committer; PostgreSQL several, each tenant always on the same one. Knows nothing
//! of what the jobs do.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::commit_thread::Committer;
use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;
use super::ledger::LivePolicy;
use super::phantom_cap::PhantomCap;
use super::reader::Reader;
use super::settle_ledger::LookUp;
use super::settle_rows::{PolicyCache, Rows};
use super::shares::{Room, Seat, Shares};
use super::statement::{Key, Made};
use super::subjects::SubjectKey;
use crate::model::{AttemptId, Clock, Count, Meter, Millis, TenantId};

/// Jobs that may wait; past this the store says it is unavailable instead of growing.
pub(super) const QUEUE: usize = 16_384;

/// Longest wait for an answer of the database, of a job or of a read: above what a batch of slow statements may take (PostgreSQL's
/// `statement_timeout` and `lock_timeout` are 30 s and 20 s), below what a person waits for.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);

/// How the store is set up.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    pub url: DatabaseUrl,
    /// Query-only connections.
    pub readers: u32,
    /// Committers on PostgreSQL; SQLite always has one.
    pub writers: usize,
    /// Name of this node in the attempts log.
    pub node: String,
    /// Most phantom rows per tenant; at the cap the oldest unlocked one makes room.
    pub phantom_cap: i64,
}

/// Every write goes through here; reads through [`Store::reader`]. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    reader: Reader,
    committers: Vec<(SyncSender<Order>, Shares)>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    context: Arc<Context>,
}

/// What is sent to a committer.
pub(super) enum Order {
    Run(Box<dyn Job>, Seat),
    /// Everything before this is committed, nothing after it is taken.
    Stop,
}

/// What every committer shares.
pub(super) struct Context {
    pub url: DatabaseUrl,
    pub node: String,
    pub phantoms: PhantomCap,
    pub clock: Arc<dyn Clock>,
    pub meter: Arc<dyn Meter>,
    pub policies: Arc<PolicyCache>,
    /// Told after each commit that wrote outbox rows.
    pub outbox_changed: watch::Sender<()>,
    /// Settles decided so far; see `Settled::order`.
    pub settles: AtomicU64,
    /// The tenant that was served last by a claim of outbox rows.
    pub outbox_turn: Arc<Mutex<TenantId>>,
}

/// One write. `run` may be called again after a failed batch, so it starts from scratch each time.
pub(super) trait Job: Send {
    fn turn(&self) -> Turn;
    /// Names the rows to lock before anything else (rule 10).
    fn touch<'a>(&'a self, touched: &mut Touched<'a>);
    /// Does the work inside the open transaction.
    fn run(&mut self, work: &mut Work<'_>) -> Result<(), StoreError>;
    /// Whether the last run left something out that the next one would not.
    fn has_another_way(&self) -> bool {
        false
    }
    /// Whether it counts against its tenant's share of the queue.
    fn room(&self) -> Room {
        Room::Shared
    }
    /// By what an unclear commit is asked again (rule 7); plain writes have none.
    fn attempt(&self) -> Option<(TenantId, AttemptId)>;
    /// After the commit is known, or given up.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// When a job runs within its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Over the batch's rows in memory.
    OverRows,
    /// After those rows were written, with statements of its own.
    AfterRows,
}

/// What a batch touches: read together, and the subjects locked before anything else (rule 10).
#[derive(Debug, Default)]
pub(super) struct Touched<'a> {
    pub subjects: Vec<Key<'a>>,
    pub tenants: Vec<&'a str>,
    /// Tenant and canonical key of identifiers.
    pub owners: Vec<Key<'a>>,
    pub sources: Vec<Key<'a>>,
}

impl Touched<'_> {
    /// Each thing once, in byte order.
    pub fn sort(&mut self) {
        for keys in [&mut self.subjects, &mut self.owners, &mut self.sources] {
            keys.sort_unstable();
            keys.dedup();
        }
        self.tenants.sort_unstable();
        self.tenants.dedup();
    }
}

/// The open transaction of a batch.
pub(super) struct Work<'a> {
    pub db: &'a mut Db,
    pub rows: Rows,
    /// Subjects whose rows this transaction has made, and has not written to.
    pub made: Vec<Made>,
    /// The instant of this batch: taken after the row locks (rule 12).
    pub now: Millis,
    pub context: &'a Context,
    pub outbox: OutboxWritten,
    /// Counted once the commit is known.
    pub counts: Vec<Count>,
    /// Policies that nobody had in memory, kept there once the commit is known.
    pub policies: Vec<(TenantId, LivePolicy)>,
    pub look_up: LookUp,
}

/// Whether a batch has put anything into the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutboxWritten {
    Nothing,
    Something,
}

impl Store {
    /// Opens the store: brings nothing up to date (see `migrations`), dials lazily, starts the
    /// committer threads.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn open(
        settings: StoreSettings,
        runtime: Handle,
        clock: Arc<dyn Clock>,
        meter: Arc<dyn Meter>,
    ) -> Result<Self, StoreError> {
        let count = if settings.url.is_sqlite() { 1 } else { settings.writers.max(1) };
        let policies = Arc::new(PolicyCache::default());
        let (known, counting) = (Arc::clone(&policies), Arc::clone(&meter));
        let reader = Reader::new(&settings.url, settings.readers, runtime, known, counting)?;
        let context = Arc::new(Context {
            url: settings.url,
            node: settings.node,
            phantoms: PhantomCap::new(settings.phantom_cap),
            clock,
            meter,
            policies,
            settles: AtomicU64::new(0),
            outbox_turn: Arc::new(Mutex::new(TenantId::from_stored(String::new()))),
            outbox_changed: watch::Sender::new(()),
        });
        let mut committers = Vec::with_capacity(count);
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let (sender, jobs) = sync_channel(QUEUE);
            let committer = Committer::new(Arc::clone(&context));
            let thread = std::thread::Builder::new()
                .name(format!("committer-{number}"))
                .spawn(move || committer.serve(&jobs))
                .map_err(|e| StoreError::Unavailable(format!("no committer thread: {e}")))?;
            committers.push((sender, Shares::default()));
            threads.push(thread);
        }
        let inner = Inner { reader, committers, threads: Mutex::new(threads), context };
        Ok(Self { inner: Arc::new(inner) })
    }

    #[must_use]
    pub fn reader(&self) -> Reader {
        self.inner.reader.clone()
    }

    #[cfg(feature = "postgres")]
    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.inner.context.url
    }

    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.context.clock)
    }

    /// Changes after each commit of this process that wrote outbox rows, so that a delivery starts
    /// without a poll. Other processes' rows are found by polling.
    #[must_use]
    pub fn outbox_changed(&self) -> watch::Receiver<()> {
        self.inner.context.outbox_changed.subscribe()
    }

    /// For plain writes that add outbox rows, after their commit; subject jobs set `Work::outbox`.
    pub(super) fn tell_outbox_changed(&self) {
        self.inner.context.outbox_changed.send_replace(());
    }

    pub(super) fn outbox_turn(&self) -> Arc<Mutex<TenantId>> {
        Arc::clone(&self.inner.context.outbox_turn)
    }

    #[must_use]
    pub fn node(&self) -> &str {
        &self.inner.context.node
    }

    /// Hands a job to the tenant's committer; the job is told its outcome in every case.
    pub(super) fn submit(&self, tenant: &TenantId, job: Box<dyn Job>) {
        let mut hasher = DefaultHasher::new();
        tenant.hash(&mut hasher);
        let spread = usize::try_from(hasher.finish() % 1024).unwrap_or(0);
        let chosen = spread.checked_rem(self.inner.committers.len()).unwrap_or(0);
        let (job, why) = match self.inner.committers.get(chosen) {
            Some((committer, shares)) => {
                let Some(seat) = shares.seat(tenant, job.room()) else {
                    let why = "too many writes are waiting".to_owned();
                    return job.finish(Err(StoreError::Unavailable(why)));
                };
                match committer.try_send(Order::Run(job, seat)) {
                    Ok(()) => return,
                    Err(TrySendError::Full(order)) => (order, "too many writes are waiting"),
                    Err(TrySendError::Disconnected(order)) => (order, "the store is closed"),
                }
            }
            None => {
                return job.finish(Err(StoreError::Unavailable("the store is closed".to_owned())));
            }
        };
        if let Order::Run(job, _seat) = job {
            job.finish(Err(StoreError::Unavailable(why.to_owned())));
        }
    }

    /// Runs a write inside the tenant's next batch, in a savepoint of its own: its error rolls back
    /// its own work alone. `job` may run more than once; only one run is committed.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        tenant: &TenantId,
        mut job: impl FnMut(&mut Db, Millis) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.work(tenant, Vec::new(), move |work| job(work.db, work.now)).await
    }

    /// As [`Store::write`], for a write that touches these subjects of the tenant: their rows are
    /// locked before anything else of the batch is done (rule 10).
    pub(super) async fn work<T: Send + 'static>(
        &self,
        tenant: &TenantId,
        subjects: Vec<SubjectKey>,
        job: impl FnMut(&mut Work<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.work_in(Room::Shared, tenant, subjects, job).await
    }

    pub(super) async fn work_in<T: Send + 'static>(
        &self,
        room: Room,
        tenant: &TenantId,
        subjects: Vec<SubjectKey>,
        job: impl FnMut(&mut Work<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let owner = tenant.clone();
        let write = PlainWrite { owner, subjects, room, job, result: None, reply };
        self.submit(tenant, Box::new(write));
        reply_of(answer).await
    }

    /// Stops the committers after everything that was handed in is committed; waits for them.
    /// Writes that come later are refused. Call on a blocking thread.
    pub fn close(&self) {
        let threads = std::mem::take(&mut *self.inner.threads.lock());
        for (committer, _) in &self.inner.committers {
            // One that has ended needs no word.
            let _ended = committer.send(Order::Stop);
        }
        for thread in threads {
            // A committer that panicked has answered its jobs by dropping them.
            let _ended = thread.join();
        }
    }
}

/// The answer of a job, waited for no longer than [`PATIENCE`]: a database that hangs must not hold
/// requests, permits and a graceful stop for ever. A settle is safe to give up, because its attempt
/// id keeps it from counting twice.
pub(super) async fn reply_of<T>(
    answer: oneshot::Receiver<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err(StoreError::Unclear),
    }
}

struct PlainWrite<T, F> {
    owner: TenantId,
    subjects: Vec<SubjectKey>,
    room: Room,
    job: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for PlainWrite<T, F>
where
    T: Send + 'static,
    F: FnMut(&mut Work<'_>) -> Result<T, StoreError> + Send + 'static,
{
    fn turn(&self) -> Turn {
        Turn::AfterRows
    }

    fn touch<'a>(&'a self, touched: &mut Touched<'a>) {
        let named = self.subjects.iter().map(|s| [self.owner.as_str(), s.as_str(), ""]);
        touched.subjects.extend(named);
    }

    fn run(&mut self, work: &mut Work<'_>) -> Result<(), StoreError> {
        match work.in_savepoint(&mut self.job) {
            Err(error) if error.connection_is_suspect() || error.is_a_collision() => Err(error),
            other => {
                self.result = Some(other);
                Ok(())
            }
        }
    }

    fn room(&self) -> Room {
        self.room
    }

    fn attempt(&self) -> Option<(TenantId, AttemptId)> {
        None
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let answer = match outcome {
            Ok(()) => self.result.unwrap_or(Err(StoreError::Unclear)),
            Err(error) => Err(error),
        };
        // Nobody waits any more: the write stands all the same.
        let _gone = self.reply.send(answer);
    }
}

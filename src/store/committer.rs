//! Group commit: every write of the process is a job of a committer thread, which takes all jobs
//! that arrived while the last commit ran and commits them together. A job's answer leaves only
//! after the commit is known (protocol rule 8); a failed batch is run again item by item, so that
//! one bad item takes no other along (rule 9).
//!
//! SQLite has one committer; PostgreSQL several, each tenant always on the same one. Knows nothing
//! of what the jobs do.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;
use super::phantom_cap::PhantomCap;
use super::reader::Reader;
use super::settle_ledger::LookUp;
use super::settle_rows::{PolicyCache, Rows};
use super::statement::Key;
use super::subjects::SubjectKey;
use crate::model::{AttemptId, Clock, Count, Meter, Millis, TenantId, Timing};

/// Largest batch: bounds the tail of the wait without costing throughput
/// (`reference/performance.md` §3.3 measured 256 to 1024 alike).
const BATCH: usize = 512;

/// Jobs that may wait; past this the store says it is unavailable instead of growing.
const QUEUE: usize = 16_384;

/// Longest wait for a job's answer: above what a batch of slow statements may take (PostgreSQL's
/// `statement_timeout` and `lock_timeout` are 30 s and 20 s), below what a person waits for.
const PATIENCE: Duration = Duration::from_secs(45);

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
    committers: Vec<SyncSender<Order>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    context: Arc<Context>,
}

/// What is sent to a committer.
enum Order {
    Run(Box<dyn Job>),
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
    /// The instant of this batch: taken after the row locks (rule 12).
    pub now: Millis,
    pub context: &'a Context,
    pub outbox: OutboxWritten,
    /// Counted once the commit is known.
    pub counts: Vec<Count>,
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
        let reader = Reader::new(&settings.url, settings.readers, runtime, Arc::clone(&policies))?;
        let context = Arc::new(Context {
            url: settings.url,
            node: settings.node,
            phantoms: PhantomCap::new(settings.phantom_cap),
            clock,
            meter,
            policies,
            settles: AtomicU64::new(0),
            outbox_changed: watch::Sender::new(()),
        });
        let mut committers = Vec::with_capacity(count);
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let (sender, jobs) = sync_channel(QUEUE);
            let committer = Committer { context: Arc::clone(&context), db: None };
            let thread = std::thread::Builder::new()
                .name(format!("committer-{number}"))
                .spawn(move || committer.serve(&jobs))
                .map_err(|e| StoreError::Unavailable(format!("no committer thread: {e}")))?;
            committers.push(sender);
            threads.push(thread);
        }
        let inner = Inner { reader, committers, threads: Mutex::new(threads), context };
        Ok(Self { inner: Arc::new(inner) })
    }

    #[must_use]
    pub fn reader(&self) -> Reader {
        self.inner.reader.clone()
    }

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
        let refused = match self.inner.committers.get(chosen) {
            Some(committer) => match committer.try_send(Order::Run(job)) {
                Ok(()) => return,
                Err(TrySendError::Full(order)) => (order, "too many writes are waiting"),
                Err(TrySendError::Disconnected(order)) => (order, "the store is closed"),
            },
            None => (Order::Run(job), "the store is closed"),
        };
        if let Order::Run(job) = refused.0 {
            job.finish(Err(StoreError::Unavailable(refused.1.to_owned())));
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
        let (reply, answer) = oneshot::channel();
        let owner = tenant.clone();
        self.submit(tenant, Box::new(PlainWrite { owner, subjects, job, result: None, reply }));
        reply_of(answer).await
    }

    /// Stops the committers after everything that was handed in is committed; waits for them.
    /// Writes that come later are refused. Call on a blocking thread.
    pub fn close(&self) {
        let threads = std::mem::take(&mut *self.inner.threads.lock());
        for committer in &self.inner.committers {
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

struct Committer {
    context: Arc<Context>,
    db: Option<Db>,
}

/// How a transaction ended.
enum Ended {
    Committed,
    /// No transaction could be opened: trying the jobs one by one would only wait as often.
    NotBegun(StoreError),
    /// Nothing was written.
    Failed(StoreError),
    /// The commit was sent and its outcome is unknown.
    Unclear,
}

impl Committer {
    fn serve(mut self, orders: &Receiver<Order>) {
        let mut stopping = false;
        while !stopping && let Ok(Order::Run(first)) = orders.recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH && !stopping {
                match orders.try_recv() {
                    Ok(Order::Run(job)) => batch.push(job),
                    Ok(Order::Stop) => stopping = true,
                    Err(_) => break,
                }
            }
            self.commit(batch);
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        match self.transact(&mut batch) {
            // Rule 8 (a known commit): nobody is answered before.
            Ended::Committed => {
                for job in batch {
                    job.finish(Ok(()));
                }
            }
            Ended::NotBegun(error) => {
                tracing::warn!(error = %error, jobs = batch.len(), "no transaction could be opened");
                for job in batch {
                    job.finish(Err(StoreError::Unavailable(error.to_string())));
                }
            }
            // It alone: its attempt id was taken, which the next run looks into (rule 7).
            Ended::Failed(_) if matches!(&*batch, [job] if job.has_another_way()) => {
                self.commit(batch);
            }
            Ended::Failed(error) if batch.len() == 1 => {
                tracing::warn!(error = %error, "a write failed");
                for job in batch {
                    job.finish(Err(StoreError::Unavailable(error.to_string())));
                }
            }
            // Rule 9 (item by item): one bad item must not take the others' counts along.
            Ended::Failed(error) => {
                tracing::warn!(error = %error, jobs = batch.len(), "a batch failed, running it item by item");
                for job in batch {
                    self.commit(vec![job]);
                }
            }
            Ended::Unclear => {
                tracing::warn!(
                    jobs = batch.len(),
                    "the outcome of a commit is unknown, asking again"
                );
                let mut reachable = true;
                for job in batch {
                    if reachable {
                        reachable = self.ask_again(job);
                    } else {
                        job.finish(Err(StoreError::Unclear));
                    }
                }
            }
        }
    }

    /// After an unclear commit: a settle is run again under its own attempt id, which finds the
    /// stored answer if the commit had reached the disk. A plain write is given up as unclear.
    /// Says whether the database could be reached.
    fn ask_again(&mut self, job: Box<dyn Job>) -> bool {
        if job.attempt().is_none() {
            job.finish(Err(StoreError::Unclear));
            return true;
        }
        let mut alone = vec![job];
        let (outcome, reachable) = match self.transact(&mut alone) {
            Ended::Committed => (Ok(()), true),
            Ended::Failed(_) | Ended::Unclear => (Err(()), true),
            Ended::NotBegun(_) => (Err(()), false),
        };
        for job in alone {
            job.finish(outcome.map_err(|()| StoreError::Unclear));
        }
        reachable
    }

    /// A connection with a transaction open. One that was kept may have died since (the server was
    /// restarted or has failed over), which its first statement finds out: then a fresh one is made.
    fn begin(&mut self) -> Result<Db, StoreError> {
        if let Some(mut kept) = self.db.take() {
            match kept.begin_write() {
                Ok(()) => return Ok(kept),
                // A file does not go away: somebody else holds its lock.
                Err(error) if self.context.url.is_sqlite() => return Err(StoreError::Query(error)),
                Err(_) => {}
            }
        }
        let mut db = self.context.url.open_writer()?;
        db.begin_write()?;
        Ok(db)
    }

    /// One transaction over all jobs. A panic in a job counts as a failure of the batch.
    fn transact(&mut self, batch: &mut [Box<dyn Job>]) -> Ended {
        let started = self.context.clock.monotonic();
        let mut db = match self.begin() {
            Ok(db) => db,
            Err(error) => return Ended::NotBegun(error),
        };
        let context = &*self.context;
        let worked = catch_unwind(AssertUnwindSafe(|| work(&mut db, context, batch)))
            .unwrap_or_else(|_| Err(StoreError::Unavailable("a write panicked".to_owned())));
        let (outbox, counts) = match worked {
            Ok(done) => done,
            Err(error) => {
                self.context.phantoms.forget_all();
                // The connection is kept only if it is surely clean.
                if !error.connection_is_suspect() && db.rollback().is_ok() {
                    self.db = Some(db);
                }
                return Ended::Failed(error);
            }
        };
        if db.commit().is_err() {
            // Dropping the connection ends whatever is left of the transaction.
            self.context.phantoms.forget_all();
            return Ended::Unclear;
        }
        self.db = Some(db);
        if outbox == OutboxWritten::Something {
            self.context.outbox_changed.send_replace(());
        }
        let meter = &self.context.meter;
        for what in counts {
            meter.add(what, 1);
        }
        meter.add(Count::Commits, 1);
        meter.add(Count::WriteJobs, u64::try_from(batch.len()).unwrap_or(0));
        let took = self.context.clock.monotonic().saturating_sub(started);
        meter.observe(Timing::Commit, took.as_secs_f64());
        Ended::Committed
    }
}

/// Locks the rows, takes the time, runs the jobs over the rows in memory, writes those rows, then
/// runs the other jobs. Says whether the outbox grew, and what is to be counted.
fn work(
    db: &mut Db,
    context: &Context,
    batch: &mut [Box<dyn Job>],
) -> Result<(OutboxWritten, Vec<Count>), StoreError> {
    let mut touched = Touched::default();
    for job in batch.iter() {
        job.touch(&mut touched);
    }
    let (rows, db_now) = Rows::open(db, &mut touched)?;
    // Rule 12 (the clock after the lock): a time taken before may be older than the row's last one.
    let now = context.clock.at(db_now);
    let (outbox, look_up) = (OutboxWritten::Nothing, LookUp::Always);
    let mut work = Work { db, rows, now, context, outbox, counts: Vec::new(), look_up };
    for job in batch.iter_mut().filter(|job| job.turn() == Turn::OverRows) {
        job.run(&mut work)?;
    }
    work.flush()?;
    for job in batch.iter_mut().filter(|job| job.turn() == Turn::AfterRows) {
        job.run(&mut work)?;
    }
    Ok((work.outbox, work.counts))
}

//! The threads that hash: one per core, each with its own reused memory, fed by the fair queue.
//! Everything that costs milliseconds of processor time runs here (password hashes, RS256
//! signatures, key generation), so that a tenant under attack pays for it alone. Knows neither users
//! nor locks.

use std::future::Future;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::decoy::Decoy;
use super::fair_queue::{FairQueue, Limits};
use super::hash::{Arena, HashCost, HashFault};
use super::password::Password;
use super::stored_hash::{PhcHash, StoredHash, Verdict};
use crate::model::{Clock, Count, Meter, Source, TenantId, Timing};

/// Picoseconds per unit of weight before anything was measured: 12 ms for 19 MiB, two iterations.
const FIRST_PACE: u64 = 310_000;

/// `Retry-After` counts whole seconds, and no client should be sent away for longer than a minute
/// on a guess.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What `app` decides about the pool.
#[derive(Debug, Clone, Copy)]
pub struct PoolSettings {
    /// Worker threads; `None` is one per core.
    pub threads: Option<NonZeroUsize>,
    /// Cost of new hashes and of decoys.
    pub cost: HashCost,
    /// Jobs waiting in all.
    pub max_waiting: usize,
    /// Jobs of one tenant waiting.
    pub max_waiting_per_tenant: usize,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            threads: None,
            cost: HashCost::DEFAULT,
            max_waiting: 4096,
            max_waiting_per_tenant: 1024,
        }
    }
}

/// What a job costs beside others, in blocks that argon2 fills in the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight(pub u64);

impl Weight {
    /// An RS256 signature: 0.55 ms where the default hash takes 12.
    pub const SIGNATURE: Self = Self(2_000);
    /// An RSA-2048 key pair: 73 ms on average.
    pub const KEY_GENERATION: Self = Self(240_000);
}

/// One password to check.
#[derive(Debug)]
pub struct VerifyJob {
    pub tenant: TenantId,
    pub source: Source,
    pub password: Password,
    pub stored: StoredHash,
}

/// Why a job has no result. None of these says anything about the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PoolFault {
    /// Too much of this tenant's work waits; answer 503 with this `Retry-After`.
    #[error("too many secrets of this tenant wait to be checked")]
    Full { retry_after: Duration },
    #[error("the secret could not be checked: {0}")]
    Hash(#[from] HashFault),
    #[error("checking the secret panicked")]
    Panicked,
    #[error("the server is shutting down")]
    ShutDown,
}

/// The pool. Share it in an `Arc`; dropping the last one lets its threads finish and end.
pub struct CredentialPool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    meter: Arc<dyn Meter>,
    clock: Arc<dyn Clock>,
    cost: HashCost,
    decoy: Decoy,
    workers: u64,
    /// Picoseconds per unit of weight, a moving average over real hashes.
    pace: AtomicU64,
}

struct State {
    queue: FairQueue<Job>,
    open: bool,
}

struct Job {
    queued_at: Duration,
    task: Box<dyn Task>,
}

/// A worker's own things.
struct Bench {
    arena: Arena,
    shared: Arc<Shared>,
}

/// A job without its types.
trait Task: Send {
    fn is_abandoned(&self) -> bool;
    fn run(self: Box<Self>, bench: &mut Bench);
    fn refuse(self: Box<Self>, fault: PoolFault);
}

struct Work<T, F> {
    reply: oneshot::Sender<Result<T, PoolFault>>,
    work: F,
}

impl<T: Send, F: FnOnce(&mut Bench) -> Result<T, PoolFault> + Send> Task for Work<T, F> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>, bench: &mut Bench) {
        let Self { reply, work } = *self;
        let result = catch_unwind(AssertUnwindSafe(|| work(bench)));
        // Nobody listening is fine: the caller went away while the job ran.
        let _gone = reply.send(result.unwrap_or(Err(PoolFault::Panicked)));
    }

    fn refuse(self: Box<Self>, fault: PoolFault) {
        let _gone = self.reply.send(Err(fault));
    }
}

impl CredentialPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// Where the system gives no thread or no random bytes.
    pub fn start(
        settings: PoolSettings,
        meter: Arc<dyn Meter>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = settings.threads.unwrap_or_else(cores).get();
        let limits = Limits {
            total: settings.max_waiting,
            per_tenant: settings.max_waiting_per_tenant,
            turn: settings.cost.work(),
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(State { queue: FairQueue::new(limits), open: true }),
            wake: Condvar::new(),
            meter,
            clock,
            cost: settings.cost,
            decoy: Decoy::for_cost(settings.cost).map_err(std::io::Error::other)?,
            workers: u64::try_from(workers).unwrap_or(1),
            pace: AtomicU64::new(FIRST_PACE),
        });
        let pool = Self { shared, threads: Mutex::default() };
        for number in 0..workers {
            let shared = Arc::clone(&pool.shared);
            let thread = std::thread::Builder::new().name(format!("credential-{number}"));
            pool.threads.lock().push(thread.spawn(move || Bench::new(shared).work())?);
        }
        Ok(pool)
    }

    /// Checks a password. The job is queued at once, before the first poll; a caller that drops the
    /// future before its turn takes the job with it.
    ///
    /// # Errors
    /// [`PoolFault`] where it was not checked.
    pub fn verify(
        &self,
        job: VerifyJob,
    ) -> impl Future<Output = Result<Verdict, PoolFault>> + Send + use<> {
        let VerifyJob { tenant, source, password, stored } = job;
        let cost = match &stored {
            StoredHash::Real(hash) => hash.cost(),
            StoredHash::Decoy => self.shared.decoy.cost(),
        };
        self.submit(&tenant, source, Weight(cost.work()), move |bench| {
            bench.measured(cost, |arena, shared| match &stored {
                StoredHash::Real(hash) => hash.check(&password, shared.cost, arena),
                StoredHash::Decoy => shared.decoy.check(&password, shared.cost, arena),
            })
        })
    }

    /// Hashes a new password; the result is the text to store.
    ///
    /// # Errors
    /// [`PoolFault`].
    pub fn hash(
        &self,
        tenant: &TenantId,
        source: Source,
        password: Password,
    ) -> impl Future<Output = Result<String, PoolFault>> + Send + use<> {
        let cost = self.shared.cost;
        self.submit(tenant, source, Weight(cost.work()), move |bench| {
            bench.measured(cost, |arena, _| Ok(PhcHash::make(&password, cost, arena)?.to_phc()))
        })
    }

    /// Runs other processor-bound work of a tenant (signing, key generation) in its turn.
    ///
    /// # Errors
    /// [`PoolFault`]; a panic inside `work` is [`PoolFault::Panicked`].
    pub fn run<T, F>(
        &self,
        tenant: &TenantId,
        weight: Weight,
        work: F,
    ) -> impl Future<Output = Result<T, PoolFault>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let source = Source::from_stored("server".to_owned());
        self.submit(tenant, source, weight, move |_| Ok(work()))
    }

    /// Takes no new job, finishes those that wait and ends the threads. Blocks until then; harmless
    /// to repeat.
    pub fn shutdown(&self) {
        self.shared.close();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            // A worker catches the panics of its jobs, so there is nothing to hand on.
            let _ended = thread.join();
        }
    }

    /// Jobs waiting now, for metrics and readiness.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.state.lock().queue.len()
    }

    fn submit<T, F>(
        &self,
        tenant: &TenantId,
        source: Source,
        weight: Weight,
        work: F,
    ) -> impl Future<Output = Result<T, PoolFault>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Bench) -> Result<T, PoolFault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.shared.enqueue(tenant, source, weight, Box::new(Work { reply, work }));
        async move { answer.await.unwrap_or(Err(PoolFault::ShutDown)) }
    }
}

impl Drop for CredentialPool {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl std::fmt::Debug for CredentialPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CredentialPool({} threads)", self.shared.workers)
    }
}

impl Shared {
    fn enqueue(&self, tenant: &TenantId, source: Source, weight: Weight, task: Box<dyn Task>) {
        let job = Job { queued_at: self.clock.monotonic(), task };
        let mut state = self.state.lock();
        if !state.open {
            drop(state);
            job.task.refuse(PoolFault::ShutDown);
            return;
        }
        let shed = state.queue.push(tenant, source, weight.0, job).map(|shed| {
            let retry_after = self.predicted_wait(state.queue.work_ahead(&shed.tenant));
            (shed.job, retry_after)
        });
        drop(state);
        self.wake.notify_one();
        if let Some((job, retry_after)) = shed {
            self.meter.add(Count::AttemptsShed, 1);
            job.task.refuse(PoolFault::Full { retry_after });
        }
    }

    fn predicted_wait(&self, work: u64) -> Duration {
        let picos = work.saturating_mul(self.pace.load(Ordering::Relaxed)) / self.workers.max(1);
        Duration::from_nanos(picos / 1000).clamp(RETRY_AFTER.0, RETRY_AFTER.1)
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop(|job| job.task.is_abandoned()) {
                return Some(job);
            }
            if !state.open {
                return None;
            }
            self.wake.wait(&mut state);
        }
    }

    fn close(&self) {
        self.state.lock().open = false;
        self.wake.notify_all();
    }

    /// Moves the average an eighth of the way: steady against one slow hash, quick against load.
    fn learn_pace(&self, cost: HashCost, took: Duration) {
        let picos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000);
        let seen = picos / cost.work().max(1);
        let old = self.pace.load(Ordering::Relaxed);
        let new = (old.saturating_mul(7).saturating_add(seen)) / 8;
        self.pace.store(new, Ordering::Relaxed);
    }
}

impl Bench {
    fn new(shared: Arc<Shared>) -> Self {
        Self { arena: Arena::for_cost(shared.cost), shared }
    }

    fn work(mut self) {
        while let Some(job) = self.shared.next() {
            let waited = self.shared.clock.monotonic().saturating_sub(job.queued_at);
            self.shared.meter.observe(Timing::HashQueueWait, waited.as_secs_f64());
            job.task.run(&mut self);
        }
    }

    /// One run of argon2, counted and timed; decoys and new hashes alike.
    fn measured<T>(
        &mut self,
        cost: HashCost,
        run: impl FnOnce(&mut Arena, &Shared) -> Result<T, HashFault>,
    ) -> Result<T, PoolFault> {
        let start = self.shared.clock.monotonic();
        let result = run(&mut self.arena, &self.shared);
        let took = self.shared.clock.monotonic().saturating_sub(start);
        self.shared.learn_pace(cost, took);
        self.shared.meter.add(Count::PasswordHashes, 1);
        self.shared.meter.observe(Timing::PasswordHash, took.as_secs_f64());
        Ok(result?)
    }
}

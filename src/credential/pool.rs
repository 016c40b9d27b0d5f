//! The threads that hash: one per core, each with its own reused memory, fed by the fair queue.
//! Everything that costs milliseconds of processor time runs here (password hashes, key generation;
//! RS256 signatures on a thread of their own), so that a tenant under attack pays for it alone.
//! Knows neither users nor locks.

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::fair_queue::{FairQueue, Limits};
use super::hash::{HashCost, HashFault};
use super::job::{Job, JobQueue};
use super::password::Password;
use super::stored_hash::{PhcHash, StoredHash, Verdict};
use super::workers::{Bench, Duty, Shared, SharedParts};
use crate::model::{Clock, Meter, Source, TenantId};

/// For so many hashing threads there is one more that is kept for tenants that are not under attack,
/// and one that signs; at least one of each.
const THREADS_A_HELPER: usize = 8;
/// How far hashing threads step back, in the system's levels of niceness (0 is everybody's, 19 the last).
#[cfg(target_os = "linux")]
const STEPS_BACK: i32 = 10;

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
    /// Longest wait that is foretold for the newest job of a tenant with no less than its share;
    /// more is refused, also where the queue has room.
    pub longest_wait: Duration,
    /// More threads that never work for a tenant under attack; `None` is one for eight, at least
    /// one. They take nothing from `threads`: a quiet tenant's hash begins at once and the kernel
    /// shares the cores.
    pub reserve: Option<usize>,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            threads: None,
            cost: HashCost::DEFAULT,
            max_waiting: 4096,
            max_waiting_per_tenant: 1024,
            longest_wait: Duration::from_secs(10),
            reserve: None,
        }
    }
}

impl PoolSettings {
    fn fair_queue<T>(&self) -> FairQueue<T> {
        FairQueue::new(Limits {
            total: self.max_waiting,
            per_tenant: self.max_waiting_per_tenant,
            turn: self.cost.work(),
        })
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
        Self::with_queue(settings, Box::new(settings.fair_queue()), meter, clock)
    }

    /// As [`Self::start`] with another queue for the hashes.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn with_queue(
        settings: PoolSettings,
        hashes: Box<dyn JobQueue>,
        meter: Arc<dyn Meter>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = settings.threads.unwrap_or_else(cores).get();
        let helpers = (workers / THREADS_A_HELPER).max(1);
        let parts = SharedParts {
            hashes,
            quick: Box::new(settings.fair_queue()),
            meter,
            clock,
            cost: settings.cost,
            workers: u64::try_from(workers).unwrap_or(1),
            quick_workers: u64::try_from(helpers).unwrap_or(1),
            longest_wait: settings.longest_wait,
        };
        let shared = Arc::new(Shared::new(parts).map_err(std::io::Error::other)?);
        let pool = Self { shared, threads: Mutex::default() };
        for number in 0..workers {
            pool.spawn(format!("credential-{number}"), Duty::Hashes)?;
        }
        for number in 0..settings.reserve.unwrap_or(helpers) {
            pool.spawn(format!("reserve-{number}"), Duty::QuietHashes)?;
        }
        for number in 0..helpers {
            pool.spawn(format!("signing-{number}"), Duty::Quick)?;
        }
        Ok(pool)
    }

    fn spawn(&self, name: String, duty: Duty) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(name);
        let work = move || {
            if duty == Duty::Hashes {
                step_back();
            }
            Bench::new(duty, shared).work(duty);
        };
        self.threads.lock().push(thread.spawn(work)?);
        Ok(())
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
        let (cost, weight) = match &stored {
            StoredHash::Real(hash) => (Some(hash.cost()), hash.cost().work()),
            StoredHash::Imported(hash) => (None, hash.work()),
            StoredHash::Decoy => (Some(self.shared.decoy.cost()), self.shared.decoy.cost().work()),
        };
        self.submit(Duty::Hashes, &tenant, source, Weight(weight), move |bench| {
            bench.measured(cost, |arena, shared| match &stored {
                StoredHash::Real(hash) => hash.check(&password, shared.cost, arena),
                StoredHash::Imported(hash) => hash.check(&password, shared.cost, arena),
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
        self.submit(Duty::Hashes, tenant, source, Weight(cost.work()), move |bench| {
            bench.measured(Some(cost), |arena, _| {
                Ok(PhcHash::make(&password, cost, arena)?.to_phc())
            })
        })
    }

    /// Runs other processor-bound work of a tenant (key generation) in its turn among the hashes.
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
        self.submit(Duty::Hashes, tenant, server(), weight, move |_| Ok(work()))
    }

    /// Runs a signature of a tenant in its turn, beside the hashes: it takes less than a hash that
    /// it would else wait for.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn sign<T, F>(
        &self,
        tenant: &TenantId,
        work: F,
    ) -> impl Future<Output = Result<T, PoolFault>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit(Duty::Quick, tenant, server(), Weight::SIGNATURE, move |_| Ok(work()))
    }

    /// Sends away whoever waits for a hashing thread now, as a flood's excess is: a server that stops
    /// has to answer them while their connections are open. Signatures are not among them: what
    /// they are for is decided already.
    pub fn refuse_waiting(&self) {
        self.shared.refuse_waiting();
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
        self.shared.waiting()
    }

    fn submit<T, F>(
        &self,
        duty: Duty,
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
        let job = Job::new(self.shared.now(), reply, work);
        self.shared.enqueue(duty, tenant, source, weight.0, job);
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

/// Jobs of the server itself, as one source of their tenant.
fn server() -> Source {
    Source::from_stored("server".to_owned())
}

/// Lets every other thread of the program go first: hashes fill all cores for as long as a flood
/// lasts, and what is done in microseconds (a read, a commit, an answer, a quiet tenant's hash on the
/// reserve) would wait for a slice of time at each step (docs/decisions/0022). Where a container
/// forbids it, threads stay as they are.
fn step_back() {
    #[cfg(target_os = "linux")]
    // For the kernel no process is named here, but the thread that asks.
    let _stays_as_it_is = rustix::process::nice(STEPS_BACK);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::model::Millis;
    use crate::model::meter::NoMeter;

    struct StillClock;

    impl Clock for StillClock {
        fn at(&self, _db_now: Option<Millis>) -> Millis {
            Millis::default()
        }
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }
        fn wait_until<'a>(
            &'a self,
            _due: Millis,
        ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn hashing_threads_let_the_others_go_first() {
        let settings = PoolSettings { reserve: Some(0), ..PoolSettings::default() };
        let pool =
            CredentialPool::start(settings, Arc::new(NoMeter), Arc::new(StillClock)).unwrap();
        let ours = rustix::process::nice(0).unwrap();
        let niceness = |duty| {
            let (tenant, source) =
                (TenantId::generate(Millis(0)), Source::from_stored("192.0.2.1".to_owned()));
            pool.submit(duty, &tenant, source, Weight(1), |_| Ok(rustix::process::nice(0).unwrap()))
        };
        assert_eq!(niceness(Duty::Hashes).await.unwrap(), (ours + STEPS_BACK).min(19));
        assert_eq!(niceness(Duty::Quick).await.unwrap(), ours);
    }
}

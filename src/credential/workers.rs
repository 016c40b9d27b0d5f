//! What the pool's threads share and do: they take the next job, run it, and learn how long a unit
//! of weight takes, from which waits are foretold. Knows no password and no tenant's standing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::decoy::Decoy;
use super::hash::{Arena, HashCost, HashFault};
use super::job::{Job, JobQueue};
use super::pool::PoolFault;
use crate::model::{Clock, Count, Meter, Source, TenantId, Timing};

/// Picoseconds per unit of weight before anything was measured: 12 ms for 19 MiB, two iterations.
const FIRST_PACE: u64 = 310_000;

/// `Retry-After` counts whole seconds, and no client should be sent away for longer than a minute
/// on a guess.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Which jobs a thread takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Hashes of anybody.
    Hashes,
    /// Hashes of tenants that are not under attack, beside the others.
    QuietHashes,
    /// Signatures.
    Quick,
}

pub(super) struct Shared {
    state: Mutex<State>,
    /// One for each duty, so that a word reaches somebody who can take the job.
    hashers: Condvar,
    reserved: Condvar,
    quick: Condvar,
    meter: Arc<dyn Meter>,
    clock: Arc<dyn Clock>,
    pub cost: HashCost,
    pub decoy: Decoy,
    /// Threads that hash.
    pub workers: u64,
    quick_workers: u64,
    longest_wait: Duration,
    /// Picoseconds per unit of weight, a moving average over real hashes.
    pace: AtomicU64,
}

struct State {
    hashes: Box<dyn JobQueue>,
    quick: Box<dyn JobQueue>,
    open: bool,
}

/// A worker's own things.
pub(super) struct Bench {
    arena: Arena,
    shared: Arc<Shared>,
}

/// What [`Shared::new`] is made of.
pub(super) struct SharedParts {
    pub hashes: Box<dyn JobQueue>,
    pub quick: Box<dyn JobQueue>,
    pub meter: Arc<dyn Meter>,
    pub clock: Arc<dyn Clock>,
    pub cost: HashCost,
    pub workers: u64,
    pub quick_workers: u64,
    pub longest_wait: Duration,
}

impl Shared {
    pub fn new(parts: SharedParts) -> Result<Self, HashFault> {
        let SharedParts { hashes, quick, meter, clock, cost, workers, quick_workers, longest_wait } =
            parts;
        Ok(Self {
            state: Mutex::new(State { hashes, quick, open: true }),
            hashers: Condvar::new(),
            reserved: Condvar::new(),
            quick: Condvar::new(),
            meter,
            clock,
            cost,
            decoy: Decoy::for_cost(cost)?,
            workers,
            quick_workers,
            longest_wait,
            pace: AtomicU64::new(FIRST_PACE),
        })
    }

    pub fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    pub fn waiting(&self) -> usize {
        let state = self.state.lock();
        state.hashes.waiting().saturating_add(state.quick.waiting())
    }

    /// Queues a job for threads of this duty; what has to go for it is told so.
    pub fn enqueue(&self, duty: Duty, tenant: &TenantId, source: Source, weight: u64, job: Job) {
        let mut state = self.state.lock();
        if !state.open {
            drop(state);
            job.refuse(PoolFault::ShutDown);
            return;
        }
        let (queue, workers) = match duty {
            Duty::Hashes | Duty::QuietHashes => (&mut state.hashes, self.workers),
            Duty::Quick => (&mut state.quick, self.quick_workers),
        };
        let shed = queue.push(tenant, source, weight, self.patience(workers), job);
        let refused: Vec<_> = shed
            .into_iter()
            .map(|shed| (shed.job, self.wait_for(queue.work_ahead(&shed.tenant), workers)))
            .collect();
        let one_flood = queue.is_one_flood(workers);
        drop(state);
        match duty {
            Duty::Hashes | Duty::QuietHashes => {
                self.hashers.notify_one();
                if !one_flood {
                    self.reserved.notify_one();
                }
            }
            Duty::Quick => drop(self.quick.notify_one()),
        }
        for (job, wait) in refused {
            self.meter.add(Count::AttemptsShed, 1);
            job.refuse(PoolFault::Full { retry_after: wait.clamp(RETRY_AFTER.0, RETRY_AFTER.1) });
        }
    }

    /// Weight that is done in the longest wait that is allowed.
    fn patience(&self, workers: u64) -> u64 {
        let picos = u64::try_from(self.longest_wait.as_nanos()).unwrap_or(u64::MAX);
        let picos = picos.saturating_mul(1000) / self.pace.load(Ordering::Relaxed).max(1);
        picos.saturating_mul(workers.max(1))
    }

    fn wait_for(&self, work: u64, workers: u64) -> Duration {
        let picos = work.saturating_mul(self.pace.load(Ordering::Relaxed)) / workers.max(1);
        Duration::from_nanos(picos / 1000)
    }

    fn next(&self, duty: Duty) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            let job = match duty {
                Duty::Hashes => state.hashes.pop(),
                Duty::QuietHashes if state.open => state.hashes.pop_quiet(self.workers),
                // Nobody new can come for whom this thread is there.
                Duty::QuietHashes => state.hashes.pop(),
                Duty::Quick => state.quick.pop(),
            };
            if job.is_some() {
                // What was a flood before this job may be none after it.
                let hashes = &state.hashes;
                if duty == Duty::Hashes
                    && hashes.waiting() > 0
                    && !hashes.is_one_flood(self.workers)
                {
                    self.reserved.notify_one();
                }
                return job;
            }
            if !state.open {
                return None;
            }
            match duty {
                Duty::Hashes => self.hashers.wait(&mut state),
                Duty::QuietHashes => self.reserved.wait(&mut state),
                Duty::Quick => self.quick.wait(&mut state),
            }
        }
    }

    pub fn refuse_waiting(&self) {
        let mut waiting = Vec::new();
        let mut state = self.state.lock();
        while let Some(job) = state.hashes.pop() {
            waiting.push(job);
        }
        drop(state);
        for job in waiting {
            self.meter.add(Count::AttemptsShed, 1);
            job.refuse(PoolFault::Full { retry_after: RETRY_AFTER.0 });
        }
    }

    pub fn close(&self) {
        self.state.lock().open = false;
        self.hashers.notify_all();
        self.reserved.notify_all();
        self.quick.notify_all();
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
    /// Memory for the duty: for those who hash less often when they first do, for signatures none.
    pub fn new(duty: Duty, shared: Arc<Shared>) -> Self {
        let arena = match duty {
            Duty::Hashes => Arena::for_cost(shared.cost),
            Duty::QuietHashes | Duty::Quick => Arena::when_needed(shared.cost),
        };
        Self { arena, shared }
    }

    pub fn work(mut self, duty: Duty) {
        while let Some(job) = self.shared.next(duty) {
            let waited = self.shared.now().saturating_sub(job.queued_at);
            self.shared.meter.observe(Timing::HashQueueWait, waited.as_secs_f64());
            job.run(&mut self);
        }
    }

    /// One hash, counted and timed; decoys and new hashes alike. `cost` is that of argon2, from which
    /// waits are foretold; `None` for the functions of imported hashes, whose weights are rough.
    pub fn measured<T>(
        &mut self,
        cost: Option<HashCost>,
        run: impl FnOnce(&mut Arena, &Shared) -> Result<T, HashFault>,
    ) -> Result<T, PoolFault> {
        let start = self.shared.now();
        let result = run(&mut self.arena, &self.shared);
        let took = self.shared.now().saturating_sub(start);
        if let Some(cost) = cost {
            self.shared.learn_pace(cost, took);
        }
        self.shared.meter.add(Count::PasswordHashes, 1);
        self.shared.meter.observe(Timing::PasswordHash, took.as_secs_f64());
        Ok(result?)
    }
}

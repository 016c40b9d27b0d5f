//! A job of the pool without its types, and the queue that the pool takes it from. Knows no thread
//! and no order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::oneshot;

use super::fair_queue::{FairQueue, Shed};
use super::pool::PoolFault;
use super::workers::Bench;
use crate::model::{Source, TenantId};

/// Work that waits for a thread.
pub struct Job {
    pub(super) queued_at: Duration,
    task: Box<dyn Task>,
}

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

impl Job {
    pub(super) fn new<T, F>(
        queued_at: Duration,
        reply: oneshot::Sender<Result<T, PoolFault>>,
        work: F,
    ) -> Self
    where
        T: Send + 'static,
        F: FnOnce(&mut Bench) -> Result<T, PoolFault> + Send + 'static,
    {
        Self { queued_at, task: Box::new(Work { reply, work }) }
    }

    /// Whether nobody waits for the result any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.task.is_abandoned()
    }

    pub(super) fn run(self, bench: &mut Bench) {
        self.task.run(bench);
    }

    pub(super) fn refuse(self, fault: PoolFault) {
        self.task.refuse(fault);
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job(…)")
    }
}

/// What the pool needs of a queue. The server's is [`FairQueue`]; another one is for measurements
/// that show what fairness is worth.
pub trait JobQueue: Send {
    /// As [`FairQueue::push`].
    fn push(
        &mut self,
        tenant: &TenantId,
        source: Source,
        weight: u64,
        patience: u64,
        job: Job,
    ) -> Vec<Shed<Job>>;
    /// The next job that is not abandoned.
    fn pop(&mut self) -> Option<Job>;
    /// As [`FairQueue::pop_quiet`].
    fn pop_quiet(&mut self, workers: u64) -> Option<Job>;
    /// As [`FairQueue::is_one_flood`]: nobody needs to be woken for `pop_quiet` then.
    fn is_one_flood(&self, workers: u64) -> bool;
    /// Weight before all of `tenant`'s present jobs are done.
    fn work_ahead(&self, tenant: &TenantId) -> u64;
    /// Jobs waiting.
    fn waiting(&self) -> usize;
}

impl JobQueue for FairQueue<Job> {
    fn push(
        &mut self,
        tenant: &TenantId,
        source: Source,
        weight: u64,
        patience: u64,
        job: Job,
    ) -> Vec<Shed<Job>> {
        self.push(tenant, source, weight, patience, job)
    }

    fn pop(&mut self) -> Option<Job> {
        self.pop(Job::is_abandoned)
    }

    fn pop_quiet(&mut self, workers: u64) -> Option<Job> {
        self.pop_quiet(workers, Job::is_abandoned)
    }

    fn is_one_flood(&self, workers: u64) -> bool {
        self.is_one_flood(workers)
    }

    fn work_ahead(&self, tenant: &TenantId) -> u64 {
        self.work_ahead(tenant)
    }

    fn waiting(&self) -> usize {
        self.len()
    }
}

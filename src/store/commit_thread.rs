//! The committer's thread: takes what waits as one batch, opens its transaction, locks, runs the jobs,
//! commits, and tells each job its outcome; a failed batch is run again item by item, an unclear one
//! is asked again by attempt id. Knows nothing of what the jobs do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::committer::{Context, Job, Order, OutboxWritten, QUEUE, Touched, Turn, Work};
use super::connection::Db;
use super::error::StoreError;
use super::ledger::LivePolicy;
use super::settle_ledger::LookUp;
use super::settle_rows::Rows;
use crate::model::{Count, TenantId, Timing};

/// Largest batch: bounds the tail of the wait without costing throughput
/// (`reference/performance.md` §3.3 measured 256 to 1024 alike).
const BATCH: usize = 512;

/// A batch of this many says that many are on their way: it waits for more, up to [`WORTH`].
/// Smaller ones leave at once, so that a few clients never wait for somebody who does not come.
const CROWD: usize = 16;

/// What a crowd's batch waits to reach: 64 decisions to a commit is the goal of
/// `docs/benchmarks.md`.
const WORTH: usize = 96;

/// Longest wait for the next of a crowd, about a third of what a commit takes.
const NEXT: Duration = Duration::from_millis(1);

pub(super) struct Committer {
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

/// What is to be told once the commit is known.
struct Done {
    outbox: OutboxWritten,
    counts: Vec<Count>,
    policies: Vec<(TenantId, LivePolicy)>,
}

/// Whether a transaction could be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Open,
    Lost,
}

fn finish_all(batch: Vec<Box<dyn Job>>, outcome: impl Fn() -> Result<(), StoreError>) {
    for job in batch {
        job.finish(outcome());
    }
}

/// After a transaction could not be opened, everybody who has come meanwhile has waited as long as
/// the database is waited for: they are answered now and not one batch after the other. Says whether
/// the store is to stop.
fn give_up_waiting(orders: &Receiver<Order>) -> bool {
    for _ in 0..QUEUE {
        match orders.try_recv() {
            Ok(Order::Run(job, _seat)) => {
                job.finish(Err(StoreError::Unavailable("the database is away".to_owned())));
            }
            Ok(Order::Stop) => return true,
            Err(_) => return false,
        }
    }
    false
}

/// Another order for a batch that has `gathered` so many; `None` lets it go.
fn next(orders: &Receiver<Order>, gathered: usize) -> Option<Order> {
    match orders.try_recv() {
        Ok(order) => Some(order),
        Err(_) if (CROWD..WORTH).contains(&gathered) => orders.recv_timeout(NEXT).ok(),
        Err(_) => None,
    }
}

impl Committer {
    pub fn new(context: Arc<Context>) -> Self {
        Self { context, db: None }
    }

    pub fn serve(mut self, orders: &Receiver<Order>) {
        let mut stopping = false;
        while !stopping && let Ok(Order::Run(first, seat)) = orders.recv() {
            drop(seat);
            let mut batch = vec![first];
            while batch.len() < BATCH && !stopping {
                match next(orders, batch.len()) {
                    Some(Order::Run(job, _)) => batch.push(job),
                    Some(Order::Stop) => stopping = true,
                    None => break,
                }
            }
            if self.commit(batch) == Reach::Lost && !stopping {
                stopping = give_up_waiting(orders);
            }
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) -> Reach {
        match self.transact(&mut batch) {
            // Rule 8 (a known commit): nobody is answered before.
            Ended::Committed => finish_all(batch, || Ok(())),
            Ended::NotBegun(error) => {
                tracing::warn!(error = %error, jobs = batch.len(), "no transaction could be opened");
                finish_all(batch, || Err(StoreError::Unavailable(error.to_string())));
                return Reach::Lost;
            }
            // It alone: its attempt id was taken, which the next run looks into (rule 7).
            Ended::Failed(_) if matches!(&*batch, [job] if job.has_another_way()) => {
                return self.commit(batch);
            }
            Ended::Failed(error) if batch.len() == 1 => {
                tracing::warn!(error = %error, "a write failed");
                if let Some(job) = batch.pop() {
                    job.finish(Err(error));
                }
            }
            // Rule 9 (item by item): one bad item must not take the others' counts along.
            Ended::Failed(error) => {
                tracing::warn!(error = %error, jobs = batch.len(), "a batch failed, running it item by item");
                return self.one_by_one(batch);
            }
            Ended::Unclear => {
                tracing::warn!(
                    jobs = batch.len(),
                    "the outcome of a commit is unknown, asking again"
                );
                let mut reach = Reach::Open;
                for job in batch {
                    match reach {
                        Reach::Open => reach = self.ask_again(job),
                        Reach::Lost => job.finish(Err(StoreError::Unclear)),
                    }
                }
                return reach;
            }
        }
        Reach::Open
    }

    /// Rule 9 (item by item): one bad item takes no other's count along.
    ///
    /// A database that is gone is waited for once.
    fn one_by_one(&mut self, batch: Vec<Box<dyn Job>>) -> Reach {
        let mut reach = Reach::Open;
        for job in batch {
            match reach {
                Reach::Open => reach = self.commit(vec![job]),
                Reach::Lost => {
                    job.finish(Err(StoreError::Unavailable("the database is away".to_owned())));
                }
            }
        }
        reach
    }

    /// After an unclear commit: a settle is run again under its own attempt id, which finds the
    /// stored answer if the commit had reached the disk. A plain write is given up as unclear.
    fn ask_again(&mut self, job: Box<dyn Job>) -> Reach {
        if job.attempt().is_none() {
            job.finish(Err(StoreError::Unclear));
            return Reach::Open;
        }
        let mut alone = vec![job];
        let (outcome, reach) = match self.transact(&mut alone) {
            Ended::Committed => (Ok(()), Reach::Open),
            Ended::Failed(_) | Ended::Unclear => (Err(()), Reach::Open),
            Ended::NotBegun(_) => (Err(()), Reach::Lost),
        };
        finish_all(alone, || outcome.map_err(|()| StoreError::Unclear));
        reach
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
        let Done { outbox, counts, policies } = match worked {
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
        for (tenant, live) in policies {
            self.context.policies.keep(tenant, live);
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
/// runs the other jobs and removes rows that were only made to be locked.
fn work(db: &mut Db, context: &Context, batch: &mut [Box<dyn Job>]) -> Result<Done, StoreError> {
    let mut touched = Touched::default();
    for job in batch.iter() {
        job.touch(&mut touched);
    }
    let (rows, made, db_now) = Rows::open(db, &mut touched)?;
    // Rule 12 (the clock after the lock): a time taken before may be older than the row's last one.
    let now = context.clock.at(db_now);
    let (outbox, look_up) = (OutboxWritten::Nothing, LookUp::Always);
    let (counts, policies) = (Vec::new(), Vec::new());
    let mut work = Work { db, rows, made, now, context, outbox, counts, policies, look_up };
    for job in batch.iter_mut().filter(|job| job.turn() == Turn::OverRows) {
        job.run(&mut work)?;
    }
    work.flush()?;
    for job in batch.iter_mut().filter(|job| job.turn() == Turn::AfterRows) {
        job.run(&mut work)?;
    }
    work.remove_blank()?;
    Ok(Done { outbox: work.outbox, counts: work.counts, policies: work.policies })
}

//! A bounded queue that serves tenants in turn, weighted by cost and newly active ones first, and
//! inside a tenant its sources in the same way. Where too much waits, who holds more than a fair
//! share loses their newest job: a flood sheds itself and never its neighbours. Pure: no threads,
//! no time.

use super::turns::{Fifo, Load, Turns, Waiting};
use crate::model::{Source, TenantId};

/// A job heavier than this many turns counts as this many: bounds the scheduler's own loop.
const MAX_TURNS: u64 = 64;

/// Bounds and the unit of fairness.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Jobs waiting in all; at least 1.
    pub total: usize,
    /// Jobs of one tenant waiting; at least 1.
    pub per_tenant: usize,
    /// Weight a tenant may use in one turn: that of the usual job.
    pub turn: u64,
}

/// A job that had to go, and whose it was.
#[derive(Debug, PartialEq, Eq)]
pub struct Shed<T> {
    pub tenant: TenantId,
    pub job: T,
}

type Sources<T> = Turns<Source, Fifo<T>>;

/// Jobs of many tenants. `push`, then `pop` in the fair order.
pub struct FairQueue<T> {
    limits: Limits,
    tenants: Turns<TenantId, Sources<T>>,
}

impl<T> FairQueue<T> {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let limits = Limits {
            total: limits.total.max(1),
            per_tenant: limits.per_tenant.max(1),
            turn: limits.turn.max(1),
        };
        Self { limits, tenants: Turns::default() }
    }

    /// Jobs waiting.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tenants.load().jobs
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tenants whose place is remembered, with jobs waiting or without: at most twice as many as
    /// jobs may wait.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.tenants.remembered()
    }

    /// Adds a job. `patience` is the weight that may be served before all of a tenant's jobs are
    /// done. Jobs that have to go are returned: each the newest of the heaviest source of a tenant
    /// with no less than its share, `job` itself where that is the flood.
    #[must_use]
    pub fn push(
        &mut self,
        tenant: &TenantId,
        source: Source,
        weight: u64,
        patience: u64,
        job: T,
    ) -> Vec<Shed<T>> {
        let weight = weight.clamp(1, self.limits.turn.saturating_mul(MAX_TURNS));
        let turn = self.limits.turn;
        let sources = self.tenants.add(tenant, weight, turn);
        sources.add(&source, weight, turn).push(Waiting { weight, job });
        self.tenants.forget_beyond(self.limits.total.saturating_mul(2));
        let mut shed = Vec::new();
        while let Some(loser) = self.loser(tenant, patience) {
            let taken = self.tenants.take_out(&loser, |sources| {
                let loudest = sources.heaviest(&source)?;
                sources.take_out(&loudest, Fifo::shed)
            });
            let Some(taken) = taken else { break };
            shed.push(Shed { tenant: loser, job: taken.job });
        }
        shed
    }

    /// The next job in the fair order. Jobs that `abandoned` tells of are dropped on the way and
    /// cost their tenant nothing.
    pub fn pop(&mut self, abandoned: impl Fn(&T) -> bool) -> Option<T> {
        self.tenants.next(self.limits.turn, &abandoned).next.map(|waiting| waiting.job)
    }

    /// As [`Self::pop`], but only of tenants that are not [under attack](Self::under_attack): for
    /// the workers that are kept free for them.
    pub fn pop_quiet(&mut self, workers: u64, abandoned: impl Fn(&T) -> bool) -> Option<T> {
        let loud = self.loud(workers);
        let quiet = |sources: &Sources<T>| sources.load().weight <= loud;
        let taken = self.tenants.next_of(quiet, self.limits.turn, &abandoned);
        taken.next.map(|waiting| waiting.job)
    }

    /// Whether [`Self::pop_quiet`] is sure to find nothing because one tenant alone is there, and
    /// under attack. `false` may mean either; asked at every job, so it looks at no other tenant.
    #[must_use]
    pub fn is_one_flood(&self, workers: u64) -> bool {
        self.remembered() == 1 && self.tenants.load().weight > self.loud(workers)
    }

    /// Whether more of the tenant waits than twice its fair share of `workers`, and than all of
    /// them do at once.
    #[must_use]
    pub fn under_attack(&self, tenant: &TenantId, workers: u64) -> bool {
        self.load(tenant).weight > self.loud(workers)
    }

    /// Weight served before all of `tenant`'s present jobs are done: its own, and of every other
    /// tenant as much as that one gets in as many turns.
    #[must_use]
    pub fn work_ahead(&self, tenant: &TenantId) -> u64 {
        let own = self.load(tenant).weight.max(self.limits.turn);
        let others = self.tenants.backlogs().filter(|(other, _)| *other != tenant);
        others.fold(own, |sum, (_, sources)| sum.saturating_add(sources.load().weight.min(own)))
    }

    /// The tenant that has to give up a job, if one must.
    fn loser(&self, pushed: &TenantId, patience: u64) -> Option<TenantId> {
        let own = self.load(pushed);
        if own.jobs > self.limits.per_tenant || self.is_excess(pushed, own, patience) {
            return Some(pushed.clone());
        }
        (self.len() > self.limits.total).then(|| self.tenants.heaviest(pushed))?
    }

    /// Whether `own`, what waits of `tenant`, is no less than the mean of all and takes longer than
    /// `patience`. Who holds less is not the reason of the wait, and what they hold is no excess.
    fn is_excess(&self, tenant: &TenantId, own: Load, patience: u64) -> bool {
        let tenants = u64::try_from(self.tenants.remembered()).unwrap_or(u64::MAX);
        // Nobody before them gets more than they do: no need to look at each.
        if own.jobs <= 1 || own.weight.saturating_mul(tenants) <= patience {
            return false;
        }
        own.weight >= self.share() && self.work_ahead(tenant) > patience
    }

    /// The mean weight of those who wait.
    fn share(&self) -> u64 {
        let waiting = self.tenants.backlogs().filter(|(_, sources)| sources.load().jobs > 0);
        let tenants = u64::try_from(waiting.count()).unwrap_or(u64::MAX);
        self.tenants.load().weight / tenants.max(1)
    }

    /// More than this waits of a tenant under attack.
    fn loud(&self, workers: u64) -> u64 {
        let waiting = self.tenants.backlogs().filter(|(_, sources)| sources.load().jobs > 0);
        let tenants = u64::try_from(waiting.count()).unwrap_or(u64::MAX).max(1);
        let all = workers.saturating_mul(self.limits.turn);
        (all.saturating_mul(2) / tenants).max(all)
    }

    fn load(&self, tenant: &TenantId) -> Load {
        self.tenants.get(tenant).map(Turns::load).unwrap_or_default()
    }
}

//! A bounded queue that serves tenants in turn: deficit round robin weighted by cost, a newly active
//! tenant first for one turn (the two lists of `fq_codel`, RFC 8290 §4.2), and inside a tenant its
//! sources in turn. When it is full the longest backlog loses its newest job, so a flood sheds
//! itself and never its neighbours. Pure: no threads, no time.

use std::collections::{HashMap, VecDeque};

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

struct Waiting<T> {
    weight: u64,
    job: T,
}

/// The jobs of one tenant.
struct Line<T> {
    sources: HashMap<Source, VecDeque<Waiting<T>>>,
    /// Every source with a job waiting, once; the front is served next.
    order: VecDeque<Source>,
    jobs: usize,
    weight: u64,
    /// What is left of this turn; below zero after a job heavier than the turn.
    credit: i64,
}

/// Jobs of many tenants. `push`, then `pop` in the fair order.
pub struct FairQueue<T> {
    limits: Limits,
    lines: HashMap<TenantId, Line<T>>,
    /// Tenants that became active and have not had their first turn.
    fresh: VecDeque<TenantId>,
    steady: VecDeque<TenantId>,
    jobs: usize,
}

impl<T> Line<T> {
    fn new(credit: i64) -> Self {
        Self { sources: HashMap::new(), order: VecDeque::new(), jobs: 0, weight: 0, credit }
    }

    fn push(&mut self, source: Source, waiting: Waiting<T>) {
        self.jobs = self.jobs.saturating_add(1);
        self.weight = self.weight.saturating_add(waiting.weight);
        let line = self.sources.entry(source.clone()).or_default();
        if line.is_empty() {
            self.order.push_back(source);
        }
        line.push_back(waiting);
    }

    fn pop(&mut self) -> Option<Waiting<T>> {
        let source = self.order.pop_front()?;
        let line = self.sources.get_mut(&source)?;
        let waiting = line.pop_front();
        if line.is_empty() {
            self.sources.remove(&source);
        } else {
            self.order.push_back(source);
        }
        self.forget(waiting)
    }

    /// Takes the newest job of the source with most jobs; of equals `newcomer`, so that a source in
    /// its own right never pushes out another.
    fn shed(&mut self, newcomer: &Source) -> Option<Waiting<T>> {
        let longest = self.sources.iter().max_by_key(|(s, line)| (line.len(), *s == newcomer));
        let source = longest.map(|(source, _)| source.clone())?;
        let line = self.sources.get_mut(&source)?;
        let waiting = line.pop_back();
        if line.is_empty() {
            self.sources.remove(&source);
            self.order.retain(|other| *other != source);
        }
        self.forget(waiting)
    }

    fn forget(&mut self, waiting: Option<Waiting<T>>) -> Option<Waiting<T>> {
        if let Some(gone) = &waiting {
            self.jobs = self.jobs.saturating_sub(1);
            self.weight = self.weight.saturating_sub(gone.weight);
        }
        waiting
    }
}

impl<T> FairQueue<T> {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let limits = Limits {
            total: limits.total.max(1),
            per_tenant: limits.per_tenant.max(1),
            turn: limits.turn.max(1),
        };
        let (lines, fresh, steady) = (HashMap::new(), VecDeque::new(), VecDeque::new());
        Self { limits, lines, fresh, steady, jobs: 0 }
    }

    /// Jobs waiting.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.jobs
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.jobs == 0
    }

    /// Adds a job. At a bound one job has to go and is returned: the newest of the longest backlog,
    /// which is `job` itself where its own tenant and source are the flood.
    #[must_use]
    pub fn push(
        &mut self,
        tenant: &TenantId,
        source: Source,
        weight: u64,
        job: T,
    ) -> Option<Shed<T>> {
        let weight = weight.clamp(1, self.limits.turn.saturating_mul(MAX_TURNS));
        let turn = signed(self.limits.turn);
        let line = match self.lines.get_mut(tenant) {
            Some(line) => line,
            None => {
                self.fresh.push_back(tenant.clone());
                self.lines.entry(tenant.clone()).or_insert_with(|| Line::new(turn))
            }
        };
        line.push(source.clone(), Waiting { weight, job });
        self.jobs = self.jobs.saturating_add(1);
        let loser = if line.jobs > self.limits.per_tenant {
            tenant.clone()
        } else if self.jobs > self.limits.total {
            self.longest(tenant)
        } else {
            return None;
        };
        let shed = self.lines.get_mut(&loser)?.shed(&source)?;
        self.jobs = self.jobs.saturating_sub(1);
        Some(Shed { tenant: loser, job: shed.job })
    }

    /// The next job in the fair order. Jobs that `abandoned` tells of are dropped on the way and
    /// cost their tenant nothing.
    pub fn pop(&mut self, abandoned: impl Fn(&T) -> bool) -> Option<T> {
        while self.jobs > 0 {
            let first_turn = !self.fresh.is_empty();
            let list = if first_turn { &mut self.fresh } else { &mut self.steady };
            let tenant = list.pop_front()?;
            let Some(line) = self.lines.get_mut(&tenant) else { continue };
            if line.jobs == 0 {
                if first_turn {
                    // Not forgotten yet: else a job each time its line is empty would always be first.
                    self.steady.push_back(tenant);
                } else {
                    self.lines.remove(&tenant);
                }
                continue;
            }
            if line.credit <= 0 {
                line.credit = line.credit.saturating_add(signed(self.limits.turn));
                self.steady.push_back(tenant);
                continue;
            }
            let taken = line.pop();
            self.jobs = self.jobs.saturating_sub(1);
            let live = taken.filter(|waiting| !abandoned(&waiting.job));
            if let Some(waiting) = &live {
                line.credit = line.credit.saturating_sub(signed(waiting.weight));
            }
            let list = if first_turn { &mut self.fresh } else { &mut self.steady };
            list.push_front(tenant);
            if let Some(waiting) = live {
                return Some(waiting.job);
            }
        }
        // Nothing waits: nobody competes, so nobody's place need be remembered.
        self.lines.clear();
        self.fresh.clear();
        self.steady.clear();
        None
    }

    /// Weight served before all of `tenant`'s present jobs are done: its own, and of every other
    /// tenant as much as that one gets in as many turns.
    #[must_use]
    pub fn work_ahead(&self, tenant: &TenantId) -> u64 {
        let own = self.lines.get(tenant).map_or(self.limits.turn, |line| line.weight);
        let others = self.lines.iter().filter(|(other, _)| *other != tenant);
        others.fold(own, |sum, (_, line)| sum.saturating_add(line.weight.min(own)))
    }

    /// The tenant with most jobs waiting; of equals the newcomer.
    fn longest(&self, newcomer: &TenantId) -> TenantId {
        let longest = self.lines.iter().max_by_key(|(t, line)| (line.jobs, *t == newcomer));
        longest.map_or_else(|| newcomer.clone(), |(tenant, _)| tenant.clone())
    }
}

fn signed(weight: u64) -> i64 {
    i64::try_from(weight).unwrap_or(i64::MAX)
}

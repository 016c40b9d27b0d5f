//! Whose turn it is: deficit round robin over keys, weighted by cost, a newly active key first for
//! one turn (the two lists of `fq_codel`, RFC 8290 §4.2). Used twice by the fair queue, over tenants
//! and inside a tenant over sources. Pure; knows neither bounds nor what a job is.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Jobs of newly active keys in a row before a key that has waited longer gets one: an endless
/// stream of new ones must not starve it.
const FRESH_IN_A_ROW: u32 = 8;

/// A job with its cost.
pub(super) struct Waiting<T> {
    pub weight: u64,
    pub job: T,
}

/// What left a backlog: jobs that nobody wants any more, and the next one that somebody does.
pub(super) struct Taken<T> {
    pub next: Option<Waiting<T>>,
    /// Abandoned jobs on the way, which cost nobody's turn.
    pub abandoned: Load,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Load {
    pub jobs: usize,
    pub weight: u64,
}

impl Load {
    pub fn add(&mut self, weight: u64) {
        self.jobs = self.jobs.saturating_add(1);
        self.weight = self.weight.saturating_add(weight);
    }

    pub fn take(&mut self, gone: Self) {
        self.jobs = self.jobs.saturating_sub(gone.jobs);
        self.weight = self.weight.saturating_sub(gone.weight);
    }

    pub fn join(&mut self, other: Self) {
        self.jobs = self.jobs.saturating_add(other.jobs);
        self.weight = self.weight.saturating_add(other.weight);
    }

    pub const fn one(weight: u64) -> Self {
        Self { jobs: 1, weight }
    }
}

/// Jobs in an order of their own.
pub(super) trait Backlog<T>: Default {
    fn load(&self) -> Load;
    fn take(&mut self, turn: u64, abandoned: &dyn Fn(&T) -> bool) -> Taken<T>;
}

/// One source's jobs, oldest first.
pub(super) struct Fifo<T> {
    jobs: VecDeque<Waiting<T>>,
    load: Load,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self { jobs: VecDeque::new(), load: Load::default() }
    }
}

impl<T> Fifo<T> {
    pub fn push(&mut self, waiting: Waiting<T>) {
        self.load.add(waiting.weight);
        self.jobs.push_back(waiting);
    }

    /// Takes the newest.
    pub fn shed(&mut self) -> Option<Waiting<T>> {
        let newest = self.jobs.pop_back()?;
        self.load.take(Load::one(newest.weight));
        Some(newest)
    }
}

impl<T> Backlog<T> for Fifo<T> {
    fn load(&self) -> Load {
        self.load
    }

    fn take(&mut self, _turn: u64, abandoned: &dyn Fn(&T) -> bool) -> Taken<T> {
        let mut dropped = Load::default();
        while let Some(waiting) = self.jobs.pop_front() {
            self.load.take(Load::one(waiting.weight));
            if !abandoned(&waiting.job) {
                return Taken { next: Some(waiting), abandoned: dropped };
            }
            dropped.add(waiting.weight);
        }
        Taken { next: None, abandoned: dropped }
    }
}

/// A key's jobs and what is left of its turn.
struct Place<B> {
    backlog: B,
    /// Below zero after a job heavier than the turn: paid back before the key is forgotten, or
    /// coming back would wipe the debt out.
    credit: i64,
}

/// The keys with jobs, and those that had some a moment ago.
pub(super) struct Turns<K, B> {
    places: HashMap<K, Place<B>>,
    /// Keys that became active and have not used up their first turn.
    fresh: VecDeque<K>,
    steady: VecDeque<K>,
    fresh_in_a_row: u32,
    load: Load,
}

impl<K, B> Default for Turns<K, B> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            fresh: VecDeque::new(),
            steady: VecDeque::new(),
            fresh_in_a_row: 0,
            load: Load::default(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Fresh,
    Steady,
}

impl<K: Clone + Eq + Hash, B> Turns<K, B> {
    /// Where `key`'s next job goes; its weight is counted here.
    pub fn add<T>(&mut self, key: &K, weight: u64, turn: u64) -> &mut B
    where
        B: Backlog<T>,
    {
        self.load.add(weight);
        if !self.places.contains_key(key) {
            self.fresh.push_back(key.clone());
        }
        let new = || Place { backlog: B::default(), credit: signed(turn) };
        &mut self.places.entry(key.clone()).or_insert_with(new).backlog
    }

    pub fn get(&self, key: &K) -> Option<&B> {
        self.places.get(key).map(|place| &place.backlog)
    }

    pub fn backlogs(&self) -> impl Iterator<Item = (&K, &B)> {
        self.places.iter().map(|(key, place)| (key, &place.backlog))
    }

    pub const fn load(&self) -> Load {
        self.load
    }

    /// Keys that are remembered, with jobs or without.
    pub fn remembered(&self) -> usize {
        self.places.len()
    }

    /// The next job of the key whose turn it is.
    pub fn next<T>(&mut self, turn: u64, abandoned: &dyn Fn(&T) -> bool) -> Taken<T>
    where
        B: Backlog<T>,
    {
        let mut dropped = Load::default();
        while self.load.jobs > 0 {
            let Some((list, key)) = self.front() else { break };
            let Some(place) = self.places.get_mut(&key) else { continue };
            let empty = place.backlog.load().jobs == 0;
            if place.credit <= 0 {
                place.credit = place.credit.saturating_add(signed(turn));
                self.steady.push_back(key);
                continue;
            }
            if empty {
                match list {
                    // Not forgotten yet: else a job each time its line is empty would always be first.
                    List::Fresh => self.steady.push_back(key),
                    List::Steady => drop(self.places.remove(&key)),
                }
                continue;
            }
            let taken = place.backlog.take(turn, abandoned);
            self.load.take(taken.abandoned);
            dropped.join(taken.abandoned);
            if let Some(waiting) = &taken.next {
                place.credit = place.credit.saturating_sub(signed(waiting.weight));
                self.load.take(Load::one(waiting.weight));
            }
            self.keep_front(list, key);
            if taken.next.is_some() {
                return Taken { next: taken.next, abandoned: dropped };
            }
        }
        // Nothing waits: nobody competes, so nobody's place need be remembered.
        *self = Self::default();
        Taken { next: None, abandoned: dropped }
    }

    /// The next job of the key that has had least of those that `admits` lets through, whoever's
    /// turn it is.
    pub fn next_of<T>(
        &mut self,
        admits: impl Fn(&B) -> bool,
        turn: u64,
        abandoned: &dyn Fn(&T) -> bool,
    ) -> Taken<T>
    where
        B: Backlog<T>,
    {
        let mut dropped = Load::default();
        loop {
            let fits = |place: &Place<B>| place.backlog.load().jobs > 0 && admits(&place.backlog);
            let fitting = self.places.values_mut().filter(|place| fits(place));
            let Some(place) = fitting.max_by_key(|place| place.credit) else {
                return Taken { next: None, abandoned: dropped };
            };
            let taken = place.backlog.take(turn, abandoned);
            self.load.take(taken.abandoned);
            dropped.join(taken.abandoned);
            if let Some(waiting) = taken.next {
                place.credit = place.credit.saturating_sub(signed(waiting.weight));
                self.load.take(Load::one(waiting.weight));
                return Taken { next: Some(waiting), abandoned: dropped };
            }
        }
    }

    /// Takes a job of `key` out of its order.
    pub fn take_out<T>(
        &mut self,
        key: &K,
        take: impl FnOnce(&mut B) -> Option<Waiting<T>>,
    ) -> Option<Waiting<T>> {
        let taken = take(&mut self.places.get_mut(key)?.backlog)?;
        self.load.take(Load::one(taken.weight));
        Some(taken)
    }

    /// The key with most weight waiting; of equals the newcomer, so that somebody in their own right
    /// never pushes out another.
    pub fn heaviest<T>(&self, newcomer: &K) -> Option<K>
    where
        B: Backlog<T>,
    {
        let weight = |(key, backlog): &(&K, &B)| (backlog.load().weight, *key == newcomer);
        self.backlogs().max_by_key(weight).map(|(key, _)| key.clone())
    }

    /// Forgets keys without jobs beyond `most`, those in debt only where the others are not enough.
    pub fn forget_beyond<T>(&mut self, most: usize)
    where
        B: Backlog<T>,
    {
        if self.places.len() > most {
            self.places.retain(|_, place| place.backlog.load().jobs > 0 || place.credit < 0);
            if self.places.len() > most {
                self.places.retain(|_, place| place.backlog.load().jobs > 0);
            }
            let places = &self.places;
            self.fresh.retain(|key| places.contains_key(key));
            self.steady.retain(|key| places.contains_key(key));
        }
    }

    fn front(&mut self) -> Option<(List, K)> {
        let patient = self.fresh_in_a_row >= FRESH_IN_A_ROW && !self.steady.is_empty();
        if !patient && let Some(key) = self.fresh.pop_front() {
            return Some((List::Fresh, key));
        }
        let key = self.steady.pop_front()?;
        Some((List::Steady, key))
    }

    fn keep_front(&mut self, list: List, key: K) {
        match list {
            List::Fresh => {
                self.fresh_in_a_row = self.fresh_in_a_row.saturating_add(1);
                self.fresh.push_front(key);
            }
            List::Steady => {
                self.fresh_in_a_row = 0;
                self.steady.push_front(key);
            }
        }
    }
}

/// A tenant's sources in turn.
impl<K: Clone + Eq + Hash, T> Backlog<T> for Turns<K, Fifo<T>> {
    fn load(&self) -> Load {
        self.load
    }

    fn take(&mut self, turn: u64, abandoned: &dyn Fn(&T) -> bool) -> Taken<T> {
        self.next(turn, abandoned)
    }
}

fn signed(weight: u64) -> i64 {
    i64::try_from(weight).unwrap_or(i64::MAX)
}

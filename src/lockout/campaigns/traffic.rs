//! The tries that campaigns are looked for in: narrow rows with names as numbers, in the order of their
//! instants. Knows no rule.

use std::collections::HashMap;

use super::AT_HOME;
use crate::model::{Millis, Source};

/// What a try came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    Wrong,
    /// Wrong, and it locked the account.
    Locked,
    /// Not checked: the account was locked.
    Refused,
    Right,
}

/// A try, or a sum of refused ones.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    pub at: Millis,
    pub account: &'a str,
    /// Nobody has this name.
    pub nobody: bool,
    pub source: &'a Source,
    pub met: Met,
    pub times: u32,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Try {
    pub at: Millis,
    pub account: u32,
    pub source: u32,
    pub network: u32,
    pub met: Met,
    pub times: u32,
}

impl Try {
    pub const fn is_failure(&self) -> bool {
        !matches!(self.met, Met::Right)
    }
}

/// All rows, and what their numbers stand for.
#[derive(Debug, Default)]
pub struct Traffic {
    pub(super) tries: Vec<Try>,
    accounts: Vec<(String, bool)>,
    networks: Vec<String>,
    /// When somebody signed in to an account from a network, in order.
    rights: HashMap<(u32, u32), Vec<Millis>>,
    /// Networks from which anybody signed in.
    homes: Vec<bool>,
}

/// Takes rows in any order of instants; those of one instant the newest first, as they are read.
#[derive(Debug, Default)]
pub struct TrafficBuilder {
    tries: Vec<Try>,
    accounts: Numbered<bool>,
    sources: Numbered<Option<u32>>,
    networks: Numbered<()>,
}

/// Names as numbers in the order of their arrival, each with something that is asked for once.
#[derive(Debug)]
struct Numbered<T> {
    numbers: HashMap<String, u32>,
    facts: Vec<T>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), facts: Vec::new() }
    }
}

impl<T> Numbered<T> {
    fn of(&mut self, name: &str, fact: impl FnOnce() -> T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.facts.len()).unwrap_or(u32::MAX);
        self.facts.push(fact());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn names(self) -> Vec<(String, T)> {
        let mut named: Vec<(u32, String)> =
            self.numbers.into_iter().map(|(name, number)| (number, name)).collect();
        named.sort_unstable();
        named.into_iter().map(|(_, name)| name).zip(self.facts).collect()
    }
}

impl TrafficBuilder {
    /// Notes a try. What comes from no network (a server, the command line) is of no campaign.
    pub fn saw(&mut self, seen: &Sighting<'_>) {
        let networks = &mut self.networks;
        let network_of = || Some(networks.of(&seen.source.network()?, || ()));
        let source = self.sources.of(seen.source.as_str(), network_of);
        let network = usize::try_from(source).ok().and_then(|place| self.sources.facts.get(place));
        let Some(network) = network.copied().flatten() else { return };
        let account = self.accounts.of(seen.account, || seen.nobody);
        let Sighting { at, met, times, .. } = *seen;
        self.tries.push(Try { at, account, source, network, met, times });
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tries.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tries.is_empty()
    }

    #[must_use]
    pub fn finish(self) -> Traffic {
        let mut tries = self.tries;
        // Stable: the rows of one instant then stand as they were decided.
        tries.reverse();
        tries.sort_by_key(|row| row.at);
        let mut rights: HashMap<(u32, u32), Vec<Millis>> = HashMap::new();
        let networks: Vec<String> =
            self.networks.names().into_iter().map(|(name, ())| name).collect();
        let mut homes = vec![false; networks.len()];
        for row in tries.iter().filter(|row| !row.is_failure()) {
            rights.entry((row.account, row.network)).or_default().push(row.at);
            if let Some(home) = usize::try_from(row.network).ok().and_then(|at| homes.get_mut(at)) {
                *home = true;
            }
        }
        Traffic { tries, accounts: self.accounts.names(), networks, rights, homes }
    }
}

impl Traffic {
    pub(super) fn account(&self, number: u32) -> (&str, bool) {
        let found = usize::try_from(number).ok().and_then(|at| self.accounts.get(at));
        found.map_or(("", false), |(name, nobody)| (name, *nobody))
    }

    pub(super) fn network(&self, number: u32) -> &str {
        usize::try_from(number).ok().and_then(|at| self.networks.get(at)).map_or("", String::as_str)
    }

    /// Whether anybody signs in from there, at any time.
    pub(super) fn is_home(&self, network: u32) -> bool {
        usize::try_from(network).ok().and_then(|at| self.homes.get(at)).copied().unwrap_or(false)
    }

    /// Whether somebody signs in to the account from the network between the two, both included.
    pub(super) fn signs_in(&self, account: u32, network: u32, from: Millis, to: Millis) -> bool {
        self.rights.get(&(account, network)).is_some_and(|rights| {
            let first = rights.partition_point(|at| *at < from);
            rights.get(first).is_some_and(|at| *at <= to)
        })
    }

    /// A failure where its network is not at home.
    pub(super) fn is_strange(&self, row: &Try) -> bool {
        let (from, to) = (row.at.before(AT_HOME), row.at.after(AT_HOME));
        row.is_failure() && !self.signs_in(row.account, row.network, from, to)
    }
}

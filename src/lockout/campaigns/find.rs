//! From runs to campaigns: which of them are one, what each of them came to. The rules themselves are
//! next door.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::rules::{Run, floods, sieges, sprays};
use super::traffic::{Met, Traffic};
use super::{APART, FEWEST_TRIES, Kind, SLOT, locks};
use crate::model::Millis;

/// A siege is part of something larger when this part of its networks fails elsewhere too, in percent.
const SHARED_PERCENT: usize = 20;
/// So many sieges at once are one campaign, also when none of their networks is used twice.
const SIEGES_AT_ONCE: usize = 5;

/// A lock that a campaign caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignLock {
    pub account: String,
    /// Nobody has this name.
    pub nobody: bool,
    pub since: Millis,
}

/// Failures that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    pub kind: Kind,
    pub from: Millis,
    pub to: Millis,
    /// Tries by slot (instant / [`SLOT`]), refused ones included.
    pub tries: BTreeMap<i64, u64>,
    /// Networks by their tries, the most first.
    pub networks: Vec<(String, u64)>,
    /// Accounts that were tried, and names among them that nobody has.
    pub accounts: usize,
    pub nobodies: usize,
    /// The account with the most tries.
    pub target: String,
    pub sources: usize,
    pub locks: Vec<CampaignLock>,
    /// Accounts that were signed in to meanwhile from the campaign's networks, or, at a siege, from
    /// anywhere, where nobody had done so before: each is worth a look.
    pub signed_in: Vec<String>,
}

impl Campaign {
    /// All tries.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.tries.values().sum()
    }
}

/// What one look has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What began before is known by its end only.
    pub from: Millis,
    /// By their beginning.
    pub campaigns: Vec<Campaign>,
    /// Accounts and beginnings of the locks to which nothing led before what was looked at: whose they
    /// are is certain. Of the others an earlier look knew more.
    pub judged: HashSet<(String, Millis)>,
}

/// The campaigns in `traffic` since `from`. What lies before says only who is at home where: without a
/// day of it a failure early in the window is a stranger's too easily.
#[must_use]
pub fn find(traffic: &Traffic, from: Millis) -> Found {
    let all = traffic.tries.iter().enumerate().filter(|(_, row)| row.at >= from);
    let strange: Vec<usize> =
        all.filter(|(_, row)| traffic.is_strange(row)).map(|(place, _)| place).collect();
    let mut taken: HashSet<usize> = HashSet::new();
    let mut free = |runs: &[Run], strange: &[usize]| -> Vec<usize> {
        taken.extend(runs.iter().flat_map(|run| &run.tries));
        strange.iter().copied().filter(|place| !taken.contains(place)).collect()
    };
    let sprays = sprays(traffic, &strange);
    let rest = free(&sprays, &strange);
    let sieges = sieges(traffic, &rest);
    // A slot is as hot as all that came in it, but a try is of one run only.
    let mut floods = floods(traffic, &rest, from);
    let left: HashSet<usize> = free(&sieges, &rest).into_iter().collect();
    for flood in &mut floods {
        flood.tries.retain(|place| left.contains(place));
    }
    let (alone, shared) = told_apart(traffic, &rest, sieges);
    let mut runs: Vec<(Kind, Run)> = Vec::new();
    runs.extend(together(sprays).into_iter().map(|run| (Kind::Spray, run)));
    runs.extend(alone.into_iter().map(|run| (Kind::OneAccount, run)));
    let wide = shared.into_iter().chain(floods).collect();
    runs.extend(together(wide).into_iter().map(|run| (Kind::Distributed, run)));
    runs.sort_by_key(|(kind, run)| (run.from, *kind));
    summed_up(traffic, runs, from)
}

/// Sieges that stand alone, and those that are part of something larger.
fn told_apart(traffic: &Traffic, rest: &[usize], sieges: Vec<Run>) -> (Vec<Run>, Vec<Run>) {
    let mut seen: HashMap<u32, Vec<(Millis, u32)>> = HashMap::new();
    for row in rest.iter().filter_map(|place| traffic.tries.get(*place)) {
        seen.entry(row.network).or_default().push((row.at, row.account));
    }
    let shares = |run: &Run| {
        let rows = run.tries.iter().filter_map(|place| traffic.tries.get(*place));
        let networks: HashMap<u32, u32> = rows.map(|row| (row.network, row.account)).collect();
        let (from, to) = (run.from.before(APART), run.to.after(APART));
        let elsewhere = networks.iter().filter(|(network, account)| {
            let seen = seen.get(network).map(Vec::as_slice).unwrap_or_default();
            let later = seen.iter().skip(seen.partition_point(|(at, _)| *at < from));
            let mut within = later.take_while(|(at, _)| *at <= to);
            within.any(|(_, other)| other != *account)
        });
        elsewhere.count().saturating_mul(100) >= networks.len().saturating_mul(SHARED_PERCENT)
    };
    let (mut shared, alone): (Vec<Run>, Vec<Run>) = sieges.into_iter().partition(shares);
    let mut stay = Vec::new();
    for cluster in clusters(alone) {
        if cluster.len() >= SIEGES_AT_ONCE {
            shared.extend(cluster);
        } else {
            stay.extend(cluster);
        }
    }
    (stay, shared)
}

/// Runs that touch, in groups.
fn clusters(mut runs: Vec<Run>) -> Vec<Vec<Run>> {
    runs.sort_by_key(|run| run.from);
    let mut found: Vec<(Run, Vec<Run>)> = Vec::new();
    for run in runs {
        match found.last_mut() {
            Some((whole, members)) if whole.touches(&run) => {
                whole.to = whole.to.max(run.to);
                members.push(run);
            }
            _ => found.push((run.clone(), vec![run])),
        }
    }
    found.into_iter().map(|(_, members)| members).collect()
}

/// Runs that touch, as one.
fn together(runs: Vec<Run>) -> Vec<Run> {
    let joined = clusters(runs).into_iter().map(|members| {
        let mut whole = Run::default();
        let mut members = members.into_iter();
        if let Some(first) = members.next() {
            whole = first;
        }
        for member in members {
            whole.from = whole.from.min(member.from);
            whole.to = whole.to.max(member.to);
            whole.tries.extend(member.tries);
        }
        whole.tries.sort_unstable();
        whole
    });
    joined.collect()
}

fn summed_up(traffic: &Traffic, runs: Vec<(Kind, Run)>, from: Millis) -> Found {
    let mut of: Vec<Option<usize>> = vec![None; traffic.tries.len()];
    let mut campaigns = Vec::new();
    for (kind, run) in runs {
        let campaign = sum_up(traffic, kind, &run);
        if campaign.total() < FEWEST_TRIES {
            continue;
        }
        for place in &run.tries {
            if let Some(of) = of.get_mut(*place) {
                *of = Some(campaigns.len());
            }
        }
        campaigns.push(campaign);
    }
    let judged = locks::assign(traffic, &of, &mut campaigns, from);
    let arrivals = Arrivals::of(traffic);
    for campaign in &mut campaigns {
        campaign.signed_in = arrivals.during(campaign);
    }
    Found { from, campaigns, judged }
}

fn sum_up(traffic: &Traffic, kind: Kind, run: &Run) -> Campaign {
    let mut networks: HashMap<u32, u64> = HashMap::new();
    let mut accounts: HashMap<u32, u64> = HashMap::new();
    let mut sources = HashSet::new();
    let mut tries: BTreeMap<i64, u64> = BTreeMap::new();
    for row in run.tries.iter().filter_map(|place| traffic.tries.get(*place)) {
        let times = u64::from(row.times);
        for sum in [
            networks.entry(row.network).or_default(),
            accounts.entry(row.account).or_default(),
            tries.entry(row.at.0.div_euclid(SLOT.0)).or_default(),
        ] {
            *sum = sum.saturating_add(times);
        }
        sources.insert(row.source);
    }
    let mut named: Vec<(String, u64)> = networks
        .into_iter()
        .map(|(number, sum)| (traffic.network(number).to_owned(), sum))
        .collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let target = accounts.iter().max_by_key(|(number, sum)| (**sum, std::cmp::Reverse(**number)));
    let nobodies = accounts.keys().filter(|number| traffic.account(**number).1).count();
    Campaign {
        kind,
        from: run.from,
        to: run.to,
        tries,
        networks: named,
        accounts: accounts.len(),
        nobodies,
        target: target
            .map_or_else(String::new, |(number, _)| traffic.account(*number).0.to_owned()),
        sources: sources.len(),
        locks: Vec::new(),
        signed_in: Vec::new(),
    }
}

/// The first time that somebody signed in to an account from a network.
#[derive(Debug, Clone, Copy)]
struct Arrival<'a> {
    /// Among all tries.
    place: usize,
    at: Millis,
    account: &'a str,
}

/// All of them, each list in the order of time: every campaign asks for its own networks only.
#[derive(Debug, Default)]
struct Arrivals<'a> {
    from_network: HashMap<&'a str, Vec<Arrival<'a>>>,
    to_account: HashMap<&'a str, Vec<Arrival<'a>>>,
}

impl<'a> Arrivals<'a> {
    fn of(traffic: &'a Traffic) -> Self {
        let (mut all, mut known) = (Self::default(), HashSet::new());
        let rights = traffic.tries.iter().enumerate().filter(|(_, row)| row.met == Met::Right);
        for (place, row) in rights {
            if known.insert((row.account, row.network)) {
                let (account, _) = traffic.account(row.account);
                let arrival = Arrival { place, at: row.at, account };
                all.from_network.entry(traffic.network(row.network)).or_default().push(arrival);
                all.to_account.entry(account).or_default().push(arrival);
            }
        }
        all
    }

    /// Accounts that somebody has arrived at while a campaign went on, in that order.
    fn during(&self, campaign: &Campaign) -> Vec<String> {
        let (from, to) = (campaign.from, campaign.to.after(APART));
        let of_networks = campaign.networks.iter();
        let of_networks = of_networks.map(|(name, _)| self.from_network.get(name.as_str()));
        let target = (campaign.kind == Kind::OneAccount)
            .then(|| self.to_account.get(campaign.target.as_str()));
        let mut found: Vec<Arrival<'_>> = Vec::new();
        for list in of_networks.chain(target).flatten() {
            let first = list.partition_point(|arrival| arrival.at < from);
            let during = list.iter().skip(first).take_while(|arrival| arrival.at <= to);
            found.extend(during);
        }
        found.sort_unstable_by_key(|arrival| arrival.place);
        let mut named = HashSet::new();
        found.retain(|arrival| named.insert(arrival.account));
        found.into_iter().map(|arrival| arrival.account.to_owned()).collect()
    }
}

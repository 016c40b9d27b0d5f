//! The three rules: runs of strangers' failures that no slip explains. Knows nothing of what becomes
//! of a run.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::traffic::{Traffic, Try};
use super::{APART, AT_HOME, SLOT};
use crate::model::Millis;

/// Accounts that one network has to fail at within an hour.
const SPRAYED: usize = 5;
/// A network is an office, not a spray, when it signs in to more than this part of its accounts.
const OFFICE_PART: usize = 4;
/// Networks that have to fail at one account within an hour.
const BESIEGED: usize = 3;
/// A slot is hot above so many times the usual, and so many more.
const HOT_TIMES: u64 = 4;
const HOT_MORE: u64 = 10;

/// Tries that belong together, by their places in the traffic, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Run {
    pub tries: Vec<usize>,
    pub from: Millis,
    pub to: Millis,
}

impl Run {
    fn of(tries: Vec<usize>, traffic: &Traffic) -> Option<Self> {
        let at = |place: Option<&usize>| traffic.tries.get(*place?).map(|row| row.at);
        let (from, to) = (at(tries.first())?, at(tries.last())?);
        Some(Self { tries, from, to })
    }

    /// Less than an hour lies between them.
    pub fn touches(&self, other: &Self) -> bool {
        self.from <= other.to.after(APART) && other.from <= self.to.after(APART)
    }
}

/// The places of these tries, by what `key` says of them.
fn by_key(
    traffic: &Traffic,
    places: &[usize],
    key: impl Fn(&Try) -> u32,
) -> BTreeMap<u32, Vec<usize>> {
    let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for place in places {
        if let Some(row) = traffic.tries.get(*place) {
            found.entry(key(row)).or_default().push(*place);
        }
    }
    found
}

/// Cut wherever nothing happened for an hour.
fn runs(traffic: &Traffic, places: Vec<usize>) -> Vec<Run> {
    let (mut found, mut current) = (Vec::new(), Vec::new());
    let mut last: Option<Millis> = None;
    for place in places {
        let Some(row) = traffic.tries.get(place) else { continue };
        if last.is_some_and(|last| row.at > last.after(APART)) {
            found.extend(Run::of(std::mem::take(&mut current), traffic));
        }
        last = Some(row.at);
        current.push(place);
    }
    found.extend(Run::of(current, traffic));
    found
}

/// Whether some hour of the run has `enough` different things.
fn crowded(traffic: &Traffic, run: &Run, enough: usize, key: impl Fn(&Try) -> u32) -> bool {
    let mut within: HashMap<u32, usize> = HashMap::new();
    let mut tail = run.tries.iter().filter_map(|place| traffic.tries.get(*place)).peekable();
    for row in run.tries.iter().filter_map(|place| traffic.tries.get(*place)) {
        *within.entry(key(row)).or_default() += 1;
        while let Some(old) = tail.next_if(|old| row.at > old.at.after(APART)) {
            if let Some(times) = within.get_mut(&key(old)) {
                *times = times.saturating_sub(1);
                if *times == 0 {
                    within.remove(&key(old));
                }
            }
        }
        if within.len() >= enough {
            return true;
        }
    }
    false
}

/// One network at many accounts.
pub(super) fn sprays(traffic: &Traffic, strange: &[usize]) -> Vec<Run> {
    let mut signed_in: HashMap<u32, Vec<(Millis, u32)>> = HashMap::new();
    for row in traffic.tries.iter().filter(|row| !row.is_failure()) {
        signed_in.entry(row.network).or_default().push((row.at, row.account));
    }
    let is_office = |network: u32, run: &Run| {
        let (from, to) = (run.from.before(AT_HOME), run.to.after(AT_HOME));
        let rights = signed_in.get(&network).map(Vec::as_slice).unwrap_or_default();
        let later = rights.iter().skip(rights.partition_point(|(at, _)| *at < from));
        let own: HashSet<u32> =
            later.take_while(|(at, _)| *at <= to).map(|(_, account)| *account).collect();
        let strangers: HashSet<u32> = run
            .tries
            .iter()
            .filter_map(|place| traffic.tries.get(*place))
            .map(|row| row.account)
            .collect();
        own.len().saturating_mul(OFFICE_PART) > strangers.len()
    };
    let mut found = Vec::new();
    for (network, places) in by_key(traffic, strange, |row| row.network) {
        let of_network = runs(traffic, places).into_iter();
        found.extend(of_network.filter(|run| {
            crowded(traffic, run, SPRAYED, |row| row.account) && !is_office(network, run)
        }));
    }
    found
}

/// Many networks at one account.
pub(super) fn sieges(traffic: &Traffic, strange: &[usize]) -> Vec<Run> {
    by_key(traffic, strange, |row| row.account)
        .into_values()
        .flat_map(|places| runs(traffic, places))
        .filter(|run| crowded(traffic, run, BESIEGED, |row| row.network))
        .collect()
}

/// Slots with far more failures than usual of networks that sign nobody in.
pub(super) fn floods(traffic: &Traffic, strange: &[usize], from: Millis) -> Vec<Run> {
    let slot = |at: Millis| at.0.div_euclid(SLOT.0);
    let homeless = strange
        .iter()
        .filter_map(|place| traffic.tries.get(*place).map(|row| (*place, row)))
        .filter(|(_, row)| !traffic.is_home(row.network));
    let mut slots: BTreeMap<i64, (u64, Vec<usize>)> = BTreeMap::new();
    for (place, row) in homeless {
        let (count, places) = slots.entry(slot(row.at)).or_default();
        *count = count.saturating_add(u64::from(row.times));
        places.push(place);
    }
    let ends = traffic.tries.first().zip(traffic.tries.last());
    let Some((first, last)) = ends.map(|(first, last)| (slot(first.at.max(from)), slot(last.at)))
    else {
        return Vec::new();
    };
    let usual = median(slots.values().map(|(count, _)| *count).collect(), first, last);
    let limit = usual.saturating_mul(HOT_TIMES).saturating_add(HOT_MORE);
    let hot = slots.into_values().filter(|(count, _)| *count > limit);
    runs(traffic, hot.flat_map(|(_, places)| places).collect())
}

/// Of all slots from `first` to `last`; those without a line had nothing.
fn median(mut counts: Vec<u64>, first: i64, last: i64) -> u64 {
    let slots = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(1);
    counts.sort_unstable();
    let empty = slots.saturating_sub(counts.len());
    (slots / 2).checked_sub(empty).and_then(|place| counts.get(place)).copied().unwrap_or(0)
}

//! Whose lock a lock is: a campaign's when most of the failures that led to it are. Changes no run.

use std::collections::{HashMap, HashSet, VecDeque};

use super::traffic::{Met, Traffic};
use super::{Campaign, CampaignLock, Kind};
use crate::model::Millis;

/// Failures that a lock is judged by: with a count that is kept, hundreds can lie before it.
const JUDGED_BY: usize = 20;
/// A lock of a distributed campaign has failures from so many networks: else an owner who locks
/// himself out in the same minutes would be taken for one of its victims.
const NETWORKS: usize = 3;

/// Gives each lock to the campaign that it is of. `of` says for each try which campaign has it. Returns
/// the locks to which nothing led before `from`.
pub(super) fn assign(
    traffic: &Traffic,
    of: &[Option<usize>],
    campaigns: &mut [Campaign],
    from: Millis,
) -> HashSet<(String, Millis)> {
    let mut led: HashMap<u32, VecDeque<usize>> = HashMap::new();
    let mut judged = HashSet::new();
    for (place, row) in traffic.tries.iter().enumerate() {
        match row.met {
            Met::Refused => {}
            Met::Right => {
                led.remove(&row.account);
            }
            Met::Wrong | Met::Locked => {
                let led = led.entry(row.account).or_default();
                led.push_back(place);
                if led.len() > JUDGED_BY {
                    led.pop_front();
                }
                if row.met != Met::Locked {
                    continue;
                }
                let (account, nobody) = traffic.account(row.account);
                let (account, since) = (account.to_owned(), row.at);
                let first = led.front().and_then(|place| traffic.tries.get(*place));
                if first.is_some_and(|first| first.at >= from) {
                    judged.insert((account.clone(), since));
                }
                if let Some(campaign) = judge(traffic, of, led, campaigns)
                    && let Some(campaign) = campaigns.get_mut(campaign)
                {
                    campaign.locks.push(CampaignLock { account, nobody, since });
                }
            }
        }
    }
    judged
}

fn judge(
    traffic: &Traffic,
    of: &[Option<usize>],
    led: &VecDeque<usize>,
    campaigns: &[Campaign],
) -> Option<usize> {
    let mut by_campaign: HashMap<usize, Vec<usize>> = HashMap::new();
    for place in led {
        if let Some(campaign) = of.get(*place).copied().flatten() {
            by_campaign.entry(campaign).or_default().push(*place);
        }
    }
    let known: usize = by_campaign.values().map(Vec::len).sum();
    if known.saturating_mul(2) <= led.len() {
        return None;
    }
    let most = by_campaign.into_iter().max_by_key(|(number, of)| (of.len(), usize::MAX - number));
    let (campaign, places) = most?;
    let rows = places.iter().filter_map(|place| traffic.tries.get(*place));
    let networks: HashSet<u32> = rows.map(|row| row.network).collect();
    match campaigns.get(campaign)?.kind {
        Kind::Distributed if networks.len() < NETWORKS => None,
        Kind::Distributed | Kind::Spray | Kind::OneAccount => Some(campaign),
    }
}

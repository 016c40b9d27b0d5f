//! Whom a campaign tried and from which addresses, as the log of its time has it. A campaign's row has
//! numbers and no list of all that is in it: its tries are told apart again by its networks or its
//! target, among so many of the newest. Reads only; what a campaign is, `lockout::campaigns` decides.

use std::collections::{HashMap, HashSet};

use super::attack_watch::sighting;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::campaigns::{AT_HOME, Met, Sighting};
use crate::model::{AttemptId, Millis, Source, Span, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::AttemptDecision;
use crate::store::campaigns::{CampaignKind, CampaignRow};
use crate::store::recorded::RecordedSum;

/// Tries, and sums of refused ones, that are looked at: the newest of the campaign's time.
pub const TRAIL_ROWS: i64 = 5_000;
/// An attempt's id is made before it waits for its turn.
const LATE: Span = Span::MINUTE;
/// Tries at the target of a siege among which its owner's sign-ins are looked for.
const OWNERS: i64 = 200;
/// Addresses and accounts that are named, those with the newest last try.
const NAMED: usize = 25;

/// What was tried from somewhere, or at somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Refused ones included.
    pub tries: u64,
    /// To the minute where it was refused.
    pub last_at: Millis,
}

/// The addresses and accounts of a campaign, those of the newest last try first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignTrail {
    /// At most 25.
    pub sources: Vec<(Source, Tally)>,
    /// How many there are.
    pub all_sources: usize,
    /// At most 25; names that nobody has are not among them.
    pub users: Vec<(UserId, Tally)>,
    pub all_users: usize,
    /// Names that nobody has, as one: how many, and what was tried at them.
    pub nobodies: Option<(usize, Tally)>,
    /// There is more on record than was looked at.
    pub cut: bool,
}

impl Tenants {
    /// The addresses and accounts of a campaign, in the newest 5,000 tries of its time and as many sums of
    /// refused ones. Empty where the log does not reach back so far.
    ///
    /// # Errors
    /// As any read.
    pub async fn campaign_trail(
        &self,
        profile: &TenantProfile,
        row: &CampaignRow,
    ) -> Result<CampaignTrail, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let (from, end) = (row.began_at.before(LATE), AttemptId::floor(row.last_at.after(LATE)));
        let tries = reader.newest_tries(tenant.clone(), from, end, TRAIL_ROWS).await?;
        let minute = |at: Millis| at.0.div_euclid(Span::MINUTE.0);
        let (first, last) = (minute(row.began_at), minute(row.last_at));
        let sums = reader.newest_sums(tenant.clone(), first, last, TRAIL_ROWS).await?;
        let full = |read: usize| i64::try_from(read).is_ok_and(|read| read >= TRAIL_ROWS);
        let cut = full(tries.len()) || full(sums.len());
        let during = |seen: &Sighting<'_>| seen.at >= row.began_at && seen.at <= row.last_at;
        let tries = tries.iter().filter_map(sighting).filter(during);
        let seen: Vec<Sighting<'_>> = tries.chain(sums.iter().map(refused)).collect();
        let known = self.owner_of(profile, row).await?;
        Ok(CampaignTrail { cut, ..gathered(&Marks::from(row), &seen, known) })
    }

    /// Of a siege: the networks that its target's owner signs in from, which only slipped there.
    async fn owner_of(
        &self,
        profile: &TenantProfile,
        row: &CampaignRow,
    ) -> Result<HashSet<String>, TenantFault> {
        let target = UserId::parse(&row.target).filter(|_| row.kind == CampaignKind::OneAccount);
        let Some(target) = target else { return Ok(HashSet::new()) };
        let (from, to) = (row.began_at.before(AT_HOME), row.last_at.after(AT_HOME));
        let subject = SubjectKey::user(&target);
        let tries = self.inner.reader.attempts_of(profile.id().clone(), subject, OWNERS).await?;
        let right = |decision: AttemptDecision| {
            matches!(decision, AttemptDecision::Completed | AttemptDecision::Verified)
        };
        let at_home = tries.iter().filter(|row| row.at >= from && row.at <= to);
        Ok(at_home
            .filter(|row| right(row.decision))
            .filter_map(|row| row.source.network())
            .collect())
    }
}

fn refused(sum: &RecordedSum) -> Sighting<'_> {
    Sighting {
        at: Millis(sum.minute.saturating_mul(Span::MINUTE.0)),
        account: sum.subject.as_str(),
        nobody: sum.subject.is_phantom(),
        source: &sum.source,
        met: Met::Refused,
        times: u32::try_from(sum.tries).unwrap_or(u32::MAX),
    }
}

/// By what the tries of a campaign are known.
struct Marks<'a> {
    kind: CampaignKind,
    target: &'a str,
    /// The largest.
    named: HashSet<String>,
    /// All.
    networks: i64,
}

impl<'a> From<&'a CampaignRow> for Marks<'a> {
    fn from(row: &'a CampaignRow) -> Self {
        let named = row.largest().into_iter().map(|(network, _)| network).collect();
        Self { kind: row.kind, target: &row.target, named, networks: row.networks }
    }
}

/// Sums up what is the campaign's; `owners` are the networks of the owner of its target.
fn gathered(of: &Marks<'_>, seen: &[Sighting<'_>], owners: HashSet<String>) -> CampaignTrail {
    let (mut homes, mut rights) = (HashSet::new(), HashSet::new());
    rights.extend(owners.into_iter().map(|network| (of.target, network)));
    for one in seen.iter().filter(|one| one.met == Met::Right) {
        if let Some(network) = one.source.network() {
            homes.insert(network.clone());
            rights.insert((one.account, network));
        }
    }
    // Of many networks the largest are named; the others are those from which nobody signs in.
    let whole = i64::try_from(of.named.len()).is_ok_and(|named| named >= of.networks);
    let is_part = |one: &Sighting<'_>| {
        let Some(network) = one.source.network() else { return false };
        let of_campaign = match of.kind {
            CampaignKind::OneAccount => one.account == of.target,
            CampaignKind::Spray | CampaignKind::Distributed => {
                of.named.contains(&network) || (!whole && !homes.contains(&network))
            }
        };
        of_campaign && one.met != Met::Right && !rights.contains(&(one.account, network))
    };
    let mut sources: HashMap<&Source, Tally> = HashMap::new();
    let mut users: HashMap<UserId, Tally> = HashMap::new();
    let mut names: HashSet<&str> = HashSet::new();
    let mut nobodies: Option<Tally> = None;
    for one in seen.iter().filter(|one| is_part(one)) {
        let tally = Tally { tries: u64::from(one.times), last_at: one.at };
        add(sources.entry(one.source).or_insert(NOTHING), tally);
        match UserId::parse(one.account).filter(|_| !one.nobody) {
            Some(user) => add(users.entry(user).or_insert(NOTHING), tally),
            None => {
                names.insert(one.account);
                add(nobodies.get_or_insert(NOTHING), tally);
            }
        }
    }
    let (all_sources, all_users) = (sources.len(), users.len());
    CampaignTrail {
        sources: newest(sources.into_iter().map(|(source, tally)| (source.clone(), tally))),
        all_sources,
        users: newest(users.into_iter()),
        all_users,
        nobodies: nobodies.map(|tally| (names.len(), tally)),
        cut: false,
    }
}

const NOTHING: Tally = Tally { tries: 0, last_at: Millis(i64::MIN) };

fn add(sum: &mut Tally, more: Tally) {
    sum.tries = sum.tries.saturating_add(more.tries);
    sum.last_at = sum.last_at.max(more.last_at);
}

/// Those of the newest last try; of one instant those with the most tries.
fn newest<T: Ord>(all: impl Iterator<Item = (T, Tally)>) -> Vec<(T, Tally)> {
    let mut all: Vec<(T, Tally)> = all.collect();
    all.sort_by(|(a, of_a), (b, of_b)| {
        (of_b.last_at, of_b.tries).cmp(&(of_a.last_at, of_a.tries)).then_with(|| a.cmp(b))
    });
    all.truncate(NAMED);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried<'a>(at: i64, account: &'a str, source: &'a Source, met: Met) -> Sighting<'a> {
        let nobody = account.starts_with("p:");
        Sighting { at: Millis(at), account, nobody, source, met, times: 2 }
    }

    fn source(text: &str) -> Source {
        Source::from_stored(text.to_owned())
    }

    fn marks<'a>(kind: CampaignKind, target: &'a str, named: &str, networks: i64) -> Marks<'a> {
        Marks { kind, target, named: HashSet::from([named.to_owned()]), networks }
    }

    fn addresses(trail: &CampaignTrail) -> Vec<&str> {
        trail.sources.iter().map(|(source, _)| source.as_str()).collect()
    }

    #[test]
    fn a_spray_is_what_came_from_its_networks_and_nobodys_names_are_one() {
        let (bad, worse, home) = (source("192.0.2.1"), source("192.0.2.9"), source("198.51.100.7"));
        let seen = [
            tried(1, "user_2a", &bad, Met::Wrong),
            tried(2, "user_2b", &bad, Met::Locked),
            tried(3, "p:1", &worse, Met::Refused),
            tried(4, "p:2", &worse, Met::Wrong),
            // Signs in from there, and slipped before.
            tried(5, "user_2c", &bad, Met::Wrong),
            tried(6, "user_2c", &bad, Met::Right),
            tried(7, "user_2d", &home, Met::Wrong),
        ];
        let spray = marks(CampaignKind::Spray, "user_2a", "192.0.2.*", 1);
        let found = gathered(&spray, &seen, HashSet::new());
        assert_eq!(addresses(&found), ["192.0.2.9", "192.0.2.1"]);
        let users: Vec<&str> = found.users.iter().map(|(user, _)| user.as_str()).collect();
        assert_eq!(users, ["user_2b", "user_2a"]);
        assert_eq!(found.nobodies, Some((2, Tally { tries: 4, last_at: Millis(4) })));
        assert_eq!((found.all_sources, found.all_users), (2, 2));
    }

    #[test]
    fn a_siege_is_what_came_to_its_target_but_for_its_owner() {
        let (bad, home) = (source("192.0.2.1"), source("198.51.100.7"));
        let seen = [
            tried(1, "user_2a", &bad, Met::Wrong),
            tried(2, "user_2a", &home, Met::Wrong),
            tried(3, "user_2b", &bad, Met::Wrong),
        ];
        let siege = marks(CampaignKind::OneAccount, "user_2a", "192.0.2.*", 1);
        let owners = HashSet::from(["198.51.100.*".to_owned()]);
        let found = gathered(&siege, &seen, owners);
        assert_eq!((addresses(&found), found.all_users), (vec!["192.0.2.1"], 1));
    }

    #[test]
    fn of_many_networks_those_belong_from_which_nobody_signs_in_and_few_are_named() {
        let all: Vec<Source> = (0..60).map(|n| source(&format!("10.0.{n}.1"))).collect();
        let mut seen: Vec<Sighting<'_>> =
            all.iter().zip(1..).map(|(from, at)| tried(at, "user_2a", from, Met::Wrong)).collect();
        let home = source("198.51.100.7");
        seen.push(tried(90, "user_2b", &home, Met::Right));
        seen.push(tried(91, "user_2a", &home, Met::Wrong));
        let wide = marks(CampaignKind::Distributed, "user_2a", "10.0.0.*", 60);
        let found = gathered(&wide, &seen, HashSet::new());
        assert_eq!((found.sources.len(), found.all_sources), (NAMED, 60));
        assert_eq!(found.sources.first().map(|(_, tally)| tally.last_at), Some(Millis(60)));
    }
}

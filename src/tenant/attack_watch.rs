//! Looks for campaigns in the last day of a tenant that is being failed at, and undoes the locks that
//! one has caused. What a campaign is, `lockout::campaigns` decides.

use std::str::FromStr as _;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::json;

use super::locks::{AT_ONCE, ByHand, OnlyIf, Skip};
use super::profile::TenantProfile;
use super::tally::Added;
use super::{TenantFault, Tenants};
use crate::lockout::campaigns::{AT_HOME, Met, Sighting, TrafficBuilder, find};
use crate::model::{AttemptId, Authenticator, CampaignId, Lane, Millis, Recent, Span, TenantId};
use crate::store::StoreError;
use crate::store::attempts::AttemptDecision;
use crate::store::audit::Deed;
use crate::store::campaigns::{CampaignLockRow, Undone};
use crate::store::recorded::RecordedTry;

/// Failures that are worth a look.
const WORTH_A_LOOK: i64 = 20;
/// Fewer are looked at so often.
const AT_LEAST: Duration = Duration::from_secs(600);
/// Tries that are looked at; of more, the newest.
const MOST_TRIES: usize = 200_000;
/// Sums of refused tries beside them.
const MOST_SUMS: usize = 50_000;
/// A look that reads so many rows is followed by a minute without one: where many tenants are under
/// attack on one node, the rounds of upkeep, and so the alerts, come nevertheless.
const ROWS_A_MINUTE: usize = 20_000;
/// Tenants of which it is remembered when they were looked at.
const TENANTS: usize = 4_096;

/// What has come since a tenant was looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    failures: i64,
    /// By the monotonic clock.
    looked: Duration,
    /// For how long there is no next look.
    rest: Duration,
}

/// What is looked at: the newest part of two days, of which `cut` says when it begins where there was
/// too much to read, and how many rows it was.
struct Days {
    traffic: TrafficBuilder,
    cut: Option<Millis>,
    read: usize,
}

fn rest_after(read: usize) -> Duration {
    let minutes = u32::try_from(read.div_euclid(ROWS_A_MINUTE)).unwrap_or(u32::MAX);
    Duration::from_secs(60).saturating_mul(minutes)
}

/// When to look again, of every tenant that was failed at lately.
pub(super) struct Watch(Mutex<Recent<TenantId, Waiting>>);

impl Default for Watch {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(TENANTS)))
    }
}

/// What came of undoing a campaign's locks, or a part of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UndoneLocks {
    pub unlocked: usize,
    /// Those that had ended before, whose users were locked again since, or are gone.
    pub left: usize,
    /// There are more to undo.
    pub more: bool,
}

impl UndoneLocks {
    const fn handled(self) -> usize {
        self.unlocked.saturating_add(self.left)
    }
}

impl Tenants {
    /// Looks for campaigns if enough has come since the last look.
    pub(super) async fn watch(&self, tenant: &TenantId, added: Added) -> Result<(), StoreError> {
        if !self.is_due(tenant, added) {
            return Ok(());
        }
        let read = self.search(tenant).await?;
        if let Some(waiting) = self.inner.watch.0.lock().get(tenant) {
            waiting.rest = rest_after(read);
        }
        Ok(())
    }

    /// Looks for campaigns now: also in tries that are too young to be summed up. How many rows it
    /// read.
    pub(super) async fn search(&self, tenant: &TenantId) -> Result<usize, StoreError> {
        let now = self.inner.clock.now();
        let Days { traffic, cut, read } = self.last_days(tenant, now).await?;
        if traffic.is_empty() {
            return Ok(read);
        }
        let day_ago = now.before(AT_HOME);
        let from = cut.map_or(day_ago, |cut| cut.max(day_ago));
        let search = move || find(&traffic.finish(), from);
        let Ok(mut found) = self.inner.runtime.spawn_blocking(search).await else {
            tracing::error!("the search for campaigns did not finish");
            return Ok(read);
        };
        if cut.is_some() {
            // Who was at home is not known of a whole day: an earlier look may have known better.
            found.judged.clear();
        }
        let underway = self.inner.reader.campaign_underway(tenant.clone(), from);
        if found.campaigns.is_empty() && underway.await?.is_none() {
            return Ok(read);
        }
        let fresh = self.inner.store.keep_campaigns(tenant.clone(), found).await?;
        for id in fresh {
            tracing::warn!(tenant = %tenant, campaign = %id, "a campaign of guesses was found");
        }
        Ok(read)
    }

    fn is_due(&self, tenant: &TenantId, added: Added) -> bool {
        let now = self.inner.clock.monotonic();
        let mut watched = self.inner.watch.0.lock();
        let mut waiting = watched.get(tenant).copied().unwrap_or_default();
        waiting.failures = waiting.failures.saturating_add(added.failures);
        let since = now.saturating_sub(waiting.looked);
        let late = since >= AT_LEAST;
        let enough = waiting.failures >= WORTH_A_LOOK || (late && waiting.failures > 0);
        let due = enough && since >= waiting.rest;
        if due {
            waiting = Waiting { looked: now, ..Waiting::default() };
        }
        if due || waiting.failures > 0 {
            watched.insert(tenant.clone(), waiting);
        }
        due
    }

    /// The last two days, of which the first says who is at home in the second; where there is too much
    /// to read, its newest part and when that begins.
    async fn last_days(&self, tenant: &TenantId, now: Millis) -> Result<Days, StoreError> {
        let reader = &self.inner.reader;
        let from = now.before(AT_HOME);
        let (mut read, mut cut) = (0_usize, None);
        let mut traffic = TrafficBuilder::default();
        let mut before = AttemptId::floor(now.after(Span::MINUTE));
        while read < MOST_TRIES {
            let home = from.before(AT_HOME);
            let page = reader.recorded_tries(tenant.clone(), home, before.clone()).await?;
            let Some(last) = page.last() else {
                cut = None;
                break;
            };
            before = last.id.clone();
            cut = Some(last.at);
            read = read.saturating_add(page.len());
            for seen in page.iter().filter_map(sighting) {
                traffic.saw(&seen);
            }
        }
        let minute = |at: Millis| at.0.div_euclid(Span::MINUTE.0);
        let (mut after, mut rows) = (None, 0_usize);
        while rows < MOST_SUMS {
            let (from, until) = (minute(from), minute(now));
            let page = reader.recorded_sums(tenant.clone(), from, until, after.take()).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.minute, last.subject.clone(), last.source.clone()));
            rows = rows.saturating_add(page.len());
            for row in &page {
                traffic.saw(&Sighting {
                    at: Millis(row.minute.saturating_mul(Span::MINUTE.0)),
                    account: row.subject.as_str(),
                    nobody: row.subject.is_phantom(),
                    source: &row.source,
                    met: Met::Refused,
                    times: u32::try_from(row.tries).unwrap_or(u32::MAX),
                });
            }
        }
        Ok(Days { traffic, cut, read: read.saturating_add(rows) })
    }

    /// Unlocks users whom a campaign has locked and who are locked by that very lock still: all of them,
    /// or as many as are done before `patience` is over, and 200 at least. Call again while there are
    /// more. Each 200 are noted with what came of them in one write.
    ///
    /// # Errors
    /// `NotFound` where the tenant has no such campaign; as any write. What was unlocked until then is
    /// noted: calling again goes on there.
    pub async fn undo_campaign(
        &self,
        profile: &TenantProfile,
        id: &CampaignId,
        by: ByHand<'_>,
        patience: Duration,
    ) -> Result<UndoneLocks, TenantFault> {
        let (reader, clock, tenant) = (&self.inner.reader, &self.inner.clock, profile.id());
        let known = reader.campaign(tenant.clone(), id.clone()).await?;
        known.ok_or(TenantFault::NotFound)?;
        let begun = clock.monotonic();
        let mut done = UndoneLocks::default();
        loop {
            let locks = reader.locks_to_undo(tenant.clone(), id.clone()).await?;
            done.more = !locks.is_empty();
            let tired = done.handled() > 0 && clock.monotonic().saturating_sub(begun) >= patience;
            if locks.is_empty() || tired {
                return Ok(done);
            }
            self.undo_locks(profile, id, locks, by, &mut done).await?;
        }
    }

    /// Only the campaign's own locks are ended: staff's, and what came after, stay.
    async fn undo_locks(
        &self,
        profile: &TenantProfile,
        id: &CampaignId,
        locks: Vec<CampaignLockRow>,
        by: ByHand<'_>,
        done: &mut UndoneLocks,
    ) -> Result<(), TenantFault> {
        let (mut undone, mut unlocked) = (Vec::with_capacity(locks.len()), 0_usize);
        let mut fault = None;
        for turn in locks.chunks(AT_ONCE) {
            let turn = turn.iter().map(|lock| (lock.user.clone(), OnlyIf::Since(lock.since)));
            let ended = self.unlock_turn(profile, turn.collect(), by).await;
            for (user, only, skipped) in ended.ended {
                let OnlyIf::Since(since) = only else { continue };
                let became = match skipped {
                    None => Undone::Unlocked,
                    Some(Skip::NotLocked) => Undone::Over,
                    Some(Skip::Another | Skip::ByStaff) => Undone::Relocked,
                    Some(Skip::Gone) => Undone::Gone,
                };
                unlocked = unlocked.saturating_add(usize::from(became == Undone::Unlocked));
                undone.push((user, since, became));
            }
            fault = ended.fault;
            if fault.is_some() {
                break;
            }
        }
        done.unlocked = done.unlocked.saturating_add(unlocked);
        done.left = done.left.saturating_add(undone.len().saturating_sub(unlocked));
        let detail = json!({ "campaign": id.as_str(), "reason": by.reason, "unlocked": unlocked });
        let deed = Deed { actor: by.actor.to_owned(), action: "campaign.undone", detail };
        if !undone.is_empty() {
            self.inner.store.note_undone(profile.id().clone(), id.clone(), undone, deed).await?;
        }
        fault.map_or(Ok(()), Err)
    }
}

/// A try as the search sees it; `None` for what cannot be guessed, and for what came by a device or a
/// pass of its owner: that is no stranger's.
pub(super) fn sighting(row: &RecordedTry) -> Option<Sighting<'_>> {
    let met = match row.decision {
        AttemptDecision::Counted
        | AttemptDecision::UncountedLockoutOff
        | AttemptDecision::UncountedAuthenticator
        | AttemptDecision::UncountedRepeated
        | AttemptDecision::UncountedResetCode => Met::Wrong,
        // A lock of one source keeps nobody else out, and is nothing to undo.
        AttemptDecision::Locked if row.lock_source_only => Met::Wrong,
        AttemptDecision::Locked => Met::Locked,
        AttemptDecision::Refused => Met::Refused,
        AttemptDecision::Completed | AttemptDecision::Verified => Met::Right,
        // One factor of two, or a banned user: neither the owner's mark nor a failure.
        AttemptDecision::Passed | AttemptDecision::Banned => return None,
    };
    let own = !Lane::from_stored(&row.lane).is_public();
    if met != Met::Right && (own || Authenticator::from_str(&row.authenticator).is_err()) {
        return None;
    }
    Some(Sighting {
        at: row.at,
        account: row.subject.as_str(),
        nobody: row.subject.is_phantom(),
        source: &row.source,
        met,
        times: 1,
    })
}

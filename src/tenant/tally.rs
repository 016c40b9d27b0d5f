//! Sums up what tenants were tried with, round by round, from where the last round came to: what the
//! console draws costs the same for a month as for a day. Two nodes may sum the same rows up; one of
//! them writes. Finds no campaign and draws nothing.

use super::Tenants;
use crate::model::{AttemptId, Millis, Span, TenantId, UserId};
use crate::store::StoreError;
use crate::store::attempts::AttemptDecision;
use crate::store::recorded::{RECORDED_PAGE, RecordedSum, RecordedTry};
use crate::store::traffic::{SlotSums, Tally, slot_of};

/// An attempt's id is made before it waits for its turn, so that younger ones may still be committed;
/// nobody waits as long as this.
const SETTLED: Span = Span(2 * Span::MINUTE.0);
/// Sums of refused tries are written once a minute, a little later when the database was away.
const WRITTEN_MINUTES: i64 = 3;
/// What is older when a tenant is first summed up stays out.
const FIRST: Span = Span::DAY.times(30);
/// Tenants of one round; the others have their turn in the next.
const TENANTS_A_ROUND: usize = 2_000;
/// Pages of one tenant in one round: 200,000 tries.
const PAGES_A_ROUND: usize = 20;

/// What a round added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Added {
    pub failures: i64,
}

impl Tenants {
    /// One round: the tenants that are at work here. `written` is when the sums of refused tries were
    /// last written: however long a round lasts, no minute is passed over that is not there yet. What
    /// fails is logged and met again in the next round, and keeps no other tenant waiting.
    pub(super) async fn tally_round(&self, written: Millis) {
        for tenant in self.inner.directory.tenants().into_iter().take(TENANTS_A_ROUND) {
            if let Err(error) = self.tally_one(&tenant, written).await {
                tracing::warn!(tenant = %tenant, error = %error, "tries were not summed up");
            }
        }
    }

    async fn tally_one(&self, tenant: &TenantId, written: Millis) -> Result<(), StoreError> {
        let added = self.tally(tenant, written).await?;
        self.watch(tenant, added).await?;
        self.inner.store.follow_stories(tenant.clone()).await?;
        self.judge_stories(tenant).await?;
        Ok(())
    }

    /// Sums a tenant up as far as everything is written.
    async fn tally(&self, tenant: &TenantId, written: Millis) -> Result<Added, StoreError> {
        let reader = &self.inner.reader;
        let now = self.inner.clock.now();
        let end = AttemptId::floor(now.before(SETTLED));
        let minute = written.0.div_euclid(Span::MINUTE.0).saturating_sub(WRITTEN_MINUTES);
        let mut stood = reader.tally(tenant.clone()).await?;
        let mut added = Added::default();
        for _ in 0..PAGES_A_ROUND {
            let from = stood.clone().unwrap_or_else(|| beginning(now));
            let tries =
                reader.tries_between(tenant.clone(), from.attempt.clone(), end.clone()).await?;
            let full = i64::try_from(tries.len()).is_ok_and(|found| found >= RECORDED_PAGE);
            let mut sums = SlotSums::new();
            for row in &tries {
                add_try(&mut sums, row);
            }
            let mut stands = from.clone();
            if let Some(last) = tries.last() {
                stands.attempt = last.id.clone();
            }
            // Refused tries once, with the last page.
            if !full && minute > from.minute {
                self.add_refused(tenant, (from.minute, minute), &mut sums).await?;
                stands.minute = minute;
            }
            if sums.is_empty() && stood.is_some() {
                break;
            }
            let failures: i64 =
                sums.values().map(|sum| sum.wrongs.saturating_add(sum.refused)).sum();
            let store = &self.inner.store;
            let written =
                store.add_traffic(tenant.clone(), stood, stands.clone(), sums, locked_in(&tries));
            if !written.await? {
                break;
            }
            added.failures = added.failures.saturating_add(failures);
            if !full {
                break;
            }
            stood = Some(stands);
        }
        Ok(added)
    }

    /// Refused tries of the minutes from the first up to, not including, the second.
    async fn add_refused(
        &self,
        tenant: &TenantId,
        (from, until): (i64, i64),
        sums: &mut SlotSums,
    ) -> Result<(), StoreError> {
        let mut after = None;
        for _ in 0..PAGES_A_ROUND {
            let reader = &self.inner.reader;
            let until = until.saturating_sub(1);
            let page = reader.recorded_sums(tenant.clone(), from, until, after.take()).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.minute, last.subject.clone(), last.source.clone()));
            for row in &page {
                add_sum(sums, row);
            }
        }
        Ok(())
    }
}

fn beginning(now: Millis) -> Tally {
    let from = now.before(FIRST);
    Tally {
        attempt: AttemptId::floor(from),
        minute: from.0.div_euclid(Span::MINUTE.0),
        folded: slot_of(from),
    }
}

/// Users whose accounts these tries locked.
fn locked_in(tries: &[RecordedTry]) -> Vec<(UserId, Millis)> {
    let locks =
        tries.iter().filter(|row| row.decision == AttemptDecision::Locked && !row.lock_source_only);
    locks.filter_map(|row| Some((UserId::parse(row.subject.as_str())?, row.at))).collect()
}

fn add_try(sums: &mut SlotSums, row: &RecordedTry) {
    let network = row.source.network().unwrap_or_default();
    let sum = sums.entry((slot_of(row.at), network)).or_default();
    let field = match row.decision {
        AttemptDecision::Locked => {
            sum.locks = sum.locks.saturating_add(1);
            &mut sum.wrongs
        }
        AttemptDecision::Counted
        | AttemptDecision::UncountedLockoutOff
        | AttemptDecision::UncountedAuthenticator
        | AttemptDecision::UncountedRepeated
        | AttemptDecision::UncountedResetCode => &mut sum.wrongs,
        AttemptDecision::Refused => &mut sum.refused,
        AttemptDecision::Passed
        | AttemptDecision::Verified
        | AttemptDecision::Completed
        | AttemptDecision::Banned => &mut sum.rights,
    };
    *field = field.saturating_add(1);
}

fn add_sum(sums: &mut SlotSums, row: &RecordedSum) {
    let at = Millis(row.minute.saturating_mul(Span::MINUTE.0));
    let network = row.source.network().unwrap_or_default();
    let sum = sums.entry((slot_of(at), network)).or_default();
    sum.refused = sum.refused.saturating_add(row.tries);
}

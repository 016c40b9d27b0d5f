//! Whether a lock kept its owner out, for each person who was locked and has signed in again: an owner is
//! who the time machine takes for one, and met the lock by making it or by being refused. Looked at once
//! soon after the sign-in, and where that proves nothing once more a day later, when nothing can prove it
//! any more.

use super::Tenants;
use super::replay_account::{recorded_lock, recorded_try};
use super::time_machine::{add_lock, add_try};
use crate::lockout::time_machine::{LogBuilder, PROVES, owners_own};
use crate::model::{Millis, Span, TenantId};
use crate::store::attempts::{AttemptDecision, AttemptRow};
use crate::store::kept_out::{ToJudge, Verdict};
use crate::store::lock_stories::JUDGED_AFTER;
use crate::store::{StoreError, SubjectKey};

/// Tries, sums of refused ones and facts of an account that are looked at, the newest.
const TRIES: i64 = 200;
const SUMS: i64 = 500;
const FACTS: i64 = 100;

/// An account's log as it grows, and of each row that it was handed whether it met a lock.
#[derive(Default)]
struct Read {
    log: LogBuilder,
    met: Vec<bool>,
}

impl Read {
    fn give(&mut self, met: bool, give: impl FnOnce(&mut LogBuilder)) {
        give(&mut self.log);
        self.met.resize(self.log.len(), met);
    }

    /// Whether a row that met a lock is the owner's for sure.
    fn owner_met(self, account: &str) -> bool {
        let (log, order) = self.log.finish_in_order();
        let met = |number: u32| usize::try_from(number).ok().and_then(|at| self.met.get(at));
        let mut rows = order.into_iter().zip(owners_own(&log, account));
        rows.any(|(number, owners)| owners && met(number) == Some(&true))
    }
}

impl Tenants {
    /// Judges the stories whose turn has come.
    ///
    /// # Errors
    /// As any read or write.
    pub(super) async fn judge_stories(&self, tenant: &TenantId) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let due = self.inner.reader.stories_to_judge(tenant.clone(), now).await?;
        let mut verdicts = Vec::with_capacity(due.len());
        for story in due {
            let kept_out = self.owner_met(tenant, &story).await?;
            let last = story.signed_in_at.after(PROVES).after(JUDGED_AFTER);
            let again = Some(last).filter(|last| !kept_out && now < *last);
            let ToJudge { user, locked_at, .. } = story;
            verdicts.push(Verdict { user, locked_at, kept_out, again });
        }
        if verdicts.is_empty() {
            return Ok(());
        }
        self.inner.store.keep_verdicts(tenant.clone(), verdicts).await
    }

    async fn owner_met(&self, tenant: &TenantId, story: &ToJudge) -> Result<bool, StoreError> {
        let reader = &self.inner.reader;
        let subject = SubjectKey::user(&story.user);
        let tries = reader.attempts_of(tenant.clone(), subject.clone(), TRIES).await?;
        let sums = reader.refusals_of(tenant.clone(), subject.clone(), SUMS).await?;
        let facts = reader.facts_about(tenant.clone(), story.user.clone(), FACTS).await?;
        let (begin, end) = (story.locked_at, story.signed_in_at);
        let mut read = Read::default();
        for row in tries.iter().filter(|row| row.at >= begin) {
            read.give(row.at <= end && met_a_lock(row), |log| add_try(log, &recorded_try(row)));
        }
        for sum in &sums {
            let minute = Millis(sum.minute.saturating_mul(Span::MINUTE.0));
            if minute.after(Span::MINUTE) > begin {
                let tries = u32::try_from(sum.tries).unwrap_or(u32::MAX);
                read.give(minute <= end, |log| {
                    log.refused(subject.as_str(), sum.source.as_str(), minute, tries);
                });
            }
        }
        for fact in facts.into_iter().filter(|fact| fact.at >= begin) {
            read.give(false, |log| add_lock(log, &recorded_lock(fact)));
        }
        Ok(read.owner_met(subject.as_str()))
    }
}

/// Made one, or was refused by one; staff locks are in none of these figures.
fn met_a_lock(row: &AttemptRow) -> bool {
    let met = matches!(row.decision, AttemptDecision::Locked | AttemptDecision::Refused);
    met && row.lock_kind.as_deref() != Some("staff")
}

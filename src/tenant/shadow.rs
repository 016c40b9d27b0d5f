//! A policy that is only watched: once a night what was recorded is replayed under it beside the live
//! one, and what it would have done is kept by day. Nothing is decided by it, and nothing of it is in
//! the way of an attempt.

use serde::{Deserialize, Serialize};

use super::policy_effect::{Predicted, predicted};
use super::profile::TenantProfile;
use super::time_machine::Question;
use super::{TenantFault, Tenants};
use crate::lockout::time_machine::Measures;
use crate::lockout::{Policy, PolicyDocument};
use crate::model::{Millis, Span};
use crate::store::StoreError;
use crate::store::lockout_policy::NewVersion;
use crate::store::shadows::{Shadow, ShadowDay};

/// Shadows of one round of upkeep.
const A_ROUND: i64 = 2;
/// Past midnight (UTC) the day is looked at: what was tried in its last moments is on record then.
const AFTER_MIDNIGHT: Span = Span::MINUTE.times(10);
/// How far back the first night looks; the others look at two days, for one that was missed.
const FIRST: Span = Span::DAY.times(7);
const NIGHTLY: Span = Span::DAY.times(2);

/// One day under the live policy, and under the watched one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayEffect {
    /// Accounts whose owner met a lock.
    pub owners: Predicted,
    /// Accounts that were locked.
    pub locked: Predicted,
    /// Tries by others that were checked.
    pub guesses: Predicted,
    pub mails: Predicted,
}

/// What a tenant watches.
#[derive(Debug, Clone)]
pub struct Watched {
    pub version: i64,
    pub since: Millis,
    /// By day (since 1970, UTC), the newest first.
    pub days: Vec<(i64, DayEffect)>,
}

impl Tenants {
    /// The policy that a tenant watches, with its days.
    ///
    /// # Errors
    /// As any read.
    pub async fn watched(&self, profile: &TenantProfile) -> Result<Option<Watched>, TenantFault> {
        let found = self.inner.reader.shadow(profile.id().clone()).await?;
        Ok(found.map(|(shadow, days)| Watched {
            version: shadow.version,
            since: shadow.since,
            days: days.iter().filter_map(read_day).collect(),
        }))
    }

    /// Watches a policy from now on; returns its version's number.
    ///
    /// # Errors
    /// As any write.
    pub async fn watch_policy(
        &self,
        profile: &TenantProfile,
        policy: &Policy,
        author: &str,
        reason: &str,
    ) -> Result<i64, TenantFault> {
        let new = NewVersion {
            document: PolicyDocument::of(policy).to_json(),
            author: author.to_owned(),
            reason: reason.to_owned(),
            effect: None,
        };
        Ok(self.inner.store.set_shadow(profile.id().clone(), new).await?)
    }

    /// Watches none any more.
    ///
    /// # Errors
    /// `NotFound` where none was.
    pub async fn unwatch_policy(
        &self,
        profile: &TenantProfile,
        actor: &str,
    ) -> Result<(), TenantFault> {
        Ok(self.inner.store.end_shadow(profile.id().clone(), actor.to_owned()).await?)
    }

    /// Works out the days of the shadows that are due, a few in a round.
    pub(super) async fn watch_shadows(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        for shadow in self.inner.reader.due_shadows(now, A_ROUND).await? {
            let first = shadow.due_at == shadow.since;
            let claimed = self.inner.store.claim_shadow(shadow.clone(), next_night(now)).await?;
            if claimed && let Err(fault) = self.work_out(&shadow, first, now).await {
                tracing::warn!(tenant = %shadow.tenant_id, error = %fault, "a shadow was not worked out");
            }
        }
        Ok(())
    }

    async fn work_out(&self, shadow: &Shadow, first: bool, now: Millis) -> Result<(), TenantFault> {
        let (tenant, reader) = (&shadow.tenant_id, &self.inner.reader);
        let live = reader.live_policy(tenant.clone()).await?.policy()?;
        let version = reader.policy_version(tenant.clone(), shadow.version).await?;
        let draft = version.ok_or(TenantFault::NotFound)?.policy()?;
        let question = Question::new(&live, &draft, if first { FIRST } else { NIGHTLY });
        let Some(replayed) = self.replayed(tenant, &question, now).await? else { return Ok(()) };
        let (found, window) = (&replayed.found, replayed.window);
        // Whole days only: the first of the window began before it, and today is not over.
        let whole = day_of(window.from).saturating_add(1)..day_of(now);
        let of = |days: &[(i64, Measures)], day: i64| {
            days.iter()
                .find(|(known, _)| *known == day)
                .map(|(_, found)| *found)
                .unwrap_or_default()
        };
        let days = whole.map(|day| {
            let (now, then) = (of(&found.now.days, day), of(&found.draft.days, day));
            let effect = DayEffect {
                owners: predicted(now.owners_locked, then.owners_locked),
                locked: predicted(now.locked, then.locked),
                guesses: predicted(now.guesses, then.guesses),
                mails: predicted(now.mails, then.mails),
            };
            ShadowDay {
                tenant_id: tenant.clone(),
                version: shadow.version,
                day,
                measures: serde_json::to_string(&effect).unwrap_or_default(),
            }
        });
        let days = days.collect();
        Ok(self.inner.store.keep_shadow_days(tenant.clone(), days).await?)
    }
}

/// `None` for what another version of the program wrote.
fn read_day(row: &ShadowDay) -> Option<(i64, DayEffect)> {
    Some((row.day, serde_json::from_str(&row.measures).ok()?))
}

const fn day_of(at: Millis) -> i64 {
    at.0.div_euclid(Span::DAY.0)
}

/// When the day that `now` is in can be looked at.
fn next_night(now: Millis) -> Millis {
    let midnight = Millis(day_of(now).saturating_add(1).saturating_mul(Span::DAY.0));
    midnight.after(AFTER_MIDNIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TenantId;

    #[test]
    fn a_day_is_looked_at_after_its_end() {
        let noon = Millis(Span::DAY.0 * 3 + Span::HOUR.0 * 12);
        assert_eq!(next_night(noon), Millis(Span::DAY.0 * 4 + AFTER_MIDNIGHT.0));
        assert_eq!(next_night(next_night(noon)), Millis(Span::DAY.0 * 5 + AFTER_MIDNIGHT.0));
    }

    #[test]
    fn a_day_is_read_as_it_was_written() {
        let figure = Predicted { now: [1, 2, 3], then: [0, 0, 4] };
        let effect = DayEffect { owners: figure, locked: figure, guesses: figure, mails: figure };
        let row = |measures: &str| ShadowDay {
            tenant_id: TenantId::from_stored("ins_1".to_owned()),
            version: 2,
            day: 20_000,
            measures: measures.to_owned(),
        };
        let text = serde_json::to_string(&effect).unwrap();
        assert_eq!(read_day(&row(&text)), Some((20_000, effect)));
        assert_eq!(read_day(&row("{}")), None);
    }
}

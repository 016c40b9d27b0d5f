//! What a replay says of a policy that is saved, as it is kept with the version: taken over from a
//! replay of the draft, or worked out behind the save, which does not wait for it. Where as many
//! replays run as may, or the node ends first, upkeep makes it up for what is in force. Knows no log.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::replays::Replay;
use super::time_machine::{Question, Replayed};
use super::{TenantFault, Tenants};
use crate::lockout::time_machine::Estimate;
use crate::lockout::{Policy, PolicyDocument};
use crate::model::{Millis, Span, TenantId};
use crate::store::lockout_policy::PolicyVersion;

/// What is replayed for a version: the time before it was saved.
const LAST: Span = Span(7 * Span::DAY.0);
/// How long after a save upkeep still makes up what nobody has worked out.
const MADE_UP_WITHIN: Span = Span::DAY;

/// A figure under the policy that was live, and under the one that was saved: low, likely, high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicted {
    pub now: [i64; 3],
    pub then: [i64; 3],
}

/// The figures that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEffect {
    pub from: Millis,
    pub to: Millis,
    pub tries: u64,
    /// Accounts whose owner met a lock.
    pub owners: Predicted,
    /// Accounts that were locked.
    pub locked: Predicted,
    pub locks: Predicted,
    /// Tries by others that were checked.
    pub guesses: Predicted,
    pub mails: Predicted,
}

pub(super) const fn predicted(now: Estimate, then: Estimate) -> Predicted {
    Predicted { now: [now.low, now.likely, now.high], then: [then.low, then.likely, then.high] }
}

impl PolicyEffect {
    fn of(replayed: &Replayed) -> Self {
        let found = &replayed.found;
        let (now, then) = (&found.now.total, &found.draft.total);
        Self {
            from: replayed.window.from,
            to: replayed.window.to,
            tries: found.tries,
            owners: predicted(now.owners_locked, then.owners_locked),
            locked: predicted(now.locked, then.locked),
            locks: predicted(now.locks, then.locks),
            guesses: predicted(now.guesses, then.guesses),
            mails: predicted(now.mails, then.mails),
        }
    }

    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// `None` for what another version of the program wrote.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// Whether upkeep still makes up what this version would have done.
#[must_use]
pub fn is_awaited(version: &PolicyVersion, now: Millis) -> bool {
    version.effect.is_none()
        && version.made_over.is_some()
        && now < version.created_at.after(MADE_UP_WITHIN)
}

impl Tenants {
    /// What the newest replay of this tenant said, if it was of this draft beside version `live` and is
    /// done.
    ///
    /// # Errors
    /// As any read.
    pub(super) async fn replayed_lately(
        &self,
        tenant: &TenantId,
        live: i64,
        draft: &Policy,
    ) -> Result<Option<PolicyEffect>, TenantFault> {
        let Some((beside, newest)) = self.newest_replay(tenant, draft) else { return Ok(None) };
        let Replay::Ready(replayed) = newest else { return Ok(None) };
        let version = self.inner.reader.policy_version(tenant.clone(), live).await?;
        let same = match version {
            Some(version) => PolicyDocument::of(&version.policy()?) == PolicyDocument::of(&beside),
            None => false,
        };
        Ok(same.then(|| PolicyEffect::of(&replayed)))
    }

    /// Has worked out what a version would have done, without anybody waiting for it.
    pub(super) fn work_out_effect_soon(&self, tenant: &TenantId, version: i64) {
        let (tenants, tenant) = (self.clone(), tenant.clone());
        self.inner
            .runtime
            .spawn(async move { tenants.effect_or_a_warning(&tenant, version).await });
    }

    /// Works out what a version would have done in the week before it, beside the one that it was
    /// made over, and keeps it with it. Nothing where that is known, where there was none before it,
    /// or while as many replays run as may.
    async fn work_out_effect(&self, tenant: &TenantId, version: i64) -> Result<(), TenantFault> {
        let reader = &self.inner.reader;
        let Some(row) = reader.policy_version(tenant.clone(), version).await? else {
            return Ok(());
        };
        let Some(before) = row.made_over.filter(|_| row.effect.is_none()) else { return Ok(()) };
        let Some(before) = reader.policy_version(tenant.clone(), before).await? else {
            return Ok(());
        };
        let question = Question::new(&before.policy()?, &row.policy()?, LAST);
        let Some(replayed) = self.replayed(tenant, &question, row.created_at).await? else {
            return Ok(());
        };
        let effect = PolicyEffect::of(&replayed).to_json();
        Ok(self.inner.store.keep_effect(tenant.clone(), version, effect).await?)
    }

    /// Has made up what the versions in force would have done, where it was not worked out when they
    /// were saved: one tenant's at a time, and nobody waits for it. What finds another at work is found
    /// missing again by a later round.
    ///
    /// # Errors
    /// As any read.
    pub(super) async fn make_up_effects(&self, tenant: &TenantId) -> Result<(), TenantFault> {
        let making_up = Arc::clone(&self.inner.rounds.making_up);
        let Ok(turn) = making_up.try_acquire_owned() else { return Ok(()) };
        let now = self.inner.clock.now();
        let in_force = self.inner.reader.policies_at(tenant.clone(), now).await?;
        let in_force = std::iter::once(&in_force.live).chain(&in_force.overlay);
        let missing: Vec<i64> =
            in_force.filter(|it| is_awaited(it, now)).map(|it| it.version).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (tenants, tenant) = (self.clone(), tenant.clone());
        self.inner.runtime.spawn(async move {
            let _turn = turn;
            for version in missing {
                tenants.effect_or_a_warning(&tenant, version).await;
            }
        });
        Ok(())
    }

    pub(super) async fn effect_or_a_warning(&self, tenant: &TenantId, version: i64) {
        if let Err(fault) = self.work_out_effect(tenant, version).await {
            tracing::warn!(tenant = %tenant, error = %fault, "an effect was not worked out");
        }
    }
}

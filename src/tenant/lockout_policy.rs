//! The lockout policy of a tenant: the live version, saving a new one, and a stricter one over it for
//! a while.

use std::sync::Arc;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{Policy, PolicyDocument};
use crate::model::Millis;
use crate::store::lockout_policy::{NewOverlay, NewVersion, PoliciesNow, PolicyVersion};

impl Tenants {
    /// The live version with author and reason.
    ///
    /// # Errors
    /// As any read.
    pub async fn live_policy(&self, profile: &TenantProfile) -> Result<PolicyVersion, TenantFault> {
        Ok(self.inner.reader.live_policy(profile.id().clone()).await?)
    }

    /// The live version, and the one that stands over it for a while.
    ///
    /// # Errors
    /// As any read.
    pub async fn policies_now(&self, profile: &TenantProfile) -> Result<PoliciesNow, TenantFault> {
        let now = self.inner.clock.now();
        Ok(self.inner.reader.policies_at(profile.id().clone(), now).await?)
    }

    /// The policy that decides now.
    ///
    /// # Errors
    /// As any read.
    pub async fn policy_in_force(&self, profile: &TenantProfile) -> Result<Policy, TenantFault> {
        Ok(self.policies_now(profile).await?.in_force().policy()?)
    }

    /// The policy as the profile knows it, read at most once for each of its versions: for answers
    /// that many ask for and that decide nothing. At most a second or so behind the live one, and
    /// without what stands over it: a way back in is never taken away for a while.
    ///
    /// # Errors
    /// As any read, the first time.
    pub async fn policy_at_hand(
        &self,
        profile: &TenantProfile,
    ) -> Result<Arc<Policy>, TenantFault> {
        if let Some(known) = profile.policy.get() {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(self.live_policy(profile).await?.policy()?);
        Ok(Arc::clone(profile.policy.get_or_init(|| read)))
    }

    /// Saves a policy as the next version; returns its number. Live from the next settle on;
    /// locks that stand are not moved (rule 20). What it would have done is worked out behind it.
    ///
    /// # Errors
    /// As any write.
    pub async fn save_policy(
        &self,
        profile: &TenantProfile,
        policy: &Policy,
        author: &str,
        reason: &str,
    ) -> Result<i64, TenantFault> {
        let version = self.saved(profile, policy, author, reason).await?;
        self.work_out_effect_soon(profile.id(), version);
        Ok(version)
    }

    /// As [`Tenants::save_policy`], for a command that ends after it: waits until it is worked out
    /// what the version would have done. Where that fails it is saved nevertheless.
    ///
    /// # Errors
    /// As any write.
    pub async fn save_policy_to_the_end(
        &self,
        profile: &TenantProfile,
        policy: &Policy,
        author: &str,
        reason: &str,
    ) -> Result<i64, TenantFault> {
        let version = self.saved(profile, policy, author, reason).await?;
        self.effect_or_a_warning(profile.id(), version).await;
        Ok(version)
    }

    async fn saved(
        &self,
        profile: &TenantProfile,
        policy: &Policy,
        author: &str,
        reason: &str,
    ) -> Result<i64, TenantFault> {
        let document = PolicyDocument::of(policy).to_json();
        let (author, reason) = (author.to_owned(), reason.to_owned());
        Ok(self.inner.store.save_policy(profile.id().clone(), document, author, reason).await?)
    }

    /// As [`Tenants::save_policy`], if `live` is still the live version: what its author looked at.
    /// Keeps with it what a replay has said of it in the last minutes; if none was asked, one is run
    /// behind the save.
    ///
    /// # Errors
    /// `Conflict { what: "policy" }` where another version was saved meanwhile.
    pub async fn save_policy_over(
        &self,
        profile: &TenantProfile,
        policy: &Policy,
        author: &str,
        reason: &str,
        live: i64,
    ) -> Result<i64, TenantFault> {
        let effect = self.replayed_lately(profile.id(), live, policy).await?;
        let effect = effect.map(|found| found.to_json());
        let new = NewVersion {
            document: PolicyDocument::of(policy).to_json(),
            author: author.to_owned(),
            reason: reason.to_owned(),
            effect,
        };
        let known = new.effect.is_some();
        let version = self.inner.store.save_policy_over(profile.id().clone(), new, live).await?;
        if !known {
            self.work_out_effect_soon(profile.id(), version);
        }
        Ok(version)
    }

    /// Puts a policy over the live one for so long, as far as it is stricter: from the next settle
    /// on, and to its end by each settle's own instant.
    ///
    /// # Errors
    /// `Conflict { what: "overlay" }` where it is stricter in nothing.
    pub async fn set_overlay(
        &self,
        profile: &TenantProfile,
        new: NewOverlay,
    ) -> Result<(i64, Millis), TenantFault> {
        let set = self.inner.store.set_overlay(profile.id().clone(), new).await?;
        self.work_out_effect_soon(profile.id(), set.0);
        Ok(set)
    }

    /// As [`Tenants::set_overlay`], for a command that ends after it: waits until it is worked out what
    /// the overlay would have done. Where that fails it stands nevertheless.
    ///
    /// # Errors
    /// `Conflict { what: "overlay" }` where it is stricter in nothing.
    pub async fn set_overlay_to_the_end(
        &self,
        profile: &TenantProfile,
        new: NewOverlay,
    ) -> Result<(i64, Millis), TenantFault> {
        let set = self.inner.store.set_overlay(profile.id().clone(), new).await?;
        self.effect_or_a_warning(profile.id(), set.0).await;
        Ok(set)
    }

    /// Ends what stands over the live policy before its time; returns its number.
    ///
    /// # Errors
    /// `NotFound` where nothing does any more.
    pub async fn end_overlay(
        &self,
        profile: &TenantProfile,
        actor: &str,
    ) -> Result<i64, TenantFault> {
        Ok(self.inner.store.end_overlay(profile.id().clone(), actor.to_owned()).await?)
    }
}

//! The lockout policy of a tenant: the live version, and saving a new one.

use std::sync::Arc;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{Policy, PolicyDocument};
use crate::store::lockout_policy::PolicyVersion;

impl Tenants {
    /// The live version with author and reason.
    ///
    /// # Errors
    /// As any read.
    pub async fn live_policy(&self, profile: &TenantProfile) -> Result<PolicyVersion, TenantFault> {
        Ok(self.inner.reader.live_policy(profile.id().clone()).await?)
    }

    /// The policy as the profile knows it, read at most once for each of its versions: for answers
    /// that many ask for and that decide nothing. At most a second or so behind the live one.
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
    /// locks that stand are not moved (rule 20).
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
        let document = PolicyDocument::of(policy).to_json();
        let (author, reason) = (author.to_owned(), reason.to_owned());
        Ok(self.inner.store.save_policy(profile.id().clone(), document, author, reason).await?)
    }

    /// As [`Tenants::save_policy`], if `live` is still the live version: what its author looked at.
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
        let document = PolicyDocument::of(policy).to_json();
        let (author, reason) = (author.to_owned(), reason.to_owned());
        let tenant = profile.id().clone();
        Ok(self.inner.store.save_policy_over(tenant, document, author, reason, live).await?)
    }
}

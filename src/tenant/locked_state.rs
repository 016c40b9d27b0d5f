//! How a sign-in would be met now, for pages that wait for a lock to end. Reads only.

use super::lanes::choose;
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{self, LockView};
use crate::model::{CanonicalKey, LaneClaims, Source};

impl Tenants {
    /// The lock that a try from this source, in the best of the browser's lanes, would be refused
    /// for. An identifier that nobody has is read as any other.
    ///
    /// # Errors
    /// As any read.
    pub async fn lock_in_the_way(
        &self,
        profile: &TenantProfile,
        key: &CanonicalKey,
        source: &Source,
        claims: LaneClaims,
    ) -> Result<Option<LockView>, TenantFault> {
        let phantom = self.phantom(profile, key);
        let (tenant, key, source) = (profile.id().clone(), key.clone(), source.clone());
        let reader = &self.inner.reader;
        let now = self.inner.clock.now();
        let mut standing = reader.standing(tenant, key, phantom, source, claims, now).await?;
        choose(&mut standing, None, now);
        Ok(lockout::look(&standing.policy, &standing.view, &standing.lane, now).lock)
    }
}

//! The browsers that are known as a user's own: listed for their owner, and forgotten at their word.
//! Knows no page.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{Lane, LaneClaims, LaneId, UserId};
use crate::store::devices::{Device, Revocation, Which};
use crate::store::users::User;

/// What a user has of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices {
    /// Last used first.
    pub known: Vec<Device>,
    /// The one that is looked at from.
    pub here: Option<LaneId>,
}

impl Tenants {
    /// The known devices of `user`; `claims` says which of them asks.
    ///
    /// # Errors
    /// As any read.
    pub async fn devices(
        &self,
        profile: &TenantProfile,
        user: &User,
        claims: &LaneClaims,
    ) -> Result<Devices, TenantFault> {
        let known = self.inner.reader.devices(profile.id().clone(), user.id.clone()).await?;
        let claimed = claims.of(&user.id, user.credential_version);
        let here = known.iter().find(|device| claimed.contains(&Lane::Device(device.lane.clone())));
        Ok(Devices { here: here.map(|device| device.lane.clone()), known })
    }

    /// Forgets devices of `user`, who asks for it: each is as anybody's browser from then on. How many
    /// there were.
    ///
    /// # Errors
    /// As any write.
    pub async fn revoke_devices(
        &self,
        profile: &TenantProfile,
        user: UserId,
        which: Which,
    ) -> Result<usize, TenantFault> {
        let (tenant, actor) = (profile.id().clone(), "user".to_owned());
        Ok(self.inner.store.revoke_devices(Revocation { tenant, user, which, actor }).await?)
    }
}

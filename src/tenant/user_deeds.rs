//! What staff do to a tenant's users from the console. Each deed is written down for auditors where it
//! takes effect.

use super::profile::TenantProfile;
use super::users::NewUserForm;
use super::{TenantFault, Tenants};
use crate::model::UserId;
use crate::store::users::Standing;

pub use crate::store::user_deeds::StaffDeed;

/// A deed to somebody who is there.
#[derive(Debug, Clone)]
pub enum ToUser {
    /// Bans (sessions end) or lifts a ban.
    Stand(Standing),
    SignOutEverywhere,
    ResetSecondFactor,
    /// Each identifier stays a phantom with the user's count and lock.
    Delete,
}

impl Tenants {
    /// Makes a user, as [`Tenants::create_user`] does.
    ///
    /// # Errors
    /// As [`Tenants::create_user`].
    pub async fn create_user_by(
        &self,
        profile: &TenantProfile,
        form: NewUserForm,
        deed: StaffDeed,
    ) -> Result<UserId, TenantFault> {
        let new = self.prepared(profile, form).await?;
        let id = new.user.id.clone();
        self.inner.store.create_user_by(new, deed).await?;
        Ok(id)
    }

    /// Does something to a user.
    ///
    /// # Errors
    /// `NotFound` for an unknown user; `Conflict { what: "last_owner" }` for the last owner of a team.
    pub async fn act_on_user(
        &self,
        profile: &TenantProfile,
        user: UserId,
        what: ToUser,
        deed: StaffDeed,
    ) -> Result<(), TenantFault> {
        let (store, tenant) = (&self.inner.store, profile.id().clone());
        match what {
            ToUser::Stand(standing) => store.set_standing_by(tenant, user, standing, deed).await?,
            ToUser::SignOutEverywhere => {
                store.end_sessions_by(tenant, user, deed).await?;
            }
            ToUser::ResetSecondFactor => store.reset_second_factor_by(tenant, user, deed).await?,
            ToUser::Delete => {
                let found = self.inner.reader.user(tenant.clone(), user.clone()).await?;
                let record = found.ok_or(TenantFault::NotFound)?;
                let keys = record.identifications.iter().map(|name| &name.canonical_key);
                let phantoms = self.phantoms_of(profile, keys);
                store.delete_user_by(tenant, user, phantoms, deed).await?;
            }
        }
        Ok(())
    }
}

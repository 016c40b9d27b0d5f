//! Proving again who uses a session: asking for it here, the factors through `check_secret`.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::SessionId;
use crate::store::reverification::VerificationLevel;
use crate::store::sessions::Session;

impl Tenants {
    /// Asks a live session to prove its factors again: what was passed before counts no more.
    ///
    /// # Errors
    /// `NotFound` when there is no such live session.
    pub async fn ask_again(
        &self,
        profile: &TenantProfile,
        session: SessionId,
        level: VerificationLevel,
    ) -> Result<Session, TenantFault> {
        Ok(self.inner.store.ask_again(profile.id().clone(), session, level).await?)
    }
}

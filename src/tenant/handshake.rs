//! The handshake's token: an app's cookies, signed with the tenant's key.

use std::sync::Arc;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};

impl Tenants {
    /// Signs `Set-Cookie` lines for the app's server to set on its own host.
    ///
    /// # Errors
    /// As [`Tenants::session_token`].
    pub async fn handshake_token(
        &self,
        profile: &Arc<TenantProfile>,
        directives: Vec<String>,
    ) -> Result<String, TenantFault> {
        let key = self.signing_key(profile).await?;
        let signed = self.inner.pool.sign(profile.id(), move || key.sign_handshake(&directives));
        Ok(signed.await??)
    }
}

//! Sessions: touching, ending. They are made by a settle only.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{ClientId, SessionId};
use crate::store::sessions::{Session, SessionStatus};

impl Tenants {
    /// Marks a session of this client as in use, and as the client's active one.
    ///
    /// # Errors
    /// `NotFound` when the client has no such live session.
    pub async fn touch_session(
        &self,
        profile: &TenantProfile,
        session: SessionId,
        client: ClientId,
    ) -> Result<Session, TenantFault> {
        Ok(self.inner.store.touch_session(profile.id().clone(), session, client).await?)
    }

    /// Ends a session; `status` says how (`Ended`, `Removed`, `Revoked`).
    ///
    /// # Errors
    /// `NotFound` for an unknown session.
    pub async fn end_session(
        &self,
        profile: &TenantProfile,
        session: SessionId,
        status: SessionStatus,
    ) -> Result<Session, TenantFault> {
        Ok(self.inner.store.end_session(profile.id().clone(), session, status).await?)
    }

    /// Ends all sessions of a client; returns which.
    ///
    /// # Errors
    /// As any write.
    pub async fn end_sessions_of_client(
        &self,
        profile: &TenantProfile,
        client: ClientId,
        status: SessionStatus,
    ) -> Result<Vec<SessionId>, TenantFault> {
        Ok(self.inner.store.end_sessions_of_client(profile.id().clone(), client, status).await?)
    }
}

//! Sessions: touching, ending. They are made by a settle only.

use std::collections::HashMap;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{ClientId, SessionId, Source, UserId};
use crate::store::SubjectKey;
use crate::store::sessions::{Session, SessionFilter, SessionStatus};

/// Most live sessions told, and most attempts looked through for where they began.
const MOST: i64 = 100;
const ATTEMPTS: i64 = 500;

/// A live session, and the address it was begun from as long as the attempts log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    pub session: Session,
    pub source: Option<Source>,
}

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

    /// A user's live sessions, newest first; at most 100.
    ///
    /// # Errors
    /// As any read.
    pub async fn live_sessions(
        &self,
        profile: &TenantProfile,
        user: UserId,
    ) -> Result<Vec<LiveSession>, TenantFault> {
        let (tenant, subject) = (profile.id(), SubjectKey::user(&user));
        let filter = SessionFilter {
            at: Some(self.inner.clock.now()),
            user: Some(user),
            status: Some(SessionStatus::Active),
            ..SessionFilter::default()
        };
        let reader = &self.inner.reader;
        let sessions = reader.sessions(tenant.clone(), filter, MOST, 0).await?;
        let attempts = reader.attempts_of(tenant.clone(), subject, ATTEMPTS).await?;
        let mut begun: HashMap<SessionId, Source> = attempts
            .into_iter()
            .filter_map(|attempt| Some((attempt.session_id?, attempt.source)))
            .collect();
        let live = |session: Session| LiveSession { source: begun.remove(&session.id), session };
        Ok(sessions.into_iter().map(live).collect())
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

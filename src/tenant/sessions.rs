//! Sessions: touching, ending. They are made by a settle only.

use std::collections::HashMap;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{ClientId, DeviceLabel, SessionId, Source, UserId};
use crate::store::SubjectKey;
use crate::store::sessions::{Session, SessionFilter, SessionStatus};

/// Most sessions told, and most attempts looked through for where they began.
const MOST: i64 = 100;
const ATTEMPTS: i64 = 500;

/// A session with where it was begun, as long as the attempts log knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedSession {
    pub session: Session,
    pub source: Option<Source>,
    /// Of the known device it was begun in.
    pub label: Option<DeviceLabel>,
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

    /// A user's sessions of a status, or all, newest first; at most 100.
    ///
    /// # Errors
    /// As any read.
    pub async fn sessions_of(
        &self,
        profile: &TenantProfile,
        user: UserId,
        status: Option<SessionStatus>,
    ) -> Result<Vec<PlacedSession>, TenantFault> {
        let at = Some(self.inner.clock.now());
        let filter =
            SessionFilter { at, user: Some(user.clone()), status, ..SessionFilter::default() };
        let sessions = self.inner.reader.sessions(profile.id().clone(), filter, MOST, 0).await?;
        self.placed(profile, &user, sessions).await
    }

    /// Says of sessions of one user where they were begun.
    ///
    /// # Errors
    /// As any read.
    pub async fn placed(
        &self,
        profile: &TenantProfile,
        user: &UserId,
        sessions: Vec<Session>,
    ) -> Result<Vec<PlacedSession>, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let attempts = reader.attempts_of(tenant.clone(), SubjectKey::user(user), ATTEMPTS).await?;
        let devices = reader.devices(tenant.clone(), user.clone()).await?;
        let label = |lane: &str| devices.iter().find(|known| known.lane.0 == lane)?.label;
        let mut begun: HashMap<SessionId, (Source, Option<DeviceLabel>)> = attempts
            .into_iter()
            .filter_map(|attempt| {
                let label = attempt.device.as_deref().and_then(label);
                Some((attempt.session_id?, (attempt.source, label)))
            })
            .collect();
        let place = |session: Session| {
            let (source, label) = begun.remove(&session.id).unzip();
            PlacedSession { session, source, label: label.flatten() }
        };
        Ok(sessions.into_iter().map(place).collect())
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

//! Proving again who uses a session: asking for it here, the factors through `check_secret`.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{Millis, SessionId, Span};
use crate::store::reverification::VerificationLevel;
use crate::store::sessions::Session;

/// A second factor is changed only within so long of a first one: whoever finds a browser open must
/// not be able to make it theirs (Clerk's strictest setting).
const LATELY: Span = Span::MINUTE.times(10);

/// Whether the session's first factor was passed lately enough to change a second one.
#[must_use]
pub fn passed_lately(session: &Session, now: Millis) -> bool {
    session.first_factor_at.is_some_and(|at| now < at.after(LATELY))
}

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

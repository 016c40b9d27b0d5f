//! One user with all that staff are shown beside the rows of the user: sessions, the last day, mails,
//! requests for help. Read only.

use super::profile::TenantProfile;
use super::sessions::PlacedSession;
use super::{TenantFault, Tenants};
use crate::model::{Span, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::AttemptRow;
use crate::store::mail_fates::{Delivery, DeliveryPage, Undeliverable};
use crate::store::sessions::SessionStatus;
use crate::store::user_cards::UserCard;
use crate::store::user_search::FiledRequest;

/// Attempts looked at for the last day, and mails told.
const ATTEMPTS: i64 = 200;
const MAILS: i64 = 20;
const RECENT: Span = Span::DAY;

/// A user as staff see one.
#[derive(Debug, Clone)]
pub struct Person {
    pub card: UserCard,
    pub undeliverable: Vec<Undeliverable>,
    /// The live ones, newest first.
    pub sessions: Vec<PlacedSession>,
    pub devices: usize,
    /// Of the last day, newest first.
    pub attempts: Vec<AttemptRow>,
    /// Newest first.
    pub mails: Vec<Delivery>,
    /// Newest first.
    pub requests: Vec<FiledRequest>,
}

impl Tenants {
    /// A user with what is beside it; `None` when the user is gone.
    ///
    /// # Errors
    /// As any read.
    pub async fn person(
        &self,
        profile: &TenantProfile,
        user: UserId,
    ) -> Result<Option<Person>, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let Some(card) = self.user(profile, user.clone()).await? else { return Ok(None) };
        let subject = SubjectKey::user(&user);
        let since = self.inner.clock.now().before(RECENT);
        let mut attempts = reader.attempts_of(tenant.clone(), subject.clone(), ATTEMPTS).await?;
        attempts.retain(|attempt| attempt.at >= since);
        let page = DeliveryPage { before: None, limit: MAILS };
        let live = Some(SessionStatus::Active);
        Ok(Some(Person {
            card,
            undeliverable: reader.undeliverable(tenant.clone(), user.clone()).await?,
            sessions: self.sessions_of(profile, user.clone(), live).await?,
            devices: reader.devices(tenant.clone(), user.clone()).await?.len(),
            attempts,
            mails: reader.deliveries(tenant.clone(), Some(subject), page).await?,
            requests: reader.requests_of(tenant.clone(), user).await?,
        }))
    }
}

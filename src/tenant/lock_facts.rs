//! What staff are shown of an account's lock: how it stands, what was tried, what was mailed. Read
//! only; explains and decides nothing.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{self, LockView};
use crate::model::{Span, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::AttemptRow;
use crate::store::mail_fates::{Delivery, DeliveryPage, Undeliverable};
use crate::store::users::UserRecord;

/// Attempts looked at: more than are shown, for where the account was signed in to before.
const ATTEMPTS: i64 = 200;
/// Sums of refused tries looked at, and how far back they count.
const REFUSALS: i64 = 500;
const REFUSED: Span = Span::DAY;
/// How far back mails are shown, and how many.
const MAILED: Span = Span::DAY.times(7);
const MAILS: i64 = 50;

/// One account's lock, with what led to it.
#[derive(Debug, Clone)]
pub struct LockFacts {
    pub record: UserRecord,
    /// The account-wide lock that stands now.
    pub lock: Option<LockView>,
    /// Newest first.
    pub attempts: Vec<AttemptRow>,
    /// Tries of the last day that were refused because of a lock.
    pub refused: i64,
    /// Mails of the last week and what became of them, newest first; at most 50.
    pub mails: Vec<Delivery>,
    /// The account's addresses to which no mail can be delivered.
    pub undeliverable: Vec<Undeliverable>,
}

impl Tenants {
    /// The facts about a user's lock; `None` when the user is gone.
    ///
    /// # Errors
    /// As any read.
    pub async fn lock_facts(
        &self,
        profile: &TenantProfile,
        user: UserId,
    ) -> Result<Option<LockFacts>, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let subject = SubjectKey::user(&user);
        let Some(record) = reader.user(tenant.clone(), user.clone()).await? else {
            return Ok(None);
        };
        let now = self.inner.clock.now();
        let oldest = now.before(REFUSED).0.div_euclid(Span::MINUTE.0);
        let sums = reader.refusals_of(tenant.clone(), subject.clone(), REFUSALS).await?;
        let recent = sums.iter().filter(|sum| sum.minute >= oldest);
        let refused = recent.fold(0_i64, |all, sum| all.saturating_add(sum.tries));
        let since = now.before(MAILED);
        let page = DeliveryPage { before: None, limit: MAILS };
        let mut mails = reader.deliveries(tenant.clone(), Some(subject.clone()), page).await?;
        mails.retain(|mail| mail.written_at >= since);
        Ok(Some(LockFacts {
            record,
            lock: self.account_lock(profile, &user).await?,
            attempts: reader.attempts_of(tenant.clone(), subject, ATTEMPTS).await?,
            refused,
            mails,
            undeliverable: reader.undeliverable(tenant.clone(), user).await?,
        }))
    }

    /// The account-wide lock of a user that stands now.
    ///
    /// # Errors
    /// As any read.
    pub async fn account_lock(
        &self,
        profile: &TenantProfile,
        user: &UserId,
    ) -> Result<Option<LockView>, TenantFault> {
        let subject = SubjectKey::user(user);
        let now = self.inner.clock.now();
        let read = self.inner.reader.subject_view(profile.id().clone(), subject, now).await?;
        Ok(lockout::account_lock(&read.0.subject, now))
    }
}

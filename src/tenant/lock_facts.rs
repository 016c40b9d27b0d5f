//! What staff are shown of an account's lock: how it stands, what was tried, what was mailed. Read
//! only; explains and decides nothing.

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::{self, LockView};
use crate::model::{Span, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::AttemptRow;
use crate::store::counted::Counted;
use crate::store::mail_fates::{Delivery, Undeliverable};
use crate::store::stretch::Stretch;
use crate::store::users::UserRecord;

/// Attempts looked at: more than are shown, for where the account was signed in to before.
const ATTEMPTS: i64 = 200;
/// How far back refused tries count.
const REFUSED: Span = Span::DAY;
/// How far back mails are shown, and how many.
const MAILED: Span = Span::DAY.times(7);
const MAILS: usize = 50;

/// One account's lock, with what led to it.
#[derive(Debug, Clone)]
pub struct LockFacts {
    pub record: UserRecord,
    /// The account-wide lock that stands now.
    pub lock: Option<LockView>,
    /// Newest first.
    pub attempts: Vec<AttemptRow>,
    /// Tries of the last day that were refused because of a lock.
    pub refused: Counted,
    /// Mails of the last week and what became of them, newest first; at most 50.
    pub mails: Vec<Delivery>,
    /// There are more.
    pub mails_cut: bool,
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
        let within = |span| Stretch { after: Some(now.before(span)), until: None };
        let day = within(REFUSED);
        let refused = reader.refused_within(tenant.clone(), subject.clone(), day).await?;
        let limit = i64::try_from(MAILS.saturating_add(1)).unwrap_or(i64::MAX);
        let week = within(MAILED);
        let mut mails = reader.mails_within(tenant.clone(), subject.clone(), week, limit).await?;
        let mails_cut = mails.len() > MAILS;
        mails.truncate(MAILS);
        Ok(Some(LockFacts {
            record,
            lock: self.account_lock(profile, &user).await?,
            attempts: reader.attempts_of(tenant.clone(), subject, ATTEMPTS).await?,
            refused,
            mails,
            mails_cut,
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

//! One account's story, page by page: what was tried and what became of it, the tries that were
//! refused, what was mailed, what staff and owner did. Read only; explains and decides nothing.

use super::lock_ends::{LockStretch, lock_stretches};
use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::model::{AttemptId, UserId};
use crate::store::SubjectKey;
use crate::store::attempts::{AttemptRow, Refusals};
use crate::store::audit::AuditRow;
use crate::store::mail_fates::{Delivery, DeliveryPage};
use crate::store::user_cards::UserCard;

/// Attempts of one page.
pub const STORY_PAGE: usize = 50;
/// Attempts looked at on the first page: more than are shown, for where the account was signed in to
/// before.
const RECENT: i64 = 200;
/// Sums of refused tries, mails and facts looked at.
const REFUSALS: i64 = 500;
const MAILS: i64 = 200;
const FACTS: i64 = 100;

/// A page of an account's story. All lists are newest first.
#[derive(Debug, Clone)]
pub struct LockStory {
    pub card: UserCard,
    /// At most [`STORY_PAGE`].
    pub attempts: Vec<AttemptRow>,
    /// The first attempt of the page after this.
    pub older: Option<AttemptRow>,
    /// The newest attempts, also where this is a later page.
    pub recent: Vec<AttemptRow>,
    pub refusals: Vec<Refusals>,
    pub mails: Vec<Delivery>,
    pub facts: Vec<AuditRow>,
    /// Each lock that the facts tell of, and how it ended.
    pub locks: Vec<LockStretch>,
}

impl Tenants {
    /// The story of an account from the attempt `from` back, or from the newest. `None` when the user
    /// is gone, or where the attempt is not theirs.
    ///
    /// # Errors
    /// As any read.
    pub async fn lock_story(
        &self,
        profile: &TenantProfile,
        user: UserId,
        from: Option<AttemptId>,
    ) -> Result<Option<LockStory>, TenantFault> {
        let (tenant, reader) = (profile.id(), &self.inner.reader);
        let subject = SubjectKey::user(&user);
        let Some(card) = self.user(profile, user.clone()).await? else { return Ok(None) };
        let recent = reader.attempts_of(tenant.clone(), subject.clone(), RECENT).await?;
        let most = STORY_PAGE.saturating_add(1);
        let mut attempts = match from {
            None => recent.iter().take(most).cloned().collect(),
            Some(from) => {
                let limit = i64::try_from(most).unwrap_or(i64::MAX);
                let rows =
                    reader.attempts_from(tenant.clone(), subject.clone(), from, limit).await?;
                if rows.is_empty() {
                    return Ok(None);
                }
                rows
            }
        };
        let older = if attempts.len() == most { attempts.pop() } else { None };
        let page = DeliveryPage { before: None, limit: MAILS };
        let facts = reader.facts_about(tenant.clone(), user, FACTS).await?;
        Ok(Some(LockStory {
            card,
            attempts,
            older,
            locks: lock_stretches(&facts, self.inner.clock.now()),
            recent,
            refusals: reader.refusals_of(tenant.clone(), subject.clone(), REFUSALS).await?,
            mails: reader.deliveries(tenant.clone(), Some(subject), page).await?,
            facts,
        }))
    }
}

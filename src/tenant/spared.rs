//! Locks that the policy in force would not have made, or would have ended by now: an edit moves no
//! lock, so staff are told how many stand and can lift them. Lifts none itself.

use std::collections::HashSet;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::Policy;
use crate::model::UserId;
use crate::store::locks::{Ends, LockFilter, LockPlace, LockQuery, LockSort};

/// Locks of one read.
const PART: usize = 500;
/// Reads of one question: a page must not look at a hundred thousand locks.
const PARTS: usize = 4;

/// Accounts of the next locks that would not be locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spared {
    pub users: Vec<UserId>,
    /// Where the next question goes on.
    pub next: Option<LockPlace>,
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparedCount {
    pub accounts: usize,
    /// There are more locks than were looked at.
    pub more: bool,
}

impl Tenants {
    /// How many accounts are locked that the policy in force would have left open by now, of the
    /// 2,000 locks that end next.
    ///
    /// # Errors
    /// As any read.
    pub async fn count_spared(&self, profile: &TenantProfile) -> Result<SparedCount, TenantFault> {
        let policy = self.policy_in_force(profile).await?;
        let (mut users, mut place) = (HashSet::new(), None);
        for _ in 0..PARTS {
            let part = self.spared_part(profile, &policy, place).await?;
            users.extend(part.users);
            place = part.next;
            if place.is_none() {
                break;
            }
        }
        Ok(SparedCount { accounts: users.len(), more: place.is_some() })
    }

    /// The next such accounts behind a place; at most 500.
    ///
    /// # Errors
    /// As any read.
    pub async fn next_spared(
        &self,
        profile: &TenantProfile,
        after: Option<LockPlace>,
    ) -> Result<Spared, TenantFault> {
        let policy = self.policy_in_force(profile).await?;
        let mut found = Spared { users: Vec::new(), next: after };
        for _ in 0..PARTS {
            found = self.spared_part(profile, &policy, found.next).await?;
            if !found.users.is_empty() || found.next.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn spared_part(
        &self,
        profile: &TenantProfile,
        policy: &Policy,
        after: Option<LockPlace>,
    ) -> Result<Spared, TenantFault> {
        let (now, reader) = (self.inner.clock.now(), &self.inner.reader);
        let filter = LockFilter { sort: None, ends: Ends::Whenever, prefix: None };
        let query = LockQuery { tenant: profile.id().clone(), filter, after, now };
        let found = reader.next_locks(query, PART).await?;
        let automatic = found.locks.into_iter().filter(|lock| lock.sort != LockSort::Staff);
        let mut users: Vec<UserId> = automatic.map(|lock| lock.user).collect();
        users.sort();
        users.dedup();
        let standing = reader.standing_locks(profile.id().clone(), users.clone(), now).await?;
        users.retain(|user| {
            let locks = standing.get(user).map(Vec::as_slice).unwrap_or_default();
            !locks.is_empty() && !locks.iter().any(|lock| lock.stands_under(policy, now))
        });
        Ok(Spared { users, next: found.next })
    }
}

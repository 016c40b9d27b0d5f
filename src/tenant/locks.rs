//! What staff do about locks: by hand to one account, to many at once, and the mail that lets the
//! owner do it. Every deed carries who did it and why.

use tokio::task::JoinSet;

use super::profile::TenantProfile;
use super::{TenantFault, Tenants};
use crate::lockout::Event;
use crate::model::{CanonicalKey, Span, Until, UserId};
use crate::store::SubjectKey;
use crate::store::outbox::{OutboxStatus, OutboxTopic};
use crate::store::subject_events::SubjectRequest;
use crate::store::subject_mails::{UnlockMailAnswer, UnlockMailRequest};
use crate::store::unlocks::Unlocking;

pub use crate::store::unlocks::{OnlyIf, Skip};

/// Accounts whose unlocking is handed in together.
pub(super) const AT_ONCE: usize = 50;

/// What came of accounts that were to be unlocked together.
#[derive(Debug, Default)]
pub(super) struct UnlockTurn {
    /// Those that an answer came for, and why one was left alone.
    pub ended: Vec<(UserId, OnlyIf, Option<Skip>)>,
    /// Of the others, one fault.
    pub fault: Option<TenantFault>,
}

/// Who does something to locks, and why: for the audit log.
#[derive(Debug, Clone, Copy)]
pub struct ByHand<'d> {
    pub actor: &'d str,
    pub reason: &'d str,
}

/// What came of unlocking many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnlockedMany {
    pub done: Vec<UserId>,
    pub skipped: Vec<(UserId, Skip)>,
}

/// What came of asking for an unlock mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffMail {
    OnItsWay,
    /// By the caps against mail bombing, or because no link would end anything.
    HeldBack,
    /// There is no address to write to.
    NoAddress,
}

impl Tenants {
    /// Locks by staff until then, or for the policy's `manual_lock_duration`.
    ///
    /// # Errors
    /// `NotFound` for an unknown user.
    pub async fn lock_by_hand(
        &self,
        profile: &TenantProfile,
        user: UserId,
        until: Option<Until>,
        by: ByHand<'_>,
    ) -> Result<(), TenantFault> {
        let request = request(profile, user, Event::StaffLock { until }, by);
        self.change_subject(profile, request).await.map(drop)
    }

    /// Unlocks these accounts, each as its row stands when it is its turn.
    ///
    /// # Errors
    /// As any write: those of an earlier turn are unlocked. Asking again goes on where it stopped.
    pub async fn unlock_many(
        &self,
        profile: &TenantProfile,
        users: Vec<UserId>,
        only: OnlyIf,
        by: ByHand<'_>,
    ) -> Result<UnlockedMany, TenantFault> {
        let mut all = UnlockedMany::default();
        for turn in users.chunks(AT_ONCE) {
            let turn = turn.iter().map(|user| (user.clone(), only)).collect();
            let UnlockTurn { ended, fault } = self.unlock_turn(profile, turn, by).await;
            for (user, _, skipped) in ended {
                match skipped {
                    None => all.done.push(user),
                    Some(skip) => all.skipped.push((user, skip)),
                }
            }
            fault.map_or(Ok(()), Err)?;
        }
        all.done.sort();
        all.skipped.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// Unlocks a few accounts at once, which the store may write together. A fault at one of them keeps
    /// none of the others from being unlocked, published and named.
    pub(super) async fn unlock_turn(
        &self,
        profile: &TenantProfile,
        turn: Vec<(UserId, OnlyIf)>,
        by: ByHand<'_>,
    ) -> UnlockTurn {
        let asked = self.inner.directory.asked();
        let mut running = JoinSet::new();
        for (user, only) in turn {
            let request = request(profile, user.clone(), Event::StaffUnlock, by);
            let store = self.inner.store.clone();
            running.spawn(async move { (user, only, store.unlock_if(request, only).await) });
        }
        let mut turn = UnlockTurn::default();
        while let Some(joined) = running.join_next().await {
            match joined {
                Ok((user, only, Ok(Unlocking::Done(change)))) => {
                    let subject = SubjectKey::user(&user);
                    self.publish_change(profile, subject, &change, asked).await;
                    turn.ended.push((user, only, None));
                }
                Ok((user, only, Ok(Unlocking::Skipped(skip)))) => {
                    turn.ended.push((user, only, Some(skip)));
                }
                Ok((_, _, Err(error))) => turn.fault = Some(error.into()),
                // Only a panic of ours ends one without an answer.
                Err(_) => turn.fault = Some(TenantFault::Unavailable),
            }
        }
        turn
    }

    /// Has the unlock mail sent to the owner of an account: the safe act, since only its owner reads
    /// it.
    ///
    /// # Errors
    /// As any write; `NotFound` for an unknown user.
    pub async fn mail_unlock_by_hand(
        &self,
        profile: &TenantProfile,
        user: UserId,
        actor: &str,
    ) -> Result<StaffMail, TenantFault> {
        let found = self.inner.reader.user(profile.id().clone(), user.clone()).await?;
        let record = found.ok_or(TenantFault::NotFound)?;
        let name = record.identifications.first();
        let Some(key) = name.map(|name| name.canonical_key.clone()) else {
            return Ok(StaffMail::NoAddress);
        };
        let subject = SubjectKey::user(&user);
        let asked = self.inner.clock.now();
        let request = self.mail_request(profile, subject.clone(), key);
        match self.inner.store.mail_unlock_by_hand(request, user, actor.to_owned()).await? {
            UnlockMailAnswer::Recorded => {}
            // The name went to somebody else meanwhile.
            UnlockMailAnswer::Again => return Err(TenantFault::Unavailable),
        }
        let since = asked.before(Span::SECOND);
        let mails = self.inner.reader.mails_of_subject(profile.id().clone(), subject, since);
        let mut mails = mails.await?.into_iter();
        Ok(match mails.find(|row| row.topic == OutboxTopic::Unlock).map(|row| row.status) {
            Some(OutboxStatus::Void) => StaffMail::NoAddress,
            None | Some(OutboxStatus::Suppressed) => StaffMail::HeldBack,
            Some(
                OutboxStatus::Due
                | OutboxStatus::Sending
                | OutboxStatus::Sent
                | OutboxStatus::Dropped
                | OutboxStatus::Dead,
            ) => StaffMail::OnItsWay,
        })
    }

    fn mail_request(
        &self,
        profile: &TenantProfile,
        subject: SubjectKey,
        key: CanonicalKey,
    ) -> UnlockMailRequest {
        let phantom = self.phantom(profile, &key);
        UnlockMailRequest { tenant: profile.id().clone(), key, subject, phantom }
    }
}

fn request(profile: &TenantProfile, user: UserId, event: Event, by: ByHand<'_>) -> SubjectRequest {
    SubjectRequest {
        tenant: profile.id().clone(),
        user,
        event,
        actor: by.actor.to_owned(),
        reason: Some(by.reason.to_owned()),
    }
}

//! Unlocking many: each account is judged again under its own row lock, so that one that was locked by
//! staff, has been unlocked or is gone by now is left alone and named. Knows no page.

use tokio::sync::oneshot;

use super::Store;
use super::committer::{Work, reply_of};
use super::error::StoreError;
use super::ledger::{Ledger, Place};
use super::shares::Room;
use super::subject_events::{SubjectChange, SubjectJob, SubjectRequest, change};
use super::subjects::SubjectKey;
use crate::lockout::{self, SubjectState};
use crate::model::{Lane, Millis, Source};

/// Whose locks are lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlyIf {
    /// Whoever is locked.
    Locked,
    /// Not by staff: somebody decided that.
    NotByStaff,
    /// By the lock of the policy that began then, and by no other.
    Since(Millis),
}

/// Why an account was left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    ByStaff,
    /// Another lock stands than the one that was meant.
    Another,
    NotLocked,
    Gone,
}

/// What came of one account.
#[derive(Debug, Clone)]
pub enum Unlocking {
    Done(Box<SubjectChange>),
    Skipped(Skip),
}

impl Store {
    /// Lifts the locks of one account, if they are such.
    ///
    /// # Errors
    /// As any write.
    pub async fn unlock_if(
        &self,
        request: SubjectRequest,
        only: OnlyIf,
    ) -> Result<Unlocking, StoreError> {
        let (reply, answer) = oneshot::channel();
        let key = (request.tenant.clone(), SubjectKey::user(&request.user));
        let run = move |work: &mut Work<'_>| unlock(work, &request, only);
        let room = Room::Reserved;
        self.submit(&key.0.clone(), Box::new(SubjectJob { key, room, run, done: None, reply }));
        reply_of(answer).await
    }
}

/// The subject's row is locked.
fn unlock<L: Ledger + ?Sized>(
    ledger: &mut L,
    request: &SubjectRequest,
    only: OnlyIf,
) -> Result<Unlocking, StoreError> {
    let subject = SubjectKey::user(&request.user);
    let nowhere = Source::from_stored(String::new());
    let place =
        Place { tenant: &request.tenant, subject: &subject, source: &nowhere, lane: &Lane::Public };
    let state = ledger.view(place)?.subject;
    if let Some(skip) = skipped(&state, only, ledger.now().max(state.last_instant)) {
        return Ok(Unlocking::Skipped(skip));
    }
    match change(ledger, request)? {
        Ok(change) => Ok(Unlocking::Done(Box::new(change))),
        Err(StoreError::NotFound) => Ok(Unlocking::Skipped(Skip::Gone)),
        Err(error) => Err(error),
    }
}

fn skipped(state: &SubjectState, only: OnlyIf, now: Millis) -> Option<Skip> {
    let lock = lockout::account_lock(state, now);
    // Locks of single sources are the episode's.
    let of_a_source =
        state.episode_open && state.episode_lock_end.is_some_and(|end| end.holds_at(now));
    match (lock, only) {
        (Some(lock), OnlyIf::NotByStaff) if lock.staff => Some(Skip::ByStaff),
        (Some(lock), OnlyIf::Since(meant)) if lock.staff || lock.since != meant => {
            Some(Skip::Another)
        }
        (None, OnlyIf::Since(_)) => Some(Skip::NotLocked),
        (None, OnlyIf::Locked | OnlyIf::NotByStaff) if !of_a_source => Some(Skip::NotLocked),
        (Some(_) | None, _) => None,
    }
}

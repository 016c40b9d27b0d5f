//! An authenticator app that its owner has not confirmed yet, on the session in which they asked for
//! it: sealed, with its end inside. Opens nothing and computes no code.

use diesel::prelude::*;

use super::Store;
use super::error::StoreError;
use super::schema::sessions;
use super::sessions::{SessionStatus, find};
use crate::model::{SessionId, TenantId};

/// Codes that may be tried against one.
const TRIES: i64 = 5;

/// What a code is tried against.
#[derive(Clone, PartialEq, Eq)]
pub enum PendingTotp {
    /// Sealed; the try is spent.
    Waiting(String),
    /// The tries are spent.
    Spent,
    Nothing,
}

impl Store {
    /// Keeps an app that waits to be confirmed, in the place of one from before; `None` forgets it.
    ///
    /// # Errors
    /// `NotFound` when there is no such live session.
    pub async fn set_pending_totp(
        &self,
        tenant: TenantId,
        session: SessionId,
        sealed: Option<String>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            find(db, &tenant, &session)?
                .filter(|found| found.status_at(now) == SessionStatus::Active)
                .ok_or(StoreError::NotFound)?;
            diesel::update(sessions::table.find((&tenant, &session)))
                .set((sessions::pending_totp.eq(&sealed), sessions::pending_tries.eq(0)))
                .execute(db)?;
            Ok(())
        })
        .await
    }

    /// Spends a try before anything is compared.
    ///
    /// # Errors
    /// As any write.
    pub async fn try_pending_totp(
        &self,
        tenant: TenantId,
        session: SessionId,
    ) -> Result<PendingTotp, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _now| {
            let found = find(db, &tenant, &session)?;
            let Some((sealed, tries)) =
                found.and_then(|found| Some((found.pending_totp?, found.pending_tries)))
            else {
                return Ok(PendingTotp::Nothing);
            };
            if tries >= TRIES {
                return Ok(PendingTotp::Spent);
            }
            diesel::update(sessions::table.find((&tenant, &session)))
                .set(sessions::pending_tries.eq(tries.saturating_add(1)))
                .execute(db)?;
            Ok(PendingTotp::Waiting(sealed))
        })
        .await
    }
}

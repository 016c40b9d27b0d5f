//! What a live session was asked to prove again. That it was proved is written by a settle alone.

use diesel::prelude::*;

use super::Store;
use super::columns::text_enum;
use super::error::StoreError;
use super::schema::sessions;
use super::sessions::{Session, SessionStatus, find};
use crate::model::{SessionId, TenantId};

text_enum! {
    /// How much of the sign-in is to be proved again: Clerk's words.
    VerificationLevel {
        FirstFactor = "first_factor",
        SecondFactor = "second_factor",
        MultiFactor = "multi_factor",
    }
}

impl Store {
    /// Asks a live session to prove its factors again, from now on.
    ///
    /// # Errors
    /// `NotFound` when there is no such live session.
    pub async fn ask_again(
        &self,
        tenant: TenantId,
        id: SessionId,
        level: VerificationLevel,
    ) -> Result<Session, StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, now| {
            let mut session = find(db, &tenant, &id)?
                .filter(|found| found.status_at(now) == SessionStatus::Active)
                .ok_or(StoreError::NotFound)?;
            session.asked_level = Some(level);
            session.asked_at = Some(now);
            diesel::update(sessions::table.find((&tenant, &id)))
                .set((sessions::asked_level.eq(level), sessions::asked_at.eq(now)))
                .execute(db)?;
            Ok(session)
        })
        .await
    }
}

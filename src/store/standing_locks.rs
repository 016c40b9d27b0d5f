//! The policy locks of some users with the counts that made them, as the core looks at them. Asks along
//! primary keys only; writes nothing.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Reader;
use super::error::StoreError;
use super::schema::{sources, subjects};
use super::subjects::{SourceRow, SubjectKey, SubjectRow};
use crate::lockout::{StandingLock, SubjectState};
use crate::model::{Millis, TenantId, UserId};

/// Most users that one question may ask for.
const MOST: usize = 500;

impl Reader {
    /// The policy locks of these users (at most 500) that stand at `now`, by user; without those whom
    /// staff have locked.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn standing_locks(
        &self,
        tenant: TenantId,
        users: Vec<UserId>,
        now: Millis,
    ) -> Result<HashMap<UserId, Vec<StandingLock>>, StoreError> {
        self.run(move |db| {
            let keys: Vec<SubjectKey> = users.iter().take(MOST).map(SubjectKey::user).collect();
            let rows: Vec<SubjectRow> = subjects::table
                .filter(subjects::tenant_id.eq(tenant.as_str()))
                .filter(subjects::subject.eq_any(&keys))
                .select(SubjectRow::as_select())
                .load(db)?;
            let of_sources: Vec<SourceRow> = sources::table
                .filter(sources::tenant_id.eq(tenant.as_str()))
                .filter(sources::subject.eq_any(&keys))
                .filter(sources::lock_until.gt(now.0))
                .select(SourceRow::as_select())
                .load(db)?;
            let by_staff = |state: &SubjectState| {
                state.staff_lock.is_some_and(|lock| lock.until.holds_at(now))
            };
            let mut found = HashMap::new();
            for row in rows {
                let state = row.state();
                let Some(user) = UserId::parse(&row.subject).filter(|_| !by_staff(&state)) else {
                    continue;
                };
                let own = of_sources.iter().filter(|source| source.subject == row.subject);
                let locks = own
                    .filter_map(|source| StandingLock::of_source(&state, &source.state(), now))
                    .chain(StandingLock::of_account(&state, now));
                found.insert(user, locks.collect());
            }
            Ok(found)
        })
        .await
    }
}

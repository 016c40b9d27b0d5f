//! Locks that kept their owner out: which stories are still to be judged, what came of it, and how many
//! there were. Judges nothing itself; every question is of a bounded number of stories along an index.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::Db;
use super::error::StoreError;
use super::schema::lock_stories;
use super::{Reader, Store};
use crate::model::{Millis, TenantId, UserId};

/// Stories that one round judges, those first whose turn came first.
const A_ROUND: i64 = 50;
/// Stories that a page counts, and times that it draws: the newest.
pub const COUNTED: i64 = 10_000;

/// A story whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToJudge {
    pub user: UserId,
    pub locked_at: Millis,
    pub signed_in_at: Millis,
}

/// What came of a look at a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub user: UserId,
    pub locked_at: Millis,
    pub kept_out: bool,
    /// When to look once more.
    pub again: Option<Millis>,
}

/// People who were locked, each once until they have signed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Share {
    #[diesel(sql_type = BigInt)]
    pub locked: i64,
    /// Whose owner met the lock.
    #[diesel(sql_type = BigInt)]
    pub kept_out: i64,
    /// Of whom that is not known yet.
    #[diesel(sql_type = BigInt)]
    pub open: i64,
}

impl Share {
    /// Whether older ones may have been left out.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.locked >= COUNTED
    }
}

/// What the overview shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptOut {
    pub share: Share,
    /// When each lock that kept its owner out began, the newest first; at most [`COUNTED`].
    pub times: Vec<Millis>,
}

const SHARE: &str = "SELECT count(*) AS locked, count(CASE WHEN kept_out THEN 1 END) AS kept_out, \
     count(CASE WHEN NOT kept_out AND (judge_at IS NOT NULL OR NOT done) THEN 1 END) AS open \
     FROM (SELECT * FROM lock_stories \
     WHERE tenant_id = $1 AND locked_at >= $2 ORDER BY locked_at DESC LIMIT $3) AS newest";

impl Reader {
    /// How many of those who were locked since `counted` were kept out, and when that was since `drawn`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn kept_out(
        &self,
        tenant: TenantId,
        counted: Millis,
        drawn: Millis,
    ) -> Result<KeptOut, StoreError> {
        self.run(move |db| {
            let asked = diesel::sql_query(SHARE)
                .bind::<Text, _>(&tenant)
                .bind::<BigInt, _>(counted)
                .bind::<BigInt, _>(COUNTED);
            let share: Share = match db {
                Db::Sqlite(db) => asked.get_result(db)?,
                #[cfg(feature = "postgres")]
                Db::Postgres(db) => asked.get_result(db)?,
            };
            // The index is used because its condition stands here word for word.
            let times: Vec<Millis> = lock_stories::table
                .filter(lock_stories::tenant_id.eq(&tenant))
                .filter(lock_stories::kept_out)
                .filter(lock_stories::locked_at.ge(drawn))
                .order(lock_stories::locked_at.desc())
                .limit(COUNTED)
                .select(lock_stories::locked_at)
                .load(db)?;
            Ok(KeptOut { share, times })
        })
        .await
    }

    /// Stories whose turn has come; at most 50.
    ///
    /// # Errors
    /// As [`Reader::kept_out`].
    pub async fn stories_to_judge(
        &self,
        tenant: TenantId,
        now: Millis,
    ) -> Result<Vec<ToJudge>, StoreError> {
        self.run(move |db| {
            let rows: Vec<(UserId, Millis, Option<Millis>)> = lock_stories::table
                .filter(lock_stories::tenant_id.eq(&tenant))
                .filter(lock_stories::judge_at.is_not_null())
                .filter(lock_stories::judge_at.le(now))
                .order(lock_stories::judge_at)
                .limit(A_ROUND)
                .select((
                    lock_stories::user_id,
                    lock_stories::locked_at,
                    lock_stories::signed_in_at,
                ))
                .load(db)?;
            let story = |(user, locked_at, signed_in_at): (UserId, Millis, Option<Millis>)| {
                // Only a sign-in gives a story its turn.
                let signed_in_at = signed_in_at.unwrap_or(locked_at);
                ToJudge { user, locked_at, signed_in_at }
            };
            Ok(rows.into_iter().map(story).collect())
        })
        .await
    }
}

impl Store {
    /// Keeps what came of looks at stories.
    ///
    /// # Errors
    /// As any write.
    pub async fn keep_verdicts(
        &self,
        tenant: TenantId,
        verdicts: Vec<Verdict>,
    ) -> Result<(), StoreError> {
        let owner = tenant.clone();
        self.write(&owner, move |db, _| {
            for Verdict { user, locked_at, kept_out, again } in &verdicts {
                diesel::update(lock_stories::table.find((&tenant, user, *locked_at)))
                    .set((lock_stories::kept_out.eq(*kept_out), lock_stories::judge_at.eq(*again)))
                    .execute(db)?;
            }
            Ok(())
        })
        .await
    }
}

//! The attempts log: what was tried, what it did and under which policy; the memory by which an
//! unclear commit is asked again. Refused tries are sums per minute, outside the durability promise.
//! Decides nothing.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::columns::text_enum;
use super::connection::Db;
use super::error::StoreError;
use super::schema::{attempts, identifications, refusals};
use super::statement::{one, stored};
use super::stretch::Stretch;
use super::subjects::SubjectKey;
use super::{Reader, Store};
use crate::model::{
    AttemptId, CanonicalKey, Lane, Millis, SessionId, SignInId, Source, TenantId, UserId,
};

/// Most rows one question may ask for.
const PAGE: i64 = 500;
/// Identifiers looked up by one statement.
const KEYS: usize = 500;

text_enum! {
    /// What the verification said.
    AttemptOutcome {
        Right = "right",
        Wrong = "wrong",
        /// Thrown away, because the subject was locked by then.
        Discarded = "discarded",
    }
}

text_enum! {
    /// What the settle made of it.
    AttemptDecision {
        /// Wrong, counted, no lock yet.
        Counted = "counted",
        /// Wrong, and this failure locked.
        Locked = "locked",
        /// Locked before: right or wrong was thrown away.
        Refused = "refused",
        /// Wrong, not counted: lockout is off.
        UncountedLockoutOff = "uncounted_lockout_off",
        /// Wrong, not counted: the policy does not select this authenticator.
        UncountedAuthenticator = "uncounted_authenticator",
        /// Wrong, not counted: this source was counted for the same password before.
        UncountedRepeated = "uncounted_repeated",
        /// Wrong, not counted by the lockout: a reset code has tries of its own.
        UncountedResetCode = "uncounted_reset_code",
        /// Right, and another factor is needed.
        Passed = "passed",
        /// Right; it was checked for a user, outside a sign-in.
        Verified = "verified",
        /// Right, and the sign-in is complete.
        Completed = "completed",
        /// Right, but the user is banned.
        Banned = "banned",
    }
}

/// One attempt, complete: replay and "lock explained" read it and cannot invent what is not here.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = attempts, primary_key(tenant_id, id))]
pub struct AttemptRow {
    pub tenant_id: TenantId,
    pub id: AttemptId,
    /// The instant that decided.
    pub at: Millis,
    pub subject: SubjectKey,
    pub user_id: Option<UserId>,
    pub source: Source,
    /// `model::Authenticator` as text, or `none` for what cannot be guessed.
    pub authenticator: String,
    pub outcome: AttemptOutcome,
    pub decision: AttemptDecision,
    /// A wrong password repeated from the same source (`ignore_repeated_secret`).
    pub repeated: bool,
    /// `model::Lane::stored`.
    pub lane: String,
    pub device: Option<String>,
    pub policy_version: i64,
    pub sign_in_id: Option<SignInId>,
    pub session_id: Option<SessionId>,
    /// The node that settled it.
    pub node: String,
    /// Counted failures of the lane afterwards.
    pub count_after: i64,
    /// Tries left before the lock, where failures are counted.
    pub remaining: Option<i64>,
    /// The lock that was answered: `automatic`, `long_run` or `staff`.
    pub lock_kind: Option<String>,
    pub lock_source_only: bool,
    pub lock_since: Option<Millis>,
    /// `i64::MAX` where only an unlock ends it.
    pub lock_until: Option<Millis>,
    /// The attempt of the same subject that was decided before this one. Filled by the store.
    pub previous: Option<AttemptId>,
}

/// Refused tries to be added: of one subject, from one source, in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = refusals)]
pub struct Refusals {
    pub tenant_id: TenantId,
    pub subject: SubjectKey,
    pub source: Source,
    /// Minutes since the Unix epoch.
    pub minute: i64,
    pub tries: i64,
}

// A taken id fails: that is what keeps an attempt from counting twice (protocol rule 7).
stored! { AttemptRow, "attempts", Fail, [tenant_id, id];
    tenant_id: Text, id: Text, at: Int, subject: Text, user_id: Text, source: Text,
    authenticator: Text, outcome: Text, decision: Text, repeated: Flag, lane: Text, device: Text,
    policy_version: Int, sign_in_id: Text, session_id: Text, node: Text, count_after: Int,
    remaining: Int, lock_kind: Text, lock_source_only: Flag, lock_since: Int, lock_until: Int,
    previous: Text,
}

pub(super) fn find(
    db: &mut Db,
    tenant: &TenantId,
    id: &AttemptId,
) -> QueryResult<Option<AttemptRow>> {
    one(db, [tenant.as_str(), id.as_str(), ""])
}

/// From the subject's last attempt back, each by the key that the one after it names. SQLite numbers
/// `$1` as PostgreSQL does.
const WAY_BACK: &str = "WITH RECURSIVE back (id, number) AS ( \
       SELECT last_attempt, CAST(1 AS bigint) FROM subjects \
       WHERE tenant_id = $1 AND subject = $2 AND last_attempt IS NOT NULL \
     UNION ALL \
       SELECT a.previous, back.number + 1 FROM back \
       JOIN attempts a ON a.tenant_id = $1 AND a.id = back.id \
       WHERE a.previous IS NOT NULL AND back.number < $3 \
     ) SELECT id FROM back WHERE number <= $3 ORDER BY number";

/// The same from one of the subject's attempts.
const WAY_BACK_FROM: &str = "WITH RECURSIVE back (id, number) AS ( \
       SELECT id, CAST(1 AS bigint) FROM attempts \
       WHERE tenant_id = $1 AND subject = $2 AND id = $3 \
     UNION ALL \
       SELECT a.previous, back.number + 1 FROM back \
       JOIN attempts a ON a.tenant_id = $1 AND a.id = back.id \
       WHERE a.previous IS NOT NULL AND back.number < $4 \
     ) SELECT id FROM back WHERE number <= $4 ORDER BY number";

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    id: AttemptId,
}

/// The ids of a subject's newest attempts, or of those from one of them back, newest first.
fn way_back(
    db: &mut Db,
    tenant: &TenantId,
    subject: &SubjectKey,
    from: Option<&AttemptId>,
    limit: i64,
) -> QueryResult<Vec<AttemptId>> {
    macro_rules! walked {
        ($way:expr) => {
            match db {
                Db::Sqlite(sqlite) => $way.load(sqlite)?,
                #[cfg(feature = "postgres")]
                Db::Postgres(pg) => $way.load(pg)?,
            }
        };
    }
    let named: Vec<Named> = match from {
        None => walked!(
            diesel::sql_query(WAY_BACK)
                .bind::<Text, _>(tenant)
                .bind::<Text, _>(subject)
                .bind::<BigInt, _>(limit)
        ),
        Some(from) => walked!(
            diesel::sql_query(WAY_BACK_FROM)
                .bind::<Text, _>(tenant)
                .bind::<Text, _>(subject)
                .bind::<Text, _>(from)
                .bind::<BigInt, _>(limit)
        ),
    };
    Ok(named.into_iter().map(|named| named.id).collect())
}

/// The rows of these ids, in their order.
fn rows_of(db: &mut Db, tenant: &TenantId, ids: &[AttemptId]) -> QueryResult<Vec<AttemptRow>> {
    let mut rows: Vec<AttemptRow> = attempts::table
        .filter(attempts::tenant_id.eq(tenant))
        .filter(attempts::id.eq_any(ids))
        .select(AttemptRow::as_select())
        .load(db)?;
    let place: HashMap<&AttemptId, usize> = ids.iter().zip(0..).collect();
    rows.sort_by_key(|row| place.get(&row.id).copied());
    Ok(rows)
}

/// Adds to the sum of a minute. Written per database: `ON CONFLICT` does not pass through the enum.
fn add_refused(db: &mut Db, row: &Refusals) -> QueryResult<()> {
    match db {
        Db::Sqlite(sqlite) => diesel::insert_into(refusals::table)
            .values(row)
            .on_conflict((
                refusals::tenant_id,
                refusals::subject,
                refusals::source,
                refusals::minute,
            ))
            .do_update()
            .set(refusals::tries.eq(refusals::tries + row.tries))
            .execute(sqlite)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => diesel::insert_into(refusals::table)
            .values(row)
            .on_conflict((
                refusals::tenant_id,
                refusals::subject,
                refusals::source,
                refusals::minute,
            ))
            .do_update()
            .set(refusals::tries.eq(refusals::tries + row.tries))
            .execute(pg)?,
    };
    Ok(())
}

/// Attempts that a mail looks back over, at most.
const LOOKED_BACK: i64 = 1_000;

impl Reader {
    /// Where the last `failures` counted attempts of a subject came from that were decided by `until`,
    /// newest first, each source once; lanes of their own are not the attack.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn counted_sources(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        until: Millis,
        failures: i64,
    ) -> Result<Vec<Source>, StoreError> {
        self.run(move |db| {
            // No index leads to a subject's attempts: each of its rows names the one before it.
            let ids = way_back(db, &tenant, &subject, None, LOOKED_BACK)?;
            let most = usize::try_from(failures.clamp(1, LOOKED_BACK)).unwrap_or(usize::MAX);
            let public = Lane::Public.stored();
            let counted = |row: &AttemptRow| match row.decision {
                AttemptDecision::Counted | AttemptDecision::Locked => row.lane == public,
                AttemptDecision::Refused
                | AttemptDecision::UncountedLockoutOff
                | AttemptDecision::UncountedAuthenticator
                | AttemptDecision::UncountedRepeated
                | AttemptDecision::UncountedResetCode
                | AttemptDecision::Passed
                | AttemptDecision::Verified
                | AttemptDecision::Completed
                | AttemptDecision::Banned => false,
            };
            let rows = rows_of(db, &tenant, &ids)?.into_iter();
            let found: Vec<Source> = rows
                .filter(|row| row.at <= until && counted(row))
                .take(most)
                .map(|row| row.source)
                .collect();
            let mut seen = HashSet::new();
            Ok(found.into_iter().filter(|source| seen.insert(source.clone())).collect())
        })
        .await
    }

    /// The newest attempts of a subject, newest first; at most 500. One look by key for each.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn attempts_of(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        limit: i64,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        self.run(move |db| {
            let ids = way_back(db, &tenant, &subject, None, limit.clamp(0, PAGE))?;
            Ok(rows_of(db, &tenant, &ids)?)
        })
        .await
    }

    /// The attempt `from` of a subject and those before it, newest first; at most 500. Nothing where
    /// it is another subject's.
    ///
    /// # Errors
    /// As [`Reader::attempts_of`].
    pub async fn attempts_from(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        from: AttemptId,
        limit: i64,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        self.run(move |db| {
            let ids = way_back(db, &tenant, &subject, Some(&from), limit.clamp(0, PAGE))?;
            Ok(rows_of(db, &tenant, &ids)?)
        })
        .await
    }

    /// Who has which of these identifiers; what nobody has is left out. One statement a page.
    ///
    /// # Errors
    /// As [`Reader::attempts_of`].
    pub async fn owners(
        &self,
        tenant: TenantId,
        keys: Vec<CanonicalKey>,
    ) -> Result<HashMap<CanonicalKey, UserId>, StoreError> {
        self.run(move |db| {
            let mut owners = HashMap::new();
            for page in keys.chunks(KEYS) {
                let found: Vec<(CanonicalKey, UserId)> = identifications::table
                    .filter(identifications::tenant_id.eq(&tenant))
                    .filter(identifications::canonical_key.eq_any(page))
                    .select((identifications::canonical_key, identifications::user_id))
                    .load(db)?;
                owners.extend(found);
            }
            Ok(owners)
        })
        .await
    }

    /// The newest sums of refused tries of a subject, newest minute first; at most 5,000.
    ///
    /// # Errors
    /// As [`Reader::attempts_of`].
    pub async fn refusals_of(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        limit: i64,
    ) -> Result<Vec<Refusals>, StoreError> {
        self.refusals_within(tenant, subject, Stretch::default(), limit).await
    }
}

impl Store {
    /// Adds refused tries to their minutes' sums, all of one tenant in one transaction each.
    ///
    /// # Errors
    /// As any write; what was not written yet is lost (DESIGN §5.0 allows it).
    pub async fn add_refusals(&self, rows: Vec<Refusals>) -> Result<(), StoreError> {
        let mut by_tenant: std::collections::BTreeMap<TenantId, Vec<Refusals>> =
            std::collections::BTreeMap::new();
        for row in rows {
            by_tenant.entry(row.tenant_id.clone()).or_default().push(row);
        }
        for (tenant, mut rows) in by_tenant {
            // One order for every writer, so that two nodes cannot wait for each other.
            rows.sort_by(|a, b| {
                (&a.subject, &a.source, a.minute).cmp(&(&b.subject, &b.source, b.minute))
            });
            self.write(&tenant, move |db, _now| {
                for row in &rows {
                    add_refused(db, row)?;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

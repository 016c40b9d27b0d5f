//! What was recorded of a tenant's tries, newest first and in narrow rows: what the time machine reads.
//! Each page is one question along a primary key, so that nobody holds a connection for long. Knows
//! nothing of policies.

use diesel::prelude::*;

use super::Reader;
use super::attempts::AttemptDecision;
use super::error::StoreError;
use super::schema::{attempts, audit, refusals};
use super::subjects::SubjectKey;
use crate::model::{AttemptId, AuditId, Millis, Source, TenantId};

/// Rows of a page.
pub const RECORDED_PAGE: i64 = 10_000;

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = attempts)]
pub struct RecordedTry {
    pub id: AttemptId,
    pub previous: Option<AttemptId>,
    pub at: Millis,
    pub subject: SubjectKey,
    pub source: Source,
    /// As `AttemptRow` has it.
    pub authenticator: String,
    pub decision: AttemptDecision,
    pub repeated: bool,
    /// `model::Lane::stored`.
    pub lane: String,
    pub lock_kind: Option<String>,
    pub lock_source_only: bool,
    pub lock_since: Option<Millis>,
    pub lock_until: Option<Millis>,
}

/// A minute's sum of tries that were refused from memory.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = refusals)]
pub struct RecordedSum {
    /// Minutes since the Unix epoch.
    pub minute: i64,
    pub subject: SubjectKey,
    pub source: Source,
    pub tries: i64,
}

/// A lock or its early end, of an account.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = audit)]
pub struct RecordedLock {
    pub id: AuditId,
    pub at: Millis,
    /// `user.locked` or `user.unlocked`.
    pub action: String,
    pub subject: Option<SubjectKey>,
    /// JSON object.
    pub detail: String,
}

/// Where the next page of sums goes on.
pub type SumPlace = (i64, SubjectKey, Source);

impl Reader {
    /// The newest tries made since `from` and before `before`, the newest first; at most 10,000.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn recorded_tries(
        &self,
        tenant: TenantId,
        from: Millis,
        before: AttemptId,
    ) -> Result<Vec<RecordedTry>, StoreError> {
        self.newest_tries(tenant, from, before, RECORDED_PAGE).await
    }

    /// The same, at most `most`.
    ///
    /// # Errors
    /// As [`Reader::recorded_tries`].
    pub async fn newest_tries(
        &self,
        tenant: TenantId,
        from: Millis,
        before: AttemptId,
        most: i64,
    ) -> Result<Vec<RecordedTry>, StoreError> {
        self.run(move |db| {
            Ok(attempts::table
                .filter(attempts::tenant_id.eq(&tenant))
                .filter(attempts::id.ge(AttemptId::floor(from)))
                .filter(attempts::id.lt(&before))
                .order(attempts::id.desc())
                .limit(most.clamp(0, RECORDED_PAGE))
                .select(RecordedTry::as_select())
                .load(db)?)
        })
        .await
    }

    /// Sums of refused tries from the minute `from` up to `until`, in the order of their minutes, after
    /// `after`; at most 10,000.
    ///
    /// # Errors
    /// As [`Reader::recorded_tries`].
    pub async fn recorded_sums(
        &self,
        tenant: TenantId,
        from: i64,
        until: i64,
        after: Option<SumPlace>,
    ) -> Result<Vec<RecordedSum>, StoreError> {
        self.run(move |db| {
            let begin = after.as_ref().map_or(from, |place| place.0);
            let (subject, source) = after.map_or_else(
                || (SubjectKey::from_stored(String::new()), None),
                |(_, subject, source)| (subject, Some(source)),
            );
            let mut wanted = refusals::table
                .filter(refusals::tenant_id.eq(&tenant))
                .filter(refusals::minute.between(begin, until))
                .into_boxed();
            if let Some(source) = &source {
                let later_minute = refusals::minute.gt(begin);
                let later_subject = refusals::subject.gt(&subject);
                let later_source = refusals::subject.eq(&subject).and(refusals::source.gt(source));
                wanted = wanted.filter(later_minute.or(later_subject).or(later_source));
            }
            Ok(wanted
                .order((refusals::minute.asc(), refusals::subject.asc(), refusals::source.asc()))
                .limit(RECORDED_PAGE)
                .select(RecordedSum::as_select())
                .load(db)?)
        })
        .await
    }

    /// Sums of refused tries from the minute `from` up to `until`, both included, the newest first; at
    /// most `most`.
    ///
    /// # Errors
    /// As [`Reader::recorded_tries`].
    pub async fn newest_sums(
        &self,
        tenant: TenantId,
        from: i64,
        until: i64,
        most: i64,
    ) -> Result<Vec<RecordedSum>, StoreError> {
        self.run(move |db| {
            Ok(refusals::table
                .filter(refusals::tenant_id.eq(&tenant))
                .filter(refusals::minute.between(from, until))
                .order(refusals::minute.desc())
                .limit(most.clamp(0, RECORDED_PAGE))
                .select(RecordedSum::as_select())
                .load(db)?)
        })
        .await
    }

    /// Locks and unlocks noted since `from` and before `before`, the newest first; at most 10,000.
    ///
    /// # Errors
    /// As [`Reader::recorded_tries`].
    pub async fn recorded_locks(
        &self,
        tenant: TenantId,
        from: Millis,
        before: AuditId,
    ) -> Result<Vec<RecordedLock>, StoreError> {
        self.run(move |db| {
            Ok(audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .filter(audit::id.ge(AuditId::floor(from)))
                .filter(audit::id.lt(&before))
                .filter(audit::action.eq_any(["user.locked", "user.unlocked"]))
                .order(audit::id.desc())
                .limit(RECORDED_PAGE)
                .select(RecordedLock::as_select())
                .load(db)?)
        })
        .await
    }
}

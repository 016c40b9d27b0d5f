//! A stretch of time of which something is asked, and what was noted of one account within it: sums of
//! refused tries, mails, facts. Each is a walk along an index of the account. Knows no page.

use diesel::prelude::*;

use super::Reader;
use super::attempts::Refusals;
use super::audit::AuditRow;
use super::counted::Counted;
use super::error::StoreError;
use super::mail_fates::Delivery;
use super::schema::{audit, refusals};
use super::subjects::SubjectKey;
use crate::model::{AuditId, Millis, Span, TenantId, UserId};

/// Most sums, and most rows of another kind, that one question may ask for.
const SUMS: i64 = 5_000;
const PAGE: i64 = 500;
/// The step in which ids follow the time.
const STEP: Span = Span(4);

/// From behind an instant up to another, which belongs to it; open where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stretch {
    pub after: Option<Millis>,
    pub until: Option<Millis>,
}

impl Stretch {
    #[must_use]
    pub fn holds(self, at: Millis) -> bool {
        self.after.is_none_or(|after| at > after) && self.until.is_none_or(|until| at <= until)
    }

    /// The first and the last minute (since the Unix epoch) that ends within it.
    fn minutes(self) -> (i64, i64) {
        let of = |at: Millis| at.0.div_euclid(Span::MINUTE.0);
        let last = self.until.map_or(i64::MAX, |until| of(until).saturating_sub(1));
        (self.after.map_or(i64::MIN, of), last)
    }
}

impl Reader {
    /// The sums of refused tries of a subject of the minutes that end within `stretch`, the newest
    /// minute first; at most 5,000.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn refusals_within(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        stretch: Stretch,
        limit: i64,
    ) -> Result<Vec<Refusals>, StoreError> {
        self.run(move |db| {
            let (first, last) = stretch.minutes();
            Ok(refusals::table
                .filter(refusals::tenant_id.eq(&tenant))
                .filter(refusals::subject.eq(&subject))
                .filter(refusals::minute.between(first, last))
                .order((refusals::minute.desc(), refusals::source.desc()))
                .limit(limit.clamp(0, SUMS))
                .select(Refusals::as_select())
                .load(db)?)
        })
        .await
    }

    /// How many tries of a subject were refused within `stretch`, as far as 5,000 sums of a source and
    /// a minute tell.
    ///
    /// # Errors
    /// As [`Reader::refusals_within`].
    pub async fn refused_within(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        stretch: Stretch,
    ) -> Result<Counted, StoreError> {
        self.run(move |db| {
            let (first, last) = stretch.minutes();
            let sums: Vec<i64> = refusals::table
                .filter(refusals::tenant_id.eq(&tenant))
                .filter(refusals::subject.eq(&subject))
                .filter(refusals::minute.between(first, last))
                .order((refusals::minute.desc(), refusals::source.desc()))
                .limit(SUMS)
                .select(refusals::tries)
                .load(db)?;
            let tries = sums.iter().fold(0_i64, |all, sum| all.saturating_add(*sum));
            let more = i64::try_from(sums.len()).is_ok_and(|read| read >= SUMS);
            Ok(if more { Counted::MoreThan(tries) } else { Counted::Exactly(tries) })
        })
        .await
    }

    /// The mails of a subject that were written within `stretch` or at its beginning, newest first; at
    /// most 500.
    ///
    /// # Errors
    /// As [`Reader::refusals_within`].
    pub async fn mails_within(
        &self,
        tenant: TenantId,
        subject: SubjectKey,
        stretch: Stretch,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.run(move |db| {
            Ok(super::mail_fates::within(db, &tenant, &subject, stretch, limit.clamp(0, PAGE))?)
        })
        .await
    }

    /// What was noted about a user within `stretch`, and up to 4 ms before it and behind it, because
    /// ids follow the time in such steps; newest first, at most 500.
    ///
    /// # Errors
    /// As [`Reader::refusals_within`].
    pub async fn facts_within(
        &self,
        tenant: TenantId,
        user: UserId,
        stretch: Stretch,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.run(move |db| {
            // Its index holds the rows that are about somebody, which has to be said.
            let mut asked = audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .filter(audit::user_id.is_not_null())
                .filter(audit::user_id.eq(&user))
                .order(audit::id.desc())
                .limit(limit.clamp(0, PAGE))
                .select(AuditRow::as_select())
                .into_boxed();
            if let Some(after) = stretch.after {
                asked = asked.filter(audit::id.ge(AuditId::floor(after)));
            }
            if let Some(until) = stretch.until {
                asked = asked.filter(audit::id.lt(AuditId::floor(until.after(STEP))));
            }
            Ok(asked.load(db)?)
        })
        .await
    }

    /// What was noted about a user after an instant, and up to 4 ms before it; oldest first, at most
    /// 500.
    ///
    /// # Errors
    /// As [`Reader::refusals_within`].
    pub async fn facts_after(
        &self,
        tenant: TenantId,
        user: UserId,
        after: Millis,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.run(move |db| {
            Ok(audit::table
                .filter(audit::tenant_id.eq(&tenant))
                .filter(audit::user_id.is_not_null())
                .filter(audit::user_id.eq(&user))
                .filter(audit::id.ge(AuditId::floor(after)))
                .order(audit::id.asc())
                .limit(limit.clamp(0, PAGE))
                .select(AuditRow::as_select())
                .load(db)?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_minute_ends_within_one_of_two_stretches_that_touch() {
        let older = Stretch { after: None, until: Some(Millis(120_500)) };
        let newer = Stretch { after: older.until, until: None };
        assert_eq!(older.minutes(), (i64::MIN, 1));
        assert_eq!(newer.minutes(), (2, i64::MAX));
        let older = Stretch { after: None, until: Some(Millis(120_000)) };
        assert_eq!(
            (older.minutes().1, Stretch { after: older.until, until: None }.minutes().0),
            (1, 2)
        );
        assert!(older.holds(Millis(120_000)) && !newer.holds(Millis(120_500)));
    }
}

//! How many people came how far after a lock, and how long each step took them: two questions along the
//! index of when they were locked, both of a bounded number of stories. Follows nobody and writes nothing.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Reader;
use super::connection::Db;
use super::error::StoreError;
use super::schema::lock_stories;
use crate::model::{Millis, Span, TenantId};

/// Stories that a page counts, the newest.
pub const COUNTED: i64 = 20_000;
/// Stories whose times medians are made of, the newest.
pub const TIMED: i64 = 1_000;

/// How many people came how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Reached {
    #[diesel(sql_type = BigInt)]
    pub locked: i64,
    #[diesel(sql_type = BigInt)]
    pub mailed: i64,
    #[diesel(sql_type = BigInt)]
    pub accepted: i64,
    #[diesel(sql_type = BigInt)]
    pub opened: i64,
    /// By mail, or by a reset of the password.
    #[diesel(sql_type = BigInt)]
    pub unlocked: i64,
    #[diesel(sql_type = BigInt)]
    pub signed_in: i64,
    /// Wrote to support about it.
    #[diesel(sql_type = BigInt)]
    pub asked: i64,
    /// Of those, whom staff unlocked after it.
    #[diesel(sql_type = BigInt)]
    pub helped: i64,
}

/// The median time of each step: exact, of the newest [`TIMED`] stories. `None` where nobody took it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Medians {
    /// After the lock.
    pub mailed: Option<Span>,
    /// After the step before, as the next two.
    pub accepted: Option<Span>,
    pub opened: Option<Span>,
    pub unlocked: Option<Span>,
    /// After the lock: most who sign in again have skipped a step.
    pub signed_in: Option<Span>,
    /// After the lock.
    pub asked: Option<Span>,
    /// After they asked.
    pub helped: Option<Span>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funnel {
    pub reached: Reached,
    pub medians: Medians,
}

impl Funnel {
    /// Whether older stories may have been left out of the counts, and whether some are of the medians.
    #[must_use]
    pub const fn is_cut(&self) -> (bool, bool) {
        (self.reached.locked >= COUNTED, self.reached.locked > TIMED)
    }
}

/// The times of a story.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = lock_stories)]
struct Times {
    locked_at: Millis,
    mailed_at: Option<Millis>,
    accepted_at: Option<Millis>,
    opened_at: Option<Millis>,
    unlocked_at: Option<Millis>,
    signed_in_at: Option<Millis>,
    asked_at: Option<Millis>,
    helped_at: Option<Millis>,
}

/// Parameters: tenant, the instant from which on, how many.
pub(super) const REACHED: &str = "SELECT count(*) AS locked, count(mailed_at) AS mailed, \
     count(accepted_at) AS accepted, count(opened_at) AS opened, count(unlocked_at) AS unlocked, \
     count(signed_in_at) AS signed_in, count(asked_at) AS asked, count(helped_at) AS helped \
     FROM (SELECT * FROM lock_stories \
     WHERE tenant_id = $1 AND locked_at >= $2 ORDER BY locked_at DESC LIMIT $3) AS newest";

impl Reader {
    /// What became of those who were locked since then; of the newest 20,000 where there are more.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn funnel(&self, tenant: TenantId, since: Millis) -> Result<Funnel, StoreError> {
        self.run(move |db| {
            let asked = diesel::sql_query(REACHED)
                .bind::<Text, _>(&tenant)
                .bind::<BigInt, _>(since)
                .bind::<BigInt, _>(COUNTED);
            let reached: Reached = match db {
                Db::Sqlite(db) => asked.get_result(db)?,
                #[cfg(feature = "postgres")]
                Db::Postgres(db) => asked.get_result(db)?,
            };
            let times: Vec<Times> = lock_stories::table
                .filter(lock_stories::tenant_id.eq(&tenant))
                .filter(lock_stories::locked_at.ge(since))
                .order(lock_stories::locked_at.desc())
                .limit(TIMED)
                .select(Times::as_select())
                .load(db)?;
            Ok(Funnel { reached, medians: medians(&times) })
        })
        .await
    }
}

fn medians(times: &[Times]) -> Medians {
    type Step = fn(&Times) -> Option<Millis>;
    let step = |from: Step, to: Step| {
        let took = |times: &Times| Some(to(times)?.since(from(times)?));
        median(times.iter().filter_map(took).collect())
    };
    let locked: Step = |times| Some(times.locked_at);
    Medians {
        mailed: step(locked, |times| times.mailed_at),
        accepted: step(|times| times.mailed_at, |times| times.accepted_at),
        opened: step(|times| times.accepted_at, |times| times.opened_at),
        unlocked: step(|times| times.opened_at, |times| times.unlocked_at),
        signed_in: step(locked, |times| times.signed_in_at),
        asked: step(locked, |times| times.asked_at),
        helped: step(|times| times.asked_at, |times| times.helped_at),
    }
}

/// The middle one; of an even number the mean of the two in the middle.
fn median(mut spans: Vec<Span>) -> Option<Span> {
    spans.sort_unstable();
    let upper = spans.get(spans.len() / 2)?;
    if spans.len() % 2 == 1 {
        return Some(*upper);
    }
    let lower = spans.get((spans.len() / 2).saturating_sub(1))?;
    Some(Span(lower.0.midpoint(upper.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_whatever_the_order() {
        let of = |spans: &[i64]| median(spans.iter().copied().map(Span).collect());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some(Span(7)));
        assert_eq!(of(&[90_000, 1, 40]), Some(Span(40)));
        assert_eq!(of(&[50, 10, 30, 1_000]), Some(Span(40)));
    }

    #[test]
    fn a_step_is_timed_by_those_who_took_it_and_the_one_before() {
        let at = |seconds: i64| Some(Millis(seconds * 1_000));
        let nobody = Times {
            locked_at: Millis(0),
            mailed_at: None,
            accepted_at: None,
            opened_at: None,
            unlocked_at: None,
            signed_in_at: None,
            asked_at: None,
            helped_at: None,
        };
        let by_mail = Times {
            mailed_at: at(0),
            accepted_at: at(2),
            opened_at: at(42),
            unlocked_at: at(45),
            signed_in_at: at(60),
            ..nobody
        };
        // A new password ends a lock without any link.
        let by_reset = Times { unlocked_at: at(500), signed_in_at: at(501), ..nobody };
        let by_staff = Times { asked_at: at(100), helped_at: at(400), ..nobody };
        let waits = Times { asked_at: at(50), ..nobody };
        let found = medians(&[by_mail, by_reset, by_staff, waits, nobody]);
        let seconds = |span: Option<Span>| span.map(|span| span.0 / 1_000);
        assert_eq!(seconds(found.mailed), Some(0));
        assert_eq!(seconds(found.accepted), Some(2));
        assert_eq!(seconds(found.opened), Some(40));
        assert_eq!(seconds(found.unlocked), Some(3));
        assert_eq!(found.signed_in, Some(Span(280_500)));
        assert_eq!((seconds(found.asked), seconds(found.helped)), (Some(75), Some(300)));
        assert_eq!(medians(&[nobody]), Medians::default());
    }
}

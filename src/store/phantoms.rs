//! Rows of phantoms: which of them nothing locks, how many there are, and their removal, by age or
//! because room is wanted. Knows neither the cap (`phantom_cap`) nor when to purge (`upkeep`).

use diesel::prelude::*;

use super::connection::Db;
use super::error::StoreError;
use super::schema::{sources, subjects};
use super::subject_moves;
use super::subjects::SubjectKey;
use super::upkeep::PurgeLimits;
use crate::model::{Millis, TenantId};

/// Phantoms of a tenant without a lock in force at `now`, neither their own nor one of a source.
/// A macro, because the type of such a query cannot be written down.
macro_rules! unlocked_phantoms {
    ($tenant:expr, $now:expr) => {
        subjects::table
            .filter(subjects::tenant_id.eq($tenant))
            // Without a bound value, so that the index of phantoms serves.
            .filter(subjects::phantom)
            .filter(
                subjects::lock_until.is_null().or(subjects::lock_until.assume_not_null().le($now)),
            )
            .filter(
                subjects::staff_until
                    .is_null()
                    .or(subjects::staff_until.assume_not_null().le($now)),
            )
            .filter(diesel::dsl::not(diesel::dsl::exists(
                sources::table
                    .filter(sources::tenant_id.eq(subjects::tenant_id))
                    .filter(sources::subject.eq(subjects::subject))
                    .filter(sources::lock_until.assume_not_null().gt($now))
                    .select(sources::source),
            )))
    };
}

/// Runs the query and locks what it finds; rows that a settle holds right now are left alone.
macro_rules! load_locked {
    ($db:expr, $query:expr) => {
        match $db {
            Db::Sqlite(sqlite) => $query.load(sqlite)?,
            #[cfg(feature = "postgres")]
            Db::Postgres(pg) => $query.for_update().skip_locked().load(pg)?,
        }
    };
}

/// Removes phantoms whose count is forgotten and that nothing locks.
pub(super) fn purge(
    db: &mut Db,
    tenant: &TenantId,
    now: Millis,
    limits: PurgeLimits,
) -> Result<usize, StoreError> {
    let long_ago = now.before(limits.long_runs);
    let query = unlocked_phantoms!(tenant, now)
        .filter(subjects::deadline.is_null().or(subjects::deadline.assume_not_null().lt(now)))
        .filter(subjects::long_run.eq(0).or(subjects::last_instant.lt(long_ago)))
        // Along `subjects_by_phantom_age`: in the order of the key it would pass all users, too.
        .order((subjects::last_instant.asc(), subjects::subject.asc()))
        .limit(limits.rows)
        .select(subjects::subject);
    let names: Vec<SubjectKey> = load_locked!(db, query);
    remove_unlocked(db, tenant, names, now)
}

/// How many phantoms a tenant has. Costs as much as there are.
pub(super) fn count(db: &mut Db, tenant: &TenantId) -> QueryResult<i64> {
    subjects::table
        .filter(subjects::tenant_id.eq(tenant))
        .filter(subjects::phantom)
        // True of all; it leads SQLite along `subjects_by_phantom_age`, which would else read the
        // rows of all users along the key.
        .filter(subjects::last_instant.ge(Millis(i64::MIN)))
        .count()
        .get_result(db)
}

/// A phantom's place in the order of age.
pub(super) type Age = (Millis, SubjectKey);

/// What may make room: of the next `look` phantoms after `after`, without the `keep` youngest of all,
/// up to `limit` unlocked ones.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub limit: i64,
    pub look: i64,
    pub keep: i64,
    pub after: Option<Age>,
}

/// Removes the unlocked phantoms with the oldest last instants. Says how many, and after which one the
/// next call is to go on: whatever is older is locked. Costs as much as it looks at.
pub(super) fn remove_oldest(
    db: &mut Db,
    tenant: &TenantId,
    room: Room,
    now: Millis,
) -> Result<(usize, Option<Age>), StoreError> {
    let phantoms =
        || subjects::table.filter(subjects::tenant_id.eq(tenant)).filter(subjects::phantom);
    let age = (subjects::last_instant, subjects::subject);
    let youngest: Option<Age> = phantoms()
        .order((subjects::last_instant.desc(), subjects::subject.desc()))
        .offset(room.keep)
        .select(age)
        .first(db)
        .optional()?;
    let Some(youngest) = youngest else { return Ok((0, room.after)) };
    let (since, name) = room
        .after
        .clone()
        .unwrap_or_else(|| (Millis(i64::MIN), SubjectKey::from_stored(String::new())));
    let mut next: Vec<Age> = phantoms()
        // The first part alone finds its place in the index.
        .filter(subjects::last_instant.ge(since))
        .filter(subjects::last_instant.gt(since).or(subjects::subject.gt(name)))
        .order((subjects::last_instant.asc(), subjects::subject.asc()))
        .limit(room.look)
        .select(age)
        .load(db)?;
    next.retain(|age| *age <= youngest);
    let Some(seen) = next.last().cloned() else { return Ok((0, room.after)) };
    let query = unlocked_phantoms!(tenant, now)
        .filter(subjects::subject.eq_any(next.into_iter().map(|(_, name)| name)))
        .order((subjects::last_instant.asc(), subjects::subject.asc()))
        .limit(room.limit)
        .select(age);
    let free: Vec<Age> = load_locked!(db, query);
    let full = i64::try_from(free.len()).is_ok_and(|found| found >= room.limit);
    let after = free.last().filter(|_| full).cloned().unwrap_or(seen);
    let names = free.into_iter().map(|(_, name)| name).collect();
    Ok((remove_unlocked(db, tenant, names, now)?, Some(after)))
}

/// Removes those of the locked rows that are free of locks still: on PostgreSQL the first look was
/// taken before the row lock, this one is taken after it.
fn remove_unlocked(
    db: &mut Db,
    tenant: &TenantId,
    names: Vec<SubjectKey>,
    now: Millis,
) -> Result<usize, StoreError> {
    let free: Vec<SubjectKey> = unlocked_phantoms!(tenant, now)
        .filter(subjects::subject.eq_any(names))
        .select(subjects::subject)
        .load(db)?;
    for name in &free {
        subject_moves::forget(db, tenant, name)?;
    }
    Ok(free.len())
}

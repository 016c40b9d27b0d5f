//! Whether nobody else is there: no server may run on either database while it is copied, because
//! what it still writes would be missing in the copy. Knows no table.

#[cfg(feature = "postgres")]
use diesel::sql_types::{Bool, Text};
#[cfg(feature = "postgres")]
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::super::connection::{DatabaseUrl, Db};
use super::super::error::StoreError;
#[cfg(feature = "postgres")]
use super::super::notices::LISTENER;
use super::fault::{CopyFault, Side};

/// Any number will do, as long as every copy uses the same: "lockcopy" in ASCII.
#[cfg(feature = "postgres")]
const ADVISORY_LOCK: i64 = 0x6c6f_636b_636f_7079;

/// Whether both are plainly one: the same text, or two names of one file.
#[must_use]
pub fn is_same(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let file = |url: &DatabaseUrl| match url {
        DatabaseUrl::Sqlite { path, .. } => {
            std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
        }
        DatabaseUrl::Postgres(_) => None,
    };
    one == other || file(one).is_some_and(|found| file(other) == Some(found))
}

/// Refuses a database that somebody uses now.
///
/// # Errors
/// [`CopyFault::InUse`], or what the database says.
pub fn at_rest(url: &DatabaseUrl, side: Side) -> Result<(), CopyFault> {
    open(url, side).map(drop)
}

/// A connection to a database that nobody else uses: SQLite's file cannot be opened by others while
/// it lives, on PostgreSQL no node listens. Without limits of time.
pub(super) fn open(url: &DatabaseUrl, side: Side) -> Result<Db, CopyFault> {
    let db = url.open_alone();
    let mut db = db.map_err(|error| match error {
        StoreError::Query(diesel::result::Error::DatabaseError(_, told))
            if told.message().contains("database is locked") =>
        {
            CopyFault::InUse(side)
        }
        other => CopyFault::Store(other),
    })?;
    refuse_listened(&mut db, side)?;
    Ok(db)
}

/// PostgreSQL: refuses a database that a node has come to. SQLite's file cannot be come to.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "nobody is asked"))]
pub(super) fn refuse_listened(db: &mut Db, side: Side) -> Result<(), CopyFault> {
    #[cfg(feature = "postgres")]
    if let Db::Postgres(pg) = db
        && is_listened_to(pg).map_err(StoreError::from)?
    {
        return Err(CopyFault::InUse(side));
    }
    Ok(())
}

/// Lets no other copy in; finds that two URLs lead to one PostgreSQL database.
#[cfg(feature = "postgres")]
pub(super) fn claim(from: &mut Db, to: &mut Db) -> Result<(), CopyFault> {
    let claimed = |db: &mut Db| match db {
        Db::Sqlite(_) => Ok(true),
        Db::Postgres(pg) => claimed(pg).map_err(StoreError::from),
    };
    if !claimed(from)? {
        return Err(CopyFault::Copied(Side::Source));
    }
    if !claimed(to)? {
        return Err(CopyFault::SameOrCopied);
    }
    Ok(())
}

/// As with PostgreSQL: SQLite's file is locked.
#[cfg(not(feature = "postgres"))]
pub(super) fn claim(_from: &mut Db, _to: &mut Db) -> Result<(), CopyFault> {
    Ok(())
}

#[cfg(feature = "postgres")]
#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Every node has one connection of that name, whoever it signs in as.
#[cfg(feature = "postgres")]
fn is_listened_to(pg: &mut PgConnection) -> QueryResult<bool> {
    let query = "SELECT EXISTS (SELECT FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = $1) AS yes";
    sql_query(query).bind::<Text, _>(LISTENER).get_result(pg).map(|row: Answer| row.yes)
}

/// Until the connection ends.
#[cfg(feature = "postgres")]
fn claimed(pg: &mut PgConnection) -> QueryResult<bool> {
    let query = format!("SELECT pg_try_advisory_lock({ADVISORY_LOCK}) AS yes");
    sql_query(query).get_result(pg).map(|row: Answer| row.yes)
}

//! The lock of subjects' rows, before anything else of a transaction (rule 10). Knows nothing of what
//! stands in a row.

use diesel::QueryResult;

use super::connection::Db;
#[cfg(feature = "postgres")]
use super::statement;
use super::statement::{Key, Locking, Made, Stored as _};
use super::subjects::SubjectRow;

/// Locks subjects for writing, making rows for those that have none, and reads them; says which were
/// made. `keys` are sorted. On SQLite `BEGIN IMMEDIATE` has locked everything already.
///
/// Rule 4 (lock, then read): an absent row cannot be locked, so it is inserted or found first, then
/// locked; only what is read after that decides.
pub(super) fn lock_rows(
    db: &mut Db,
    keys: &[Key<'_>],
) -> QueryResult<(Vec<SubjectRow>, Vec<Made>)> {
    match db {
        Db::Sqlite(_) => Ok((SubjectRow::read(db, keys, Locking::Rows)?, Vec::new())),
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => make_and_lock(db, keys),
    }
}

/// A row that was found may be removed before its lock is had (a purge of phantoms): two who waited for
/// it would both decide on nothing, so it is made once more.
#[cfg(feature = "postgres")]
fn make_and_lock(db: &mut Db, keys: &[Key<'_>]) -> QueryResult<(Vec<SubjectRow>, Vec<Made>)> {
    let (mut rows, mut made) = (Vec::<SubjectRow>::new(), Vec::new());
    let mut missing = keys.to_vec();
    while !missing.is_empty() {
        if let Db::Postgres(pg) = db {
            made.extend(statement::postgres::make_absent::<SubjectRow>(pg, &missing)?);
        }
        let locked = SubjectRow::read(db, &missing, Locking::Rows)?;
        if locked.len() == missing.len() {
            missing.clear();
        } else {
            missing.retain(|key| !locked.iter().any(|row| row.key() == *key));
        }
        rows.extend(locked);
    }
    Ok((rows, made))
}

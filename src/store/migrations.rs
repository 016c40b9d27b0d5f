//! The schema, embedded in the binary, and how it is brought up to date. Both trees hold the same
//! names. On PostgreSQL an advisory lock lets several nodes start at once; SQLite's writer lock
//! does the same.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number will do, as long as every node uses the same: "lockkeep" in ASCII.
#[cfg(feature = "postgres")]
const ADVISORY_LOCK: i64 = 0x6c6f_636b_6b65_6570;

/// Brings the schema up to date and returns how many steps were taken.
///
/// # Errors
/// When the database cannot be reached or a step fails; a failed step is rolled back.
pub fn migrate(url: &DatabaseUrl) -> Result<usize, StoreError> {
    let mut db = url.open_writer()?;
    match &mut db {
        Db::Sqlite(sqlite) => run(sqlite, SQLITE),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            use diesel::RunQueryDsl as _;
            // The wait for another node's migration may be long; statements here may be, too.
            diesel::sql_query("SET statement_timeout=0").execute(pg)?;
            diesel::sql_query("SET lock_timeout=0").execute(pg)?;
            diesel::sql_query(format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).execute(pg)?;
            let taken = run(pg, POSTGRES);
            diesel::sql_query(format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})")).execute(pg)?;
            taken
        }
    }
}

/// An empty database in memory with the schema in it.
///
/// # Errors
/// When a step fails.
pub(super) fn in_memory() -> Result<diesel::SqliteConnection, StoreError> {
    use diesel::Connection as _;
    let mut model = diesel::SqliteConnection::establish(":memory:").map_err(StoreError::connect)?;
    run(&mut model, SQLITE)?;
    Ok(model)
}

/// Takes every step back, newest first: for the test that runs each `down.sql`.
///
/// # Errors
/// When a step fails.
pub fn revert_all(url: &DatabaseUrl) -> Result<usize, StoreError> {
    let mut db = url.open_writer()?;
    let reverted = match &mut db {
        Db::Sqlite(sqlite) => sqlite.revert_all_migrations(SQLITE).map(|v| v.len()),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => pg.revert_all_migrations(POSTGRES).map(|v| v.len()),
    };
    reverted.map_err(|e| StoreError::Unavailable(format!("migration: {e}")))
}

/// The steps that this program knows, as a database names those it has taken; the same in both trees.
pub(super) fn known() -> Result<BTreeSet<String>, StoreError> {
    let steps = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
        .map_err(|e| StoreError::Unavailable(format!("migrations: {e}")))?;
    Ok(steps.iter().map(|step| step.name().version().to_string()).collect())
}

fn run<C, B>(connection: &mut C, steps: EmbeddedMigrations) -> Result<usize, StoreError>
where
    B: diesel::backend::Backend,
    C: MigrationHarness<B>,
{
    connection
        .run_pending_migrations(steps)
        .map(|taken| taken.len())
        .map_err(|e| StoreError::Unavailable(format!("migration: {e}")))
}

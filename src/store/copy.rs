//! Copies a whole database into an empty one of either kind: every table that our migrations make,
//! read from one snapshot, written in one transaction, read back and compared before that commits.
//! Both databases are held against everybody else meanwhile. Knows no meaning of any row.
//!
//! Rows travel as JSON that the databases themselves write and read (`rows`), so that a column added
//! tomorrow is copied without a word here; `tables` says what there is, `tally` what a table's
//! content comes to, `alone` whether anybody else is there.

mod alone;
mod fault;
mod rows;
mod tables;
mod tally;

use diesel::RunQueryDsl;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _};

pub use alone::{at_rest, is_same};
pub use fault::{CopyFault, Side};
pub use tables::{Table, tables};

use super::connection::{DatabaseUrl, Db};
use super::error::StoreError;
use rows::Batch;
use tables::Schema;
use tally::{Row, Tally};

/// A table that was copied, and what its content comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    pub name: String,
    pub rows: u64,
    /// Of all rows in any order; 32 hexadecimal digits, alike in both databases.
    pub hash: String,
}

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Copy,
    Compare,
}

/// What hears how far it has come: the step, the table and how many more of its rows are done.
pub type Progress<'a> = dyn FnMut(Step, &str, u64) + 'a;

/// Copies `source`, whose schema is up to date, into `target`, whose is too and which has no row.
/// `heard` is called every thousand rows or so.
///
/// # Errors
/// [`CopyFault`]; but for [`CopyFault::Unclear`] the target holds what it held before.
pub fn copy(
    source: &DatabaseUrl,
    target: &DatabaseUrl,
    heard: &mut Progress<'_>,
) -> Result<Vec<CopiedTable>, CopyFault> {
    let schema = Schema::ours()?;
    let mut from = alone::open(source, Side::Source)?;
    let mut to = alone::open(target, Side::Target)?;
    alone::claim(&mut from, &mut to)?;
    begin_reading(&mut from, &schema)?;
    to.begin_write().map_err(StoreError::from)?;
    let copied = fill(&schema, &mut from, &mut to, heard);
    // Nothing was written there; its end lets others in again.
    let _ended = from.rollback();
    // Who was started meanwhile would go on with the source.
    let copied =
        copied.and_then(|copied| alone::refuse_listened(&mut from, Side::Source).map(|()| copied));
    match copied {
        Ok(copied) => {
            to.commit().map_err(|_| CopyFault::Unclear)?;
            Ok(copied)
        }
        Err(fault) => {
            // A connection that is gone has taken the transaction with it.
            let _gone = to.rollback();
            Err(fault)
        }
    }
}

/// One snapshot of all tables. On PostgreSQL nobody writes until it ends; SQLite's file is locked.
fn begin_reading(from: &mut Db, schema: &Schema) -> Result<(), CopyFault> {
    match from {
        Db::Sqlite(sqlite) => {
            sqlite.batch_execute("PRAGMA query_only=ON").map_err(StoreError::from)?;
            AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN")
                .map_err(StoreError::from)?;
        }
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            AnsiTransactionManager::begin_transaction_sql(pg, begin).map_err(StoreError::from)?;
            // Before the first query, which is what the snapshot is of.
            pg.batch_execute(&tables::lock(&schema.tables, "SHARE")).map_err(StoreError::from)?;
        }
    }
    schema.check(from, Side::Source)
}

/// All of it within the two open transactions.
fn fill(
    schema: &Schema,
    from: &mut Db,
    to: &mut Db,
    heard: &mut Progress<'_>,
) -> Result<Vec<CopiedTable>, CopyFault> {
    match &mut *to {
        Db::Sqlite(_) => {}
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            let lock = tables::lock(&schema.tables, "EXCLUSIVE");
            pg.batch_execute(&lock).map_err(StoreError::from)?;
        }
    }
    schema.check(to, Side::Target)?;
    for table in &schema.tables {
        if tables::has_rows(to, table)? {
            return Err(CopyFault::NotEmpty { table: table.name.clone() });
        }
    }
    let mut there = Vec::with_capacity(schema.tables.len());
    for table in &schema.tables {
        there.push(pour(table, from, to, heard)?);
    }
    for (table, tally) in schema.tables.iter().zip(&there) {
        let arrived = counted(table, to, heard)?;
        if arrived != *tally {
            let (sent, arrived) = (tally.clone(), arrived);
            return Err(CopyFault::Differs { table: table.name.clone(), sent, arrived });
        }
    }
    let told = schema.tables.iter().zip(there);
    Ok(told
        .map(|(table, tally)| CopiedTable {
            name: table.name.clone(),
            rows: tally.rows,
            hash: tally.hash(),
        })
        .collect())
}

/// One table, batch by batch; what was read.
fn pour(
    table: &Table,
    from: &mut Db,
    to: &mut Db,
    heard: &mut Progress<'_>,
) -> Result<Tally, CopyFault> {
    let read = table.read(from);
    let write = table.write(to);
    let mut tally = Tally::default();
    let mut batch = Batch::new();
    let takes_zero = matches!(to, Db::Sqlite(_));
    rows::each(from, Side::Source, table, &read, |line| {
        let row = Row::parse(table, &line)?;
        if let Some(column) = row.zero_character().filter(|_| !takes_zero) {
            return Err(CopyFault::ZeroCharacter { table: table.name.clone(), column });
        }
        tally.add(&row);
        batch.push(&line);
        if batch.is_full() { send(&mut batch, table, to, &write, heard) } else { Ok(()) }
    })?;
    send(&mut batch, table, to, &write, heard)?;
    Ok(tally)
}

fn send(
    batch: &mut Batch,
    table: &Table,
    to: &mut Db,
    write: &str,
    heard: &mut Progress<'_>,
) -> Result<(), CopyFault> {
    let Some((rows, text)) = batch.take() else { return Ok(()) };
    let query = diesel::sql_query(write).bind::<diesel::sql_types::Text, _>(text);
    let sent = match to {
        Db::Sqlite(sqlite) => query.execute(sqlite),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => query.execute(pg),
    };
    sent.map_err(|error| CopyFault::Table {
        side: Side::Target,
        table: table.name.clone(),
        error: error.into(),
    })?;
    heard(Step::Copy, &table.name, rows);
    Ok(())
}

/// What a table comes to as it is stored.
fn counted(table: &Table, db: &mut Db, heard: &mut Progress<'_>) -> Result<Tally, CopyFault> {
    let read = table.read(db);
    let mut tally = Tally::default();
    let mut since = 0_u64;
    rows::each(db, Side::Target, table, &read, |line| {
        tally.add(&Row::parse(table, &line)?);
        since = since.saturating_add(1);
        if since >= rows::MAX_ROWS {
            heard(Step::Compare, &table.name, std::mem::take(&mut since));
        }
        Ok(())
    })?;
    heard(Step::Compare, &table.name, since);
    Ok(tally)
}

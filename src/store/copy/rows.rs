//! Rows on their way: read one after the other without holding a table in memory, and gathered into
//! batches that are bounded in rows and bytes. Knows rows only as JSON text.

use diesel::connection::DefaultLoadingMode;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::super::connection::Db;
use super::fault::{CopyFault, Side};
use super::tables::Table;

/// Rows of a batch at most.
pub(super) const MAX_ROWS: u64 = 1_000;

/// Bytes from which a batch is full; one row may be longer.
const FULL_BYTES: usize = 1 << 20;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Hands each row of a query to `take`, as the database sends them.
pub(super) fn each(
    db: &mut Db,
    side: Side,
    table: &Table,
    query: &str,
    mut take: impl FnMut(String) -> Result<(), CopyFault>,
) -> Result<(), CopyFault> {
    let told = |error: diesel::result::Error| CopyFault::Table {
        side,
        table: table.name.clone(),
        error: error.into(),
    };
    match db {
        Db::Sqlite(sqlite) => {
            let lines = sql_query(query).load_iter::<Line, DefaultLoadingMode>(sqlite);
            for line in lines.map_err(told)? {
                take(line.map_err(told)?.line)?;
            }
        }
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            // By default libpq would load the whole answer first.
            let lines = sql_query(query).load_iter::<Line, diesel::pg::PgRowByRowLoadingMode>(pg);
            for line in lines.map_err(told)? {
                take(line.map_err(told)?.line)?;
            }
        }
    }
    Ok(())
}

/// Rows that go to the target together, as the text of a JSON array.
pub(super) struct Batch {
    text: String,
    rows: u64,
}

impl Batch {
    pub(super) const fn new() -> Self {
        Self { text: String::new(), rows: 0 }
    }

    pub(super) fn push(&mut self, line: &str) {
        self.text.push(if self.rows == 0 { '[' } else { ',' });
        self.text.push_str(line);
        self.rows = self.rows.saturating_add(1);
    }

    pub(super) const fn is_full(&self) -> bool {
        self.rows >= MAX_ROWS || self.text.len() >= FULL_BYTES
    }

    /// The rows and their text, if there are any; empty afterwards.
    pub(super) fn take(&mut self) -> Option<(u64, String)> {
        if self.rows == 0 {
            return None;
        }
        self.text.push(']');
        Some((std::mem::take(&mut self.rows), std::mem::take(&mut self.text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_an_array_bounded_in_rows_and_bytes() {
        let mut batch = Batch::new();
        assert_eq!(batch.take(), None);
        batch.push("{}");
        batch.push("{\"a\":1}");
        assert!(!batch.is_full());
        assert_eq!(batch.take(), Some((2, "[{},{\"a\":1}]".to_owned())));
        batch.push(&"x".repeat(FULL_BYTES));
        assert!(batch.is_full());
        batch.take();
        (0..MAX_ROWS).for_each(|_| batch.push("{}"));
        assert!(batch.is_full());
    }
}

//! Which tables there are, with their columns: what the migrations make of an empty database in
//! memory, so that no list has to be kept. Also what is said to the databases about a whole table.

use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use super::super::connection::Db;
use super::super::error::StoreError;
use super::super::migrations;
use super::fault::{CopyFault, Side};

/// A table of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    /// In their order.
    pub columns: Vec<String>,
    /// Those of the primary key, in its order.
    pub key: Vec<String>,
}

/// The tables in the order of their names, without those of the databases and of the migrations.
///
/// # Errors
/// When the migrations fail.
pub fn tables() -> Result<Vec<Table>, StoreError> {
    Ok(Schema::ours()?.tables)
}

/// What our migrations make.
pub(super) struct Schema {
    pub(super) tables: Vec<Table>,
    /// The migrations' versions, alike in both kinds of database.
    versions: Vec<String>,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    /// Place in the primary key, from 1; 0 outside it.
    #[diesel(sql_type = BigInt)]
    key_place: i64,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

// Generated columns are not listed by this pragma, and nobody may write them.
const COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name, c.pk AS key_place \
     FROM sqlite_schema m JOIN pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
     AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid";

const VERSIONS: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";

impl Schema {
    pub(super) fn ours() -> Result<Self, StoreError> {
        let mut model = migrations::in_memory()?;
        let tables = columns_of(&mut model)?;
        let versions: Vec<Version> = sql_query(VERSIONS).load(&mut model)?;
        Ok(Self { tables, versions: versions.into_iter().map(|row| row.version).collect() })
    }

    /// Refuses a database of a newer version: what only that one knows would be lost.
    pub(super) fn check(&self, db: &mut Db, side: Side) -> Result<(), CopyFault> {
        let found: Vec<Version> = sql_query(VERSIONS).load(db).map_err(StoreError::from)?;
        let same = found.iter().map(|row| &row.version).eq(&self.versions);
        if same { Ok(()) } else { Err(CopyFault::OtherSchema(side)) }
    }
}

fn columns_of(model: &mut SqliteConnection) -> Result<Vec<Table>, StoreError> {
    let columns: Vec<Column> = sql_query(COLUMNS).load(model)?;
    let mut tables = Vec::new();
    for of_one in columns.chunk_by(|a, b| a.table_name == b.table_name) {
        let Some(first) = of_one.first() else { continue };
        let mut key: Vec<&Column> = of_one.iter().filter(|column| column.key_place > 0).collect();
        key.sort_by_key(|column| column.key_place);
        tables.push(Table {
            name: first.table_name.clone(),
            columns: of_one.iter().map(|column| column.column_name.clone()).collect(),
            key: key.into_iter().map(|column| column.column_name.clone()).collect(),
        });
    }
    Ok(tables)
}

impl Table {
    /// A query of all rows in the order of their key: one column, `line`, each row a JSON object.
    pub(super) fn read(&self, db: &Db) -> String {
        let (table, key) = (quoted(&self.name), list(&self.key));
        match db {
            Db::Sqlite(_) => {
                let pairs =
                    self.columns.iter().map(|name| format!("{}, {}", text(name), quoted(name)));
                let pairs = pairs.collect::<Vec<_>>().join(", ");
                format!("SELECT json_object({pairs}) AS line FROM {table} ORDER BY {key}")
            }
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => {
                let columns = list(&self.columns);
                format!(
                    "SELECT row_to_json(r)::text AS line FROM (SELECT {columns} FROM {table}) r \
                     ORDER BY {key}"
                )
            }
        }
    }

    /// A statement that takes a JSON array of rows as its one parameter. Each database gives the
    /// values the types of the columns: 0 and 1 or `false` and `true` are taken by both.
    pub(super) fn write(&self, db: &Db) -> String {
        let (table, columns) = (quoted(&self.name), list(&self.columns));
        match db {
            Db::Sqlite(_) => {
                let values = self.columns.iter().map(|name| {
                    let path = format!("$.{}", quoted(name));
                    format!("json_extract(value, {})", text(&path))
                });
                let values = values.collect::<Vec<_>>().join(", ");
                format!("INSERT INTO {table} ({columns}) SELECT {values} FROM json_each(?)")
            }
            #[cfg(feature = "postgres")]
            Db::Postgres(_) => format!(
                "INSERT INTO {table} ({columns}) \
                 SELECT {columns} FROM json_populate_recordset(NULL::{table}, $1::json)"
            ),
        }
    }
}

pub(super) fn has_rows(db: &mut Db, table: &Table) -> Result<bool, CopyFault> {
    let query = format!("SELECT EXISTS (SELECT 1 FROM {}) AS found", quoted(&table.name));
    let row: Found = sql_query(query).get_result(db).map_err(StoreError::from)?;
    Ok(row.found)
}

/// PostgreSQL: locks all tables until the transaction ends.
#[cfg(feature = "postgres")]
pub(super) fn lock(tables: &[Table], mode: &str) -> String {
    let names: Vec<String> = tables.iter().map(|table| quoted(&table.name)).collect();
    format!("LOCK TABLE {} IN {mode} MODE", names.join(", "))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// A name as SQL writes it. All come from our own migrations.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

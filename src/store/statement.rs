//! Statements of the hot path, written once and prepared once per connection. Diesel prepares every
//! `UPDATE`, batch insert and raw query anew, and SQLite plans a query with a bound `LIMIT` again at
//! each run; here a row says its columns once, and from that come its read by key and its write.
//!
//! PostgreSQL: one statement for any number of rows, through `unnest`. SQLite: one run per row, which
//! costs no round trip. Knows no table.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::connection::Db;

#[cfg(feature = "postgres")]
pub(super) mod postgres;

/// How a column is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Flag,
}

/// What is bound to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(Option<&'a str>),
    Int(Option<i64>),
    Flag(bool),
}

/// What a write does where the key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Replace,
    /// A unique violation.
    Fail,
}

/// A key: the tenant's id and what names the row beneath it; the last one is empty for a key of two
/// columns. Its order is the byte order in which rows are locked and written (protocol rule 10).
pub(super) type Key<'a> = [&'a str; 3];

/// The key of a row that a transaction has made to have something to lock.
pub(super) type Made = (String, String);

/// A row that is read by key and written as a whole.
pub(super) trait Stored: Sized + 'static {
    const TABLE: &'static str;
    /// The key's columns lead.
    const COLUMNS: &'static [(&'static str, Kind)];
    /// Columns of the key: two or three.
    const KEYS: usize;
    const TAKEN: Taken;

    fn key(&self) -> Key<'_>;
    /// In the order of `COLUMNS`.
    fn values(&self) -> Vec<Value<'_>>;
    /// The rows that are there, in no order.
    fn read(db: &mut Db, keys: &[Key<'_>], lock: Locking) -> QueryResult<Vec<Self>>;
}

/// Whether rows are locked as they are read, in byte order (SQLite has locked everything already).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locking {
    Rows,
    Nothing,
}

/// Writes rows, which come in byte order of their keys.
pub(super) fn write<R: Stored>(db: &mut Db, rows: &[&R]) -> QueryResult<()> {
    match db {
        Db::Sqlite(sqlite) => {
            for row in rows {
                Insert::<R> { values: row.values(), row: PhantomData }.execute(sqlite)?;
            }
        }
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) if !rows.is_empty() => {
            postgres::InsertAll::<R>::of(rows).execute(pg)?;
        }
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => {}
    }
    Ok(())
}

/// As [`one`], with the row locked until the transaction ends.
pub(super) fn one_locked<R: Stored>(db: &mut Db, key: Key<'_>) -> QueryResult<Option<R>> {
    Ok(R::read(db, &[key], Locking::Rows)?.pop())
}

/// One row by its key.
pub(super) fn one<R: Stored>(db: &mut Db, key: Key<'_>) -> QueryResult<Option<R>> {
    Ok(R::read(db, &[key], Locking::Nothing)?.pop())
}

fn names<DB: Backend>(out: &mut AstPass<'_, '_, DB>, columns: &[(&'static str, Kind)]) {
    for (number, (name, _)) in columns.iter().enumerate() {
        if number > 0 {
            out.push_sql(", ");
        }
        out.push_sql(name);
    }
}

fn insert_into<R: Stored, DB: Backend>(out: &mut AstPass<'_, '_, DB>) {
    out.push_sql("INSERT INTO ");
    out.push_sql(R::TABLE);
    out.push_sql(" (");
    names(out, R::COLUMNS);
    out.push_sql(") ");
}

fn where_taken<R: Stored, DB: Backend>(out: &mut AstPass<'_, '_, DB>) {
    match R::TAKEN {
        Taken::Fail => return,
        Taken::Replace => {}
    }
    let (keys, rest) = R::COLUMNS.split_at(R::KEYS);
    out.push_sql(" ON CONFLICT (");
    names(out, keys);
    out.push_sql(") DO UPDATE SET ");
    for (number, (name, _)) in rest.iter().enumerate() {
        if number > 0 {
            out.push_sql(", ");
        }
        out.push_sql(name);
        out.push_sql(" = excluded.");
        out.push_sql(name);
    }
}

/// One row on SQLite.
struct Insert<'a, R> {
    values: Vec<Value<'a>>,
    row: PhantomData<R>,
}

impl<R: 'static> QueryId for Insert<'_, R> {
    type QueryId = Insert<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R, Conn> RunQueryDsl<Conn> for Insert<'_, R> {}

impl<R: Stored> QueryFragment<Sqlite> for Insert<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        insert_into::<R, _>(&mut out);
        out.push_sql("VALUES (");
        for (number, value) in self.values.iter().enumerate() {
            if number > 0 {
                out.push_sql(", ");
            }
            match value {
                Value::Text(text) => out.push_bind_param::<Nullable<Text>, _>(text)?,
                Value::Int(number) => out.push_bind_param::<Nullable<BigInt>, _>(number)?,
                Value::Flag(flag) => out.push_bind_param::<Bool, _>(flag)?,
            }
        }
        out.push_sql(")");
        where_taken::<R, _>(&mut out);
        Ok(())
    }
}

/// One row by its key, on SQLite.
pub(super) struct One<'a, R> {
    pub key: Key<'a>,
    pub row: PhantomData<R>,
}

impl<R: 'static> QueryId for One<'_, R> {
    type QueryId = One<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R, Conn> RunQueryDsl<Conn> for One<'_, R> {}

impl<R: Stored> QueryFragment<Sqlite> for One<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        names(&mut out, R::COLUMNS);
        out.push_sql(" FROM ");
        out.push_sql(R::TABLE);
        let key = R::COLUMNS.iter().zip(&self.key).take(R::KEYS);
        for (number, ((name, _), value)) in key.enumerate() {
            out.push_sql(if number == 0 { " WHERE " } else { " AND " });
            out.push_sql(name);
            out.push_sql(" = ");
            out.push_bind_param::<Text, str>(value)?;
        }
        Ok(())
    }
}

/// Says a row's columns once: `stored! { Row, table, "table", 2, Replace; name: Text, … }`. A column
/// is `Text`, `Int` or `Flag`; how its field becomes that is said by `Column`.
macro_rules! stored {
    ($row:ident, $table:literal, $taken:ident, [$($key:ident),+]; $($name:ident: $kind:ident,)+) => {
        impl $crate::store::statement::Stored for $row {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [(&'static str, $crate::store::statement::Kind)] =
                &[$((stringify!($name), $crate::store::statement::Kind::$kind)),+];
            const KEYS: usize = [$(stringify!($key)),+].len();
            const TAKEN: $crate::store::statement::Taken = $crate::store::statement::Taken::$taken;

            fn key(&self) -> $crate::store::statement::Key<'_> {
                let mut key = [""; 3];
                for (slot, text) in
                    key.iter_mut().zip([$($crate::store::statement::text(&self.$key)),+])
                {
                    *slot = text;
                }
                key
            }

            fn values(&self) -> Vec<$crate::store::statement::Value<'_>> {
                vec![$($crate::store::statement::Column::value(&self.$name)),+]
            }

            fn read(
                db: &mut $crate::store::connection::Db,
                keys: &[$crate::store::statement::Key<'_>],
                lock: $crate::store::statement::Locking,
            ) -> diesel::QueryResult<Vec<Self>> {
                use diesel::RunQueryDsl as _;
                match db {
                    $crate::store::connection::Db::Sqlite(sqlite) => {
                        let _locked_as_a_whole = lock;
                        let mut rows = Vec::with_capacity(keys.len());
                        for key in keys {
                            let row = std::marker::PhantomData::<Self>;
                            let one = $crate::store::statement::One { key: *key, row };
                            rows.extend(one.load::<Self>(sqlite)?);
                        }
                        Ok(rows)
                    }
                    #[cfg(feature = "postgres")]
                    $crate::store::connection::Db::Postgres(pg) => {
                        use $crate::store::statement::postgres::Many;
                        match lock {
                            _ if keys.is_empty() => Ok(Vec::new()),
                            $crate::store::statement::Locking::Rows => {
                                Many::<Self, true>::of(keys).load::<Self>(pg)
                            }
                            $crate::store::statement::Locking::Nothing => {
                                Many::<Self, false>::of(keys).load::<Self>(pg)
                            }
                        }
                    }
                }
            }
        }

        impl diesel::query_builder::Query for $crate::store::statement::One<'_, $row> {
            type SqlType = diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<$row, diesel::sqlite::Sqlite>>;
        }

        #[cfg(feature = "postgres")]
        impl<const LOCK: bool> diesel::query_builder::Query
            for $crate::store::statement::postgres::Many<'_, $row, LOCK>
        {
            type SqlType = diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<$row, diesel::pg::Pg>>;
        }
    };
}

pub(super) use stored;

/// A field that can be bound to a column.
pub(super) trait Column {
    fn value(&self) -> Value<'_>;
}

/// The text of a key's column.
pub(super) fn text(column: &impl Column) -> &str {
    match column.value() {
        Value::Text(text) => text.unwrap_or_default(),
        Value::Int(_) | Value::Flag(_) => "",
    }
}

impl Column for String {
    fn value(&self) -> Value<'_> {
        Value::Text(Some(self))
    }
}

impl Column for Option<String> {
    fn value(&self) -> Value<'_> {
        Value::Text(self.as_deref())
    }
}

impl Column for i64 {
    fn value(&self) -> Value<'_> {
        Value::Int(Some(*self))
    }
}

impl Column for Option<i64> {
    fn value(&self) -> Value<'_> {
        Value::Int(*self)
    }
}

impl Column for bool {
    fn value(&self) -> Value<'_> {
        Value::Flag(*self)
    }
}

impl Column for crate::model::Millis {
    fn value(&self) -> Value<'_> {
        Value::Int(Some(self.0))
    }
}

impl Column for Option<crate::model::Millis> {
    fn value(&self) -> Value<'_> {
        Value::Int(self.map(|instant| instant.0))
    }
}

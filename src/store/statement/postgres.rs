//! Statements of the hot path on PostgreSQL: one for any number of rows, through `unnest`, prepared
//! once per connection. Knows no table.

use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::Query;
use diesel::sql_types::Array;

use super::{
    AstPass, BigInt, Bool, Key, Kind, Made, Nullable, PhantomData, QueryFragment, QueryId,
    QueryResult, RunQueryDsl, Stored, Text, Value, insert_into, names, where_taken,
};

/// All rows' values of one column.
enum Values<'a> {
    Text(Vec<Option<&'a str>>),
    Int(Vec<Option<i64>>),
    Flag(Vec<bool>),
}

impl<'a> Values<'a> {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Vec::new()),
            Kind::Int => Self::Int(Vec::new()),
            Kind::Flag => Self::Flag(Vec::new()),
        }
    }

    fn push(&mut self, value: Value<'a>) {
        match (self, value) {
            (Self::Text(all), Value::Text(text)) => all.push(text),
            (Self::Int(all), Value::Int(number)) => all.push(number),
            (Self::Flag(all), Value::Flag(flag)) => all.push(flag),
            // A row that says one kind and binds another: PostgreSQL refuses the shorter array.
            (Self::Text(_) | Self::Int(_) | Self::Flag(_), _) => {}
        }
    }
}

/// Rows to write.
pub(in super::super) struct InsertAll<'a, R> {
    columns: Vec<Values<'a>>,
    row: PhantomData<R>,
}

impl<'a, R: Stored> InsertAll<'a, R> {
    pub(in super::super) fn of(rows: &[&'a R]) -> Self {
        let mut columns: Vec<Values<'a>> =
            R::COLUMNS.iter().map(|(_, kind)| Values::of(*kind)).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row.values()) {
                column.push(value);
            }
        }
        Self { columns, row: PhantomData }
    }
}

impl<R: 'static> QueryId for InsertAll<'_, R> {
    type QueryId = InsertAll<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R, Conn> RunQueryDsl<Conn> for InsertAll<'_, R> {}

impl<R: Stored> QueryFragment<Pg> for InsertAll<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        insert_into::<R, _>(&mut out);
        out.push_sql("SELECT * FROM unnest(");
        for (number, column) in self.columns.iter().enumerate() {
            if number > 0 {
                out.push_sql(", ");
            }
            match column {
                Values::Text(all) => out.push_bind_param::<Array<Nullable<Text>>, _>(all)?,
                Values::Int(all) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(all)?,
                Values::Flag(all) => out.push_bind_param::<Array<Bool>, _>(all)?,
            }
        }
        out.push_sql(")");
        where_taken::<R, _>(&mut out);
        Ok(())
    }
}

/// Blank rows for those keys that have none; answered with the keys of those that were made. What a
/// blank row holds beside its key is said by the row's kind: it need not be sent.
struct Absent<'a, R> {
    keys: [Vec<&'a str>; 2],
    row: PhantomData<R>,
}

/// A kind of row of which blank ones are made.
pub(in super::super) trait Blank: Stored {
    /// Columns beside the two of the key that are not null.
    const COLUMNS: &'static str;
    /// Their values, in terms of `blank.tenant_id` and the other name of the key.
    const VALUES: &'static str;
}

impl<'a, R: Blank> Absent<'a, R> {
    fn of(keys: &[Key<'a>]) -> Self {
        Self { keys: keys.iter().map(|[a, b, _]| (*a, *b)).unzip().into(), row: PhantomData }
    }
}

impl<R: 'static> QueryId for Absent<'_, R> {
    type QueryId = Absent<'static, R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R, Conn> RunQueryDsl<Conn> for Absent<'_, R> {}

impl<R> Query for Absent<'_, R> {
    type SqlType = (Text, Text);
}

impl<R: Blank> QueryFragment<Pg> for Absent<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (keys, _) = <R as Stored>::COLUMNS.split_at(2);
        let [tenants, others] = &self.keys;
        out.push_sql("INSERT INTO ");
        out.push_sql(R::TABLE);
        out.push_sql(" (");
        names(&mut out, keys);
        out.push_sql(", ");
        out.push_sql(<R as Blank>::COLUMNS);
        out.push_sql(") SELECT blank.*, ");
        out.push_sql(R::VALUES);
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(tenants)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(others)?;
        out.push_sql(") AS blank (");
        names(&mut out, keys);
        out.push_sql(") ON CONFLICT DO NOTHING RETURNING ");
        names(&mut out, keys);
        Ok(())
    }
}

/// Makes blank rows for those keys that have none; says which.
pub(in super::super) fn make_absent<R: Blank>(
    pg: &mut PgConnection,
    keys: &[Key<'_>],
) -> QueryResult<Vec<Made>> {
    if keys.is_empty() { Ok(Vec::new()) } else { Absent::<R>::of(keys).load(pg) }
}

/// Rows by their keys.
pub(in super::super) struct Many<'a, R, const LOCK: bool> {
    keys: [Vec<&'a str>; 3],
    row: PhantomData<R>,
}

impl<'a, R: Stored, const LOCK: bool> Many<'a, R, LOCK> {
    pub(in super::super) fn of(keys: &[Key<'a>]) -> Self {
        let mut columns = [const { Vec::new() }; 3];
        for key in keys {
            for (column, text) in columns.iter_mut().zip(key) {
                column.push(*text);
            }
        }
        Self { keys: columns, row: PhantomData }
    }
}

impl<R: 'static, const LOCK: bool> QueryId for Many<'_, R, LOCK> {
    type QueryId = Many<'static, R, LOCK>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R, const LOCK: bool, Conn> RunQueryDsl<Conn> for Many<'_, R, LOCK> {}

impl<R: Stored, const LOCK: bool> QueryFragment<Pg> for Many<'_, R, LOCK> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (keys, _) = R::COLUMNS.split_at(R::KEYS);
        out.push_sql("SELECT ");
        names(&mut out, R::COLUMNS);
        out.push_sql(" FROM ");
        out.push_sql(R::TABLE);
        out.push_sql(" WHERE (");
        names(&mut out, keys);
        out.push_sql(") IN (SELECT * FROM unnest(");
        for (number, column) in self.keys.iter().take(R::KEYS).enumerate() {
            if number > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<Array<Text>, _>(column)?;
        }
        out.push_sql("))");
        // Rule 10 (one order of locks): byte order of the key, in every transaction of every node, so
        // that no two of them wait for each other.
        if LOCK {
            out.push_sql(" ORDER BY ");
            names(&mut out, keys);
            out.push_sql(" FOR UPDATE");
        }
        Ok(())
    }
}

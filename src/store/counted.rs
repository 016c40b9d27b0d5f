//! Counts that end: at a thousand nobody reads further, and a page must cost the same in a tenant of a
//! million. The database counts, so that no row is sent to be counted. Knows no table.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::{LimitDsl, LoadQuery};
use diesel::sql_types::BigInt;

use super::connection::Db;

/// Where a count ends.
pub(super) const MOST: i64 = 1_000;

/// How many there are. Of two that were counted here, fewer come before more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    Exactly(i64),
    /// This many were counted, and there are more.
    MoreThan(i64),
}

impl Counted {
    /// So many there are at least.
    #[must_use]
    pub const fn at_least(self) -> i64 {
        match self {
            Self::Exactly(count) | Self::MoreThan(count) => count,
        }
    }

    pub(super) const fn of(found: i64) -> Self {
        if found > MOST { Self::MoreThan(MOST) } else { Self::Exactly(found) }
    }

    /// How many rows `query` finds. Its order is that of the index to walk along, and it selects
    /// nothing that the index does not have.
    pub(super) fn rows<'query, Q: LimitDsl>(db: &mut Db, query: Q) -> QueryResult<Self>
    where
        Count<Q::Output>: LoadQuery<'query, Db, i64>,
    {
        Ok(Self::of(Count(query.limit(MOST.saturating_add(1))).get_result(db)?))
    }

    pub(super) fn found(rows: usize) -> Self {
        Self::of(i64::try_from(rows).unwrap_or(i64::MAX))
    }
}

/// How many rows a query returns, its limit included, which `count()` would leave out.
pub(super) struct Count<Q>(Q);

impl<Q: QueryId> QueryId for Count<Q> {
    type QueryId = Count<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q> Query for Count<Q> {
    type SqlType = BigInt;
}

impl<Q, Conn> RunQueryDsl<Conn> for Count<Q> {}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Count<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

//! The facts about tenants and owners that every attempt asks for, at its gate and in its settle:
//! which policy is live, who has an identifier, what to verify against. Read for many attempts at
//! once. Decides nothing.

use std::marker::PhantomData;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
#[cfg(feature = "postgres")]
use diesel::sql_types::Array;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::connection::Db;
use super::ledger::Owner;
use super::lockout_policy::version_at;
use super::statement::Key;
use crate::model::{CanonicalKey, Millis, TenantId, UserId};

/// What stands on a tenant's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub(super) struct TenantFacts {
    pub id: TenantId,
    pub policy_version: i64,
    pub overlay_version: Option<i64>,
    pub overlay_until: Option<Millis>,
    pub single_session: bool,
    /// Some endpoint of the tenant's is told of events.
    pub listened_to: bool,
    /// The database's clock as this was read (PostgreSQL).
    pub db_now: Option<Millis>,
}

impl TenantFacts {
    /// The policy version that decides at an instant.
    pub fn version_at(&self, now: Millis) -> i64 {
        let Self { policy_version, overlay_version, overlay_until, .. } = self;
        version_at((*policy_version, *overlay_version, *overlay_until), now)
    }
}

/// The owner of an identifier, with the hash that an attempt is verified against.
#[derive(Clone, PartialEq, Eq, Queryable)]
pub(super) struct OwnerFacts {
    pub tenant: TenantId,
    /// The canonical key.
    pub key: String,
    pub id: UserId,
    pub credential_version: i64,
    pub banned: bool,
    pub password_hash: Option<String>,
}

impl OwnerFacts {
    pub fn owner(&self) -> Owner {
        let Self { id, credential_version, banned, .. } = self;
        Owner { id: id.clone(), credential_version: *credential_version, banned: *banned }
    }
}

/// A text with one place for each column of the key, marked `?`.
struct Ask<'a, Q> {
    key: Key<'a>,
    question: PhantomData<Q>,
}

/// The same for any number of keys: each `?` takes an array.
#[cfg(feature = "postgres")]
struct AskAll<'a, Q> {
    columns: [Vec<&'a str>; 2],
    question: PhantomData<Q>,
}

trait Question: 'static {
    type Row;
    const SQLITE: &'static str;
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite's is the other one"))]
    const POSTGRES: &'static str;
}

struct Tenants;

impl Question for Tenants {
    type Row = (Text, BigInt, Nullable<BigInt>, Nullable<BigInt>, Bool, Bool, Nullable<BigInt>);
    const SQLITE: &'static str = "SELECT id, policy_version, overlay_version, overlay_until, single_session, webhooks > 0, \
         NULL FROM tenants WHERE id = ?";
    const POSTGRES: &'static str = "SELECT id, policy_version, overlay_version, overlay_until, \
         single_session, webhooks > 0, \
         floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint \
         FROM tenants WHERE id IN (SELECT * FROM unnest(?))";
}

struct Owners;

impl Question for Owners {
    type Row = OwnerRow;
    const SQLITE: &'static str = "SELECT i.tenant_id, i.canonical_key, u.id, \
         u.credential_version, u.banned, \
         CASE WHEN u.password_compromised THEN NULL ELSE u.password_hash END \
         FROM identifications i JOIN users u ON u.tenant_id = i.tenant_id AND u.id = i.user_id \
         WHERE i.tenant_id = ? AND i.canonical_key = ?";
    const POSTGRES: &'static str = "SELECT i.tenant_id, i.canonical_key, u.id, \
         u.credential_version, u.banned, \
         CASE WHEN u.password_compromised THEN NULL ELSE u.password_hash END \
         FROM identifications i JOIN users u ON u.tenant_id = i.tenant_id AND u.id = i.user_id \
         WHERE (i.tenant_id, i.canonical_key) IN (SELECT * FROM unnest(?, ?))";
}

/// For the keys that name a user by id; answered under the id.
struct Named;

impl Question for Named {
    type Row = OwnerRow;
    const SQLITE: &'static str = "SELECT tenant_id, id, id, credential_version, banned, \
         CASE WHEN password_compromised THEN NULL ELSE password_hash END FROM users WHERE tenant_id = ? AND id = ?";
    const POSTGRES: &'static str = "SELECT tenant_id, id, id, credential_version, banned, \
         CASE WHEN password_compromised THEN NULL ELSE password_hash END FROM users WHERE (tenant_id, id) IN (SELECT * FROM unnest(?, ?))";
}

impl<Q: Question> QueryId for Ask<'_, Q> {
    type QueryId = Ask<'static, Q>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Q, Conn> RunQueryDsl<Conn> for Ask<'_, Q> {}

impl<Q: Question> QueryFragment<Sqlite> for Ask<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let mut texts = self.key.iter();
        for (number, piece) in Q::SQLITE.split('?').enumerate() {
            if number > 0
                && let Some(text) = texts.next()
            {
                out.push_bind_param::<Text, str>(text)?;
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}

type OwnerRow = (Text, Text, Text, BigInt, Bool, Nullable<Text>);

impl<Q: Question> Query for Ask<'_, Q> {
    type SqlType = Q::Row;
}

#[cfg(feature = "postgres")]
mod postgres {
    use diesel::pg::Pg;

    use super::{
        Array, AskAll, AstPass, Query, QueryFragment, QueryId, QueryResult, Question, RunQueryDsl,
        Text,
    };

    impl<Q: Question> QueryId for AskAll<'_, Q> {
        type QueryId = AskAll<'static, Q>;
        const HAS_STATIC_QUERY_ID: bool = true;
    }

    impl<Q, Conn> RunQueryDsl<Conn> for AskAll<'_, Q> {}

    impl<Q: Question> QueryFragment<Pg> for AskAll<'_, Q> {
        fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
            let mut columns = self.columns.iter();
            for (number, piece) in Q::POSTGRES.split('?').enumerate() {
                if number > 0
                    && let Some(column) = columns.next()
                {
                    out.push_bind_param::<Array<Text>, _>(column)?;
                }
                out.push_sql(piece);
            }
            Ok(())
        }
    }

    impl<Q: Question> Query for AskAll<'_, Q> {
        type SqlType = Q::Row;
    }
}

/// The tenants that are there.
pub(super) fn tenants(db: &mut Db, ids: &[&str]) -> QueryResult<Vec<TenantFacts>> {
    match db {
        Db::Sqlite(sqlite) => {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                let ask = Ask { key: [id, "", ""], question: PhantomData::<Tenants> };
                found.extend(ask.load::<TenantFacts>(sqlite)?);
            }
            Ok(found)
        }
        #[cfg(feature = "postgres")]
        Db::Postgres(_) if ids.is_empty() => Ok(Vec::new()),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            AskAll { columns: [ids.to_vec(), Vec::new()], question: PhantomData::<Tenants> }
                .load(pg)
        }
    }
}

/// The owners that are there. A key is the tenant's id and the canonical key. Those that name a user
/// by id are asked apart: few batches have one, and the others do not pay for it.
pub(super) fn owners(db: &mut Db, keys: &[Key<'_>]) -> QueryResult<Vec<OwnerFacts>> {
    let named: Vec<Key<'_>> = keys
        .iter()
        .filter_map(|[tenant, key, _]| Some([*tenant, CanonicalKey::user_in(key)?, ""]))
        .collect();
    if named.is_empty() {
        return owners_of(db, keys, PhantomData::<Owners>);
    }
    let mut found = owners_of(db, &named, PhantomData::<Named>)?;
    for facts in &mut found {
        CanonicalKey::of_user(&facts.id).as_str().clone_into(&mut facts.key);
    }
    let typed = |[_, key, _]: &&Key<'_>| CanonicalKey::user_in(key).is_none();
    let typed: Vec<Key<'_>> = keys.iter().filter(typed).copied().collect();
    found.extend(owners_of(db, &typed, PhantomData::<Owners>)?);
    Ok(found)
}

fn owners_of<Q: Question<Row = OwnerRow>>(
    db: &mut Db,
    keys: &[Key<'_>],
    question: PhantomData<Q>,
) -> QueryResult<Vec<OwnerFacts>> {
    match db {
        Db::Sqlite(sqlite) => {
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                let ask = Ask { key: *key, question };
                found.extend(ask.load::<OwnerFacts>(sqlite)?);
            }
            Ok(found)
        }
        #[cfg(feature = "postgres")]
        Db::Postgres(_) if keys.is_empty() => Ok(Vec::new()),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            let columns = keys.iter().map(|[tenant, key, _]| (*tenant, *key)).unzip();
            let columns: (Vec<&str>, Vec<&str>) = columns;
            AskAll { columns: columns.into(), question }.load(pg)
        }
    }
}

//! Which words stand in which contact request, so that one is found by what was written. A table of
//! our own, because both databases are to find the same.

use diesel::prelude::*;

use super::connection::Db;
use super::contact_requests::ContactRequest;
use super::schema::request_words;
use crate::model::{ContactRequestId, TenantId};
use crate::support::words;

/// Rows written by one statement: SQLite takes 32,766 values at once.
const ROWS: usize = 500;

/// The words of a new request.
pub(super) fn insert(db: &mut Db, request: &ContactRequest) -> QueryResult<()> {
    let texts = [&request.identifier, &request.name, &request.subject, &request.message]
        .map(String::as_str);
    add(db, &request.tenant_id, &request.id, &texts)
}

/// Takes away the words of a request and of what was added to it.
pub(super) fn remove(db: &mut Db, request: &ContactRequest, added: &[&str]) -> QueryResult<()> {
    let texts = [&request.identifier, &request.name, &request.subject, &request.message]
        .map(String::as_str);
    let found = words::of(texts.into_iter().chain(added.iter().copied()));
    let words: Vec<String> = found.into_iter().collect();
    for page in words.chunks(ROWS) {
        diesel::delete(request_words::table)
            .filter(request_words::tenant_id.eq(&request.tenant_id))
            .filter(request_words::word.eq_any(page))
            .filter(request_words::request_id.eq(&request.id))
            .execute(db)?;
    }
    Ok(())
}

/// The words of what was added to it. Those that it has already are left as they are.
pub(super) fn add(
    db: &mut Db,
    tenant: &TenantId,
    request: &ContactRequestId,
    texts: &[&str],
) -> QueryResult<()> {
    let found = words::of(texts.iter().copied());
    let words: Vec<String> = found.into_iter().collect();
    for page in words.chunks(ROWS) {
        let rows: Vec<_> = page
            .iter()
            .map(|word| {
                (
                    request_words::tenant_id.eq(tenant),
                    request_words::word.eq(word),
                    request_words::request_id.eq(request),
                )
            })
            .collect();
        // `ON CONFLICT` does not pass through the enum.
        match db {
            Db::Sqlite(sqlite) => {
                diesel::insert_or_ignore_into(request_words::table).values(rows).execute(sqlite)?
            }
            #[cfg(feature = "postgres")]
            Db::Postgres(pg) => diesel::insert_into(request_words::table)
                .values(rows)
                .on_conflict_do_nothing()
                .execute(pg)?,
        };
    }
    Ok(())
}

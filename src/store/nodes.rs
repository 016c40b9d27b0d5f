//! Nodes: a row for each, written as the proof that it can write. A question that only reads, or a
//! transaction that writes nothing, says yes on a full disk and on a standby. Knows no door.

use std::sync::atomic::{AtomicU64, Ordering};

use diesel::prelude::*;

use super::Store;
use super::committer::Work;
use super::connection::Db;
use super::error::StoreError;
use super::schema::nodes;
use super::shares::Room;
use crate::model::{Millis, TenantId};

/// Makes each proof go to another committer.
static PROOFS: AtomicU64 = AtomicU64::new(0);

/// Written per database: an upsert does not pass through the enum.
fn seen(db: &mut Db, name: &str, now: Millis) -> QueryResult<()> {
    let row = (nodes::name.eq(name), nodes::seen_at.eq(now));
    let seen_at = nodes::seen_at.eq(now);
    match db {
        Db::Sqlite(sqlite) => diesel::insert_into(nodes::table)
            .values(row)
            .on_conflict(nodes::name)
            .do_update()
            .set(seen_at)
            .execute(sqlite)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => diesel::insert_into(nodes::table)
            .values(row)
            .on_conflict(nodes::name)
            .do_update()
            .set(seen_at)
            .execute(pg)?,
    };
    Ok(())
}

impl Store {
    /// Commits one small write, as every attempt does: an error says that no attempt could be
    /// answered now. One commit of the disk per call.
    ///
    /// # Errors
    /// As any write.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        // No tenant's: it only chooses the committer.
        let turn = PROOFS.fetch_add(1, Ordering::Relaxed);
        let anybody = TenantId::from_stored(turn.to_string());
        let name = self.node().to_owned();
        // A proxy must not take a node out for the floods of its tenants.
        let room = Room::Reserved;
        let job = move |work: &mut Work<'_>| Ok(seen(work.db, &name, work.now)?);
        self.work_in(room, &anybody, Vec::new(), job).await
    }
}

//! Notices between the nodes of one PostgreSQL database: who changed, never what to (the rows say
//! that), sent inside the transaction that changed it and heard by every node on a connection of its
//! own. On SQLite nobody listens: the command line beside the server is found by reading again.
//!
//! Not for the hot path: PostgreSQL commits transactions that notify one after the other, so a
//! settle sends none. Knows nothing of what a node keeps in memory.

#[cfg(feature = "postgres")]
mod ear;

use std::sync::Weak;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Store;
use super::connection::Db;
use super::error::StoreError;
use super::subjects::SubjectKey;
use crate::model::{Millis, TenantId};

/// The channel's name, alike on all nodes.
#[cfg(feature = "postgres")]
const CHANNEL: &str = "lockkeeper";

/// What a listening connection is called in PostgreSQL's list of connections: operators count nodes
/// by it, and a copy refuses a database where there is one.
#[cfg(feature = "postgres")]
pub(super) const LISTENER: &str = "lockkeeper listener";

/// Longest payload that is sent. PostgreSQL takes 7,999 bytes; two ids are a tenth of this.
const LONGEST: usize = 1_000;

/// What changed, by ids alone: a payload is seen by everybody who may connect to the database, so
/// it names neither an address nor a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The tenant's row, its policy, hosts or keys.
    Tenant(TenantId),
    /// Somebody else than an attempt changed this subject's lock.
    Subject(TenantId, SubjectKey),
    /// A notice of a newer version, which this one cannot read: anything may have changed.
    Anything,
}

impl Notice {
    /// As it travels.
    #[must_use]
    pub fn payload(&self) -> String {
        let payload = match self {
            Self::Tenant(tenant) => format!("tenant {tenant}"),
            Self::Subject(tenant, subject) => format!("subject {tenant} {}", subject.as_str()),
            Self::Anything => String::new(),
        };
        if payload.len() > LONGEST { String::new() } else { payload }
    }

    /// Reads a payload; never fails, because nothing may be missed.
    #[must_use]
    pub fn parse(payload: &str) -> Self {
        let mut words = payload.split(' ');
        let tenant = |id: &str| TenantId::from_stored(id.to_owned());
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("tenant"), Some(id), None, None) => Self::Tenant(tenant(id)),
            (Some("subject"), Some(id), Some(subject), None) => {
                Self::Subject(tenant(id), SubjectKey::from_stored(subject.to_owned()))
            }
            _ => Self::Anything,
        }
    }
}

/// Sends a notice with the open transaction: heard if it commits, and not before.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "nobody listens"))]
pub(super) fn tell(db: &mut Db, notice: &Notice) -> Result<(), StoreError> {
    match db {
        // Nobody listens.
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(pg) => {
            use diesel::RunQueryDsl as _;
            use diesel::sql_types::Text;
            diesel::sql_query("SELECT pg_notify($1, $2)")
                .bind::<Text, _>(CHANNEL)
                .bind::<Text, _>(notice.payload())
                .execute(pg)?;
            Ok(())
        }
    }
}

/// What a listening connection reports, in its order.
#[derive(Debug)]
pub enum Heard {
    /// Listening from now on; what was sent before is lost.
    Begun,
    Notice(Notice),
    /// More came than could be kept: some are lost.
    TooMany,
    /// The database answered: what it says the time is, and this node's clock before and after.
    Beat {
        asked: Millis,
        database: Millis,
        answered: Millis,
    },
    /// The connection is gone, or never came about.
    Lost(StoreError),
}

/// One listening connection, on a thread of its own that ends with it, or when this is dropped; a
/// thread that hangs in a frozen connection ends when that does.
pub struct Listening {
    heard: mpsc::Receiver<Heard>,
    /// Its end is what the thread waits for between two looks.
    _stop: Sender<()>,
    thread: Weak<()>,
}

impl Listening {
    /// What was heard next; `None` after [`Heard::Lost`].
    pub async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    /// Alive for as long as the thread is.
    #[must_use]
    pub fn thread(&self) -> Weak<()> {
        Weak::clone(&self.thread)
    }
}

impl Store {
    /// Opens a listening connection after a pause; `None` where there is nobody to listen to
    /// (SQLite).
    ///
    /// # Errors
    /// When no thread can be started. A database that is away is told by [`Heard::Lost`].
    #[cfg(feature = "postgres")]
    pub fn listen(&self, pause: Duration) -> Result<Option<Listening>, StoreError> {
        match self.url().is_sqlite() {
            true => Ok(None),
            false => ear::listen(self.url().clone(), self.clock(), pause).map(Some),
        }
    }

    /// As with PostgreSQL built in: there is nobody to listen to.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(feature = "postgres"))]
    pub fn listen(&self, _pause: Duration) -> Result<Option<Listening>, StoreError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_arrives_as_it_was_sent() {
        let tenant = TenantId::from_stored("ins_1".to_owned());
        let phantom = SubjectKey::phantom("0123456789abcdef");
        for notice in
            [Notice::Tenant(tenant.clone()), Notice::Subject(tenant, phantom), Notice::Anything]
        {
            assert_eq!(Notice::parse(&notice.payload()), notice);
        }
    }

    #[test]
    fn what_cannot_be_read_or_sent_means_that_anything_changed() {
        for odd in ["", "tenant", "tenant a b", "subject a", "subject a b c", "key a", "tenant  a"]
        {
            assert_eq!(Notice::parse(odd), Notice::Anything, "{odd}");
        }
        let long = Notice::Tenant(TenantId::from_stored("x".repeat(8_000)));
        assert_eq!(Notice::parse(&long.payload()), Notice::Anything);
    }
}

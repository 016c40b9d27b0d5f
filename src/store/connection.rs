//! Connections: one enum over both databases, the URL that chooses one, the settings each
//! connection gets, and how a write transaction begins and ends. Knows no table.

use std::str::FromStr;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::{ManageConnection, Pool};
use diesel::{Connection, MultiConnection, QueryResult, RunQueryDsl};

use super::error::StoreError;
use crate::model::Millis;

/// One connection to whichever database is configured.
#[derive(MultiConnection)]
pub enum Db {
    Sqlite(diesel::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(diesel::PgConnection),
}

/// Where the data lives. Only the two schemes are accepted: a bare path or a mistyped scheme would
/// silently create an empty SQLite file.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite {
        path: String,
        /// `?max_page_count=N`: SQLite forgets it per connection, so each connection sets it.
        max_page_count: Option<u32>,
    },
    Postgres(String),
}

/// Without user and password.
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite { path, .. } => write!(f, "sqlite:{path}"),
            Self::Postgres(url) => {
                let place = url.rsplit_once('@').map_or("…", |(_, place)| place);
                write!(f, "postgres://…@{place}")
            }
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            return parse_sqlite(rest.strip_prefix("//").unwrap_or(rest));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if cfg!(feature = "postgres") {
                return Ok(Self::Postgres(text.to_owned()));
            }
            return Err("this binary was built without PostgreSQL; build it with \
                 `--features postgres` or use sqlite:PATH"
                .to_owned());
        }
        Err("a database URL is sqlite:PATH or postgres://…".to_owned())
    }
}

fn parse_sqlite(rest: &str) -> Result<DatabaseUrl, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if path.is_empty() {
        return Err("sqlite: needs a path, for example sqlite:lockkeeper.db".to_owned());
    }
    let mut max_page_count = None;
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        match pair.split_once('=') {
            Some(("max_page_count", n)) => {
                max_page_count =
                    Some(n.parse().map_err(|_| "max_page_count must be a number".to_owned())?);
            }
            _ => {
                return Err(format!(
                    "`{pair}` is no option of a sqlite: URL (known: max_page_count)"
                ));
            }
        }
    }
    Ok(DatabaseUrl::Sqlite { path: path.to_owned(), max_page_count })
}

impl DatabaseUrl {
    /// Whether writers of this database run one after the other (SQLite) or by tenant (PostgreSQL).
    #[must_use]
    pub const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    /// What Diesel dials.
    fn dial(&self) -> String {
        match self {
            // A relative path could be read as a URL or a `:memory:` name; `./` makes it a file.
            Self::Sqlite { path, .. } if path.starts_with('/') => path.clone(),
            Self::Sqlite { path, .. } => format!("./{path}"),
            Self::Postgres(url) => with_dialling_limits(url),
        }
    }

    /// A connection that may write.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses a setting.
    pub fn open_writer(&self) -> Result<Db, StoreError> {
        self.make_private();
        let mut db = self.establish()?;
        self.prepare(&mut db, Access::Write)?;
        Ok(db)
    }

    /// A connection for work on a whole database. SQLite: nobody else has the file open, nor can
    /// open it while this lives. PostgreSQL: without our limits of time, beside others.
    ///
    /// # Errors
    /// As [`DatabaseUrl::open_writer`]; `database is locked` where somebody has the file open.
    pub(super) fn open_alone(&self) -> Result<Db, StoreError> {
        self.make_private();
        let mut db = self.establish()?;
        if let Self::Sqlite { .. } = self {
            // Said before the first read: the log is then opened without the memory that others
            // share, which needs the lock on the whole file.
            db.batch_execute(
                "PRAGMA busy_timeout=1000; PRAGMA locking_mode=EXCLUSIVE; \
                 SELECT count(*) FROM sqlite_schema;",
            )?;
        }
        self.prepare(&mut db, Access::Write)?;
        if !self.is_sqlite() {
            db.batch_execute(
                "SET statement_timeout=0; SET idle_in_transaction_session_timeout=0;",
            )?;
        }
        Ok(db)
    }

    /// A connection that only reads.
    ///
    /// # Errors
    /// As [`DatabaseUrl::open_writer`].
    pub(super) fn open_reader(&self) -> Result<Db, StoreError> {
        let mut db = self.establish()?;
        self.prepare(&mut db, Access::Read)?;
        Ok(db)
    }

    /// A connection to an SQLite file with none of our settings: what is asked of it changes nothing.
    /// The file must be there, or SQLite makes it.
    pub(super) fn open_plain(path: &str) -> Result<diesel::SqliteConnection, StoreError> {
        let url = Self::Sqlite { path: path.to_owned(), max_page_count: None };
        diesel::SqliteConnection::establish(&url.dial()).map_err(StoreError::connect)
    }

    /// A new SQLite file holds password hashes and mails: for its owner only. SQLite gives its log
    /// files the mode of the file. What goes wrong here is told by the connection that follows.
    fn make_private(&self) {
        #[cfg(unix)]
        if let Self::Sqlite { path, .. } = self {
            use std::os::unix::fs::OpenOptionsExt as _;
            let mut options = std::fs::OpenOptions::new();
            let _made = options.write(true).create_new(true).mode(0o600).open(path);
        }
    }

    fn establish(&self) -> Result<Db, StoreError> {
        match self {
            Self::Sqlite { .. } => Ok(Db::Sqlite(
                diesel::SqliteConnection::establish(&self.dial()).map_err(StoreError::connect)?,
            )),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(Db::Postgres(
                diesel::PgConnection::establish(&self.dial()).map_err(StoreError::connect)?,
            )),
            #[cfg(not(feature = "postgres"))]
            Self::Postgres(_) => {
                Err(StoreError::Unavailable("built without PostgreSQL".to_owned()))
            }
        }
    }

    /// Settings of one connection. `synchronous=FULL` is asked back, because the promise that an
    /// answered attempt survives power loss hangs on it.
    fn prepare(&self, db: &mut Db, access: Access) -> Result<(), StoreError> {
        match (self, &mut *db) {
            (Self::Sqlite { max_page_count, .. }, Db::Sqlite(sqlite)) => {
                sqlite.batch_execute(
                    "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; \
                     PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=4000;",
                )?;
                if let Some(pages) = max_page_count {
                    sqlite.batch_execute(&format!("PRAGMA max_page_count={pages};"))?;
                }
                match access {
                    Access::Read => sqlite.batch_execute("PRAGMA query_only=ON;")?,
                    // What it has written is what it reads next. In KiB.
                    Access::Write => sqlite.batch_execute("PRAGMA cache_size=-8192;")?,
                }
                let level: Synchronous =
                    diesel::sql_query("SELECT synchronous AS level FROM pragma_synchronous")
                        .get_result(sqlite)?;
                if level.level != 2 {
                    return Err(StoreError::Unavailable(
                        "SQLite refused synchronous=FULL".to_owned(),
                    ));
                }
                Ok(())
            }
            #[cfg(feature = "postgres")]
            (Self::Postgres(url), Db::Postgres(pg)) => {
                let ours = PG_LIMITS.into_iter().filter(|(name, _)| !sets(url, name));
                let limits = ours.map(|(name, value)| format!("SET {name}='{value}';"));
                pg.batch_execute(&limits.collect::<String>())?;
                pg.batch_execute(PG_PLANS)?;
                pg.batch_execute(match access {
                    Access::Read => "SET default_transaction_read_only=on;",
                    Access::Write => PG_DURABLE,
                })?;
                Ok(())
            }
            #[cfg(feature = "postgres")]
            _ => Err(StoreError::Unavailable("connection of the wrong kind".to_owned())),
            #[cfg(not(feature = "postgres"))]
            (Self::Postgres(_), Db::Sqlite(_)) => {
                Err(StoreError::Unavailable("connection of the wrong kind".to_owned()))
            }
        }
    }

    /// The pool of query-only connections. r2d2 blocks while it waits, so it is used on blocking
    /// threads only, behind a semaphore of its size (see `Reader`). Built without dialling: a
    /// database that is away at the start is found by the first query.
    pub(super) fn read_pool(&self, size: u32) -> ReadPool {
        Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(std::time::Duration::from_secs(5))
            // A file does not hang up; the question costs as much as the query that follows.
            .test_on_check_out(!self.is_sqlite())
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(ReadConnections(self.clone()))
    }
}

/// What a server may do for, and wait for, one of our connections. A node that is frozen or cut off in
/// the middle of a transaction holds its row locks no longer than three seconds, and a node that has
/// died holds none: the server looks for it also while a statement runs (PostgreSQL 14 and later).
/// What the operator's URL sets in its `options` is kept.
#[cfg(feature = "postgres")]
const PG_LIMITS: [(&str, &str); 4] = [
    ("statement_timeout", "30s"),
    ("lock_timeout", "20s"),
    ("idle_in_transaction_session_timeout", "3s"),
    ("client_connection_check_interval", "2s"),
];

/// Whether a URL sets this: `deadlock_timeout` is not `lock_timeout`.
#[cfg(feature = "postgres")]
fn sets(url: &str, name: &str) -> bool {
    let before = |at| url.get(..at).and_then(|before| before.chars().next_back());
    let whole = |at| !before(at).is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    url.match_indices(name).any(|(at, _)| whole(at))
}

/// A statement is prepared once and its plan is kept: one made while a table was nearly empty would
/// read the whole table until the server's statistics are made anew, a minute later or, where
/// autovacuum is off, never. Every query of ours has an index, so the planner need not know how much
/// is there. `jit` compiles plans that it takes for expensive ones, which costs more than they do.
#[cfg(feature = "postgres")]
const PG_PLANS: &str = "SET enable_seqscan=off; SET enable_hashjoin=off; SET enable_mergejoin=off; \
     SET plan_cache_mode=force_generic_plan; SET jit=off;";

/// What was answered survives a crash of the server: one that is set up to forget is overruled. What
/// a standby must have before a commit counts (`local` and above) stays the operator's choice.
#[cfg(feature = "postgres")]
const PG_DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') = 'off';";

/// libpq waits for ever by default: for a host that does not answer, and on a connection that was cut
/// off without a word. What the operator says in the URL is kept.
fn with_dialling_limits(url: &str) -> String {
    const LIMITS: [(&str, &str); 4] = [
        ("connect_timeout", "5"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        // Milliseconds without an acknowledgement before the connection is given up.
        ("tcp_user_timeout", "20000"),
    ];
    let mut limited = url.to_owned();
    for (name, value) in LIMITS.into_iter().filter(|(name, _)| !url.contains(name)) {
        limited.push(if limited.contains('?') { '&' } else { '?' });
        limited.push_str(name);
        limited.push('=');
        limited.push_str(value);
    }
    limited
}

pub(super) type ReadPool = Pool<ReadConnections>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

#[derive(diesel::QueryableByName)]
struct Synchronous {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    level: i32,
}

/// Makes the pool's connections. Diesel's own manager would try each arm of the enum with the
/// text, which for SQLite can create a file.
#[derive(Debug)]
pub(super) struct ReadConnections(DatabaseUrl);

impl ManageConnection for ReadConnections {
    type Connection = Db;
    type Error = StoreError;

    fn connect(&self) -> Result<Db, StoreError> {
        self.0.open_reader()
    }

    fn is_valid(&self, db: &mut Db) -> Result<(), StoreError> {
        diesel::sql_query("SELECT 1").execute(db)?;
        Ok(())
    }

    fn has_broken(&self, db: &mut Db) -> bool {
        std::thread::panicking()
            || <Db as Connection>::TransactionManager::is_broken_transaction_manager(db)
    }
}

impl Db {
    /// Begins a write transaction. SQLite takes the write lock at once (a later upgrade could fail
    /// with work half done); PostgreSQL runs READ COMMITTED, because under REPEATABLE READ a
    /// waiter on a subject row fails instead of seeing the newer count (protocol §1c).
    ///
    /// # Errors
    /// When the database refuses, for example because another process holds SQLite's write lock.
    pub fn begin_write(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(sqlite) => {
                AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pg) => AnsiTransactionManager::begin_transaction_sql(
                pg,
                "BEGIN ISOLATION LEVEL READ COMMITTED",
            ),
        }
    }

    /// # Errors
    /// The outcome is then *unknown*: the caller asks again by attempt id (protocol rule 8).
    pub fn commit(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::commit_transaction(self)
    }

    /// # Errors
    /// When the connection is gone; the transaction is then gone with it.
    pub fn rollback(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::rollback_transaction(self)
    }

    /// The database's own clock, asked after the row locks (PostgreSQL; rule 12). `None` on SQLite.
    ///
    /// # Errors
    /// When the query fails.
    pub fn db_now(&mut self) -> QueryResult<Option<Millis>> {
        match self {
            Self::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Self::Postgres(pg) => {
                let row: PgNow = diesel::sql_query(
                    "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms",
                )
                .get_result(pg)?;
                Ok(Some(Millis(row.now_ms)))
            }
        }
    }
}

#[cfg(feature = "postgres")]
#[derive(diesel::QueryableByName)]
struct PgNow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    now_ms: i64,
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_set_by_its_own_name_alone() {
        let url = |options: &str| format!("postgres://db/lockkeeper?options=-c%20{options}%3D1s");
        assert!(sets(&url("lock_timeout"), "lock_timeout"));
        assert!(!sets(&url("deadlock_timeout"), "lock_timeout"));
        assert!(!sets("postgres://db/lockkeeper", "lock_timeout"));
    }
}

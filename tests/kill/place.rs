//! Where the database of one world lives: a directory with the master key and, on SQLite, the file;
//! a database of its own on PostgreSQL. Knows the program's command line and no table.

use std::path::Path;
use std::process::Command;

use diesel::{Connection, SqliteConnection};
use lockkeeper::model::{Clock, Millis};
use lockkeeper::store::DatabaseUrl;
use tempfile::TempDir;

#[cfg(feature = "postgres")]
use crate::harness::postgres::{self, TestDatabase};
use crate::harness::process::{Server, lockkeeper};

pub(crate) struct Place {
    dir: TempDir,
    url: String,
    /// Goes with the place.
    #[cfg(feature = "postgres")]
    _database: Option<TestDatabase>,
}

impl Place {
    /// A SQLite file in a directory of its own.
    pub(crate) fn on_sqlite() -> Self {
        Self::at("sqlite:lockkeeper.db")
    }

    /// A database in the test cluster.
    #[cfg(feature = "postgres")]
    pub(crate) fn on_postgres() -> Self {
        let migrate = |url: &str| {
            lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
        };
        let database = postgres::migrated(migrate);
        let place = Self::at(database.url());
        Self { _database: Some(database), ..place }
    }

    /// Any database; a SQLite path is relative to the directory.
    pub(crate) fn at(url: &str) -> Self {
        Self::within(tempfile::tempdir().unwrap(), url)
    }

    /// The same in a directory that is made already, for a file system of its own.
    pub(crate) fn within(dir: TempDir, url: &str) -> Self {
        Self {
            dir,
            url: url.to_owned(),
            #[cfg(feature = "postgres")]
            _database: None,
        }
    }

    /// The SQLite file may grow to so many pages and no further.
    pub(crate) fn limit(&mut self, pages: usize) {
        self.url = format!("sqlite:lockkeeper.db?max_page_count={pages}");
    }

    /// A connection to the SQLite file beside the program's own.
    pub(crate) fn connect(&self) -> SqliteConnection {
        let file = self.dir().join("lockkeeper.db");
        SqliteConnection::establish(file.to_str().unwrap()).unwrap()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// For use inside the test process, whose directory is another.
    pub(crate) fn database(&self) -> DatabaseUrl {
        match self.url.parse().unwrap() {
            DatabaseUrl::Sqlite { path, max_page_count } => DatabaseUrl::Sqlite {
                path: self.dir().join(path).display().to_string(),
                max_page_count,
            },
            url @ DatabaseUrl::Postgres(_) => url,
        }
    }

    /// The arguments with this place's settings.
    pub(crate) fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [args, &["--database-url", &self.url, "--master-key-file", "lockkeeper.key"]].concat()
    }

    /// The real program here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        lockkeeper(self.dir(), &self.args(args))
    }

    /// Starts the real program as a server.
    pub(crate) fn serve(&self) -> Server {
        Server::start(self.command(SERVE))
    }
}

/// What makes it a server that several tests can have at once.
pub(crate) const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "off"];

/// The machine's time, which the servers go by.
pub(crate) fn machine_now() -> Millis {
    lockkeeper::app::LiveClock::new().now()
}

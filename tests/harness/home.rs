//! Where the tests of this process keep their databases: SQLite, or PostgreSQL in the processes that
//! `on_postgres` starts to run the same tests once more. Knows no test.

use std::path::Path;
use std::process::Stdio;

use lockkeeper::store::DatabaseUrl;
use tempfile::TempDir;

use super::children;
#[cfg(feature = "postgres")]
use super::postgres::{self, TestDatabase};
use super::statements;

/// Names the engine, and for PostgreSQL the port of the cluster of the process that started us.
pub(crate) const ENGINE: &str = "LOCKKEEPER_TESTS_ON";

/// A database of one test; it goes with it.
pub(crate) enum Home {
    Sqlite(TempDir),
    #[cfg(feature = "postgres")]
    Postgres(TestDatabase),
}

/// The port of the cluster that this process was given.
pub(crate) fn given_port() -> Option<u16> {
    std::env::var(ENGINE).ok()?.strip_prefix("postgres:")?.parse().ok()
}

impl Home {
    /// Where this process keeps its databases; without a schema on SQLite, with it on PostgreSQL.
    pub(crate) fn fresh() -> Self {
        statements::record();
        #[cfg(feature = "postgres")]
        if given_port().is_some() {
            return Self::postgres();
        }
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres() -> Self {
        Self::Postgres(postgres::migrated(|url| {
            lockkeeper::store::migrations::migrate(&url.parse().unwrap()).unwrap();
        }))
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(dir) => {
                let path = dir.path().join("test.db").display().to_string();
                DatabaseUrl::Sqlite { path, max_page_count: None }
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.url().parse().unwrap(),
        }
    }
}

/// Runs the tests whose names begin with one of `chosen` once more on PostgreSQL, in a process of
/// their own, without those of `not`. Says what it printed where one of them fails, else what the
/// program asked its database meanwhile.
#[cfg(feature = "postgres")]
pub(crate) fn again_on_postgres(chosen: &[&str], not: &[&str]) -> Vec<String> {
    again(&format!("postgres:{}", postgres::port()), chosen, not)
}

/// The same on SQLite.
pub(crate) fn again_on_sqlite(chosen: &[&str], not: &[&str]) -> Vec<String> {
    again("sqlite", chosen, not)
}

fn again(engine: &str, chosen: &[&str], not: &[&str]) -> Vec<String> {
    let mut command = children::dying_with_us("KILL", std::env::current_exe().unwrap());
    command.args(chosen);
    for name in not {
        command.args(["--skip", name]);
    }
    let kept = tempfile::tempdir().unwrap();
    let asked = kept.path().join("statements");
    // Snapshots were compared by the first run; here they must not be written by a second hand.
    command.env("INSTA_UPDATE", "no").env(ENGINE, engine).env(statements::STATEMENTS, &asked);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = children::spawn(command).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let passed = said.lines().find_map(|line| {
        let (count, _) = line.strip_prefix("test result: ok. ")?.split_once(" passed")?;
        count.parse::<u32>().ok()
    });
    let passed = passed.unwrap_or_default();
    assert!(passed > 0, "nothing was run: {said}");
    println!("{chosen:?} on {engine}: {passed} passed");
    statements::recorded(&asked)
}

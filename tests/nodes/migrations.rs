//! The schema is brought up to date once, however many nodes start at once, and a node that dies in
//! the middle of it keeps nobody else waiting.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, RunQueryDsl};

use crate::harness::children;
use crate::harness::nodes::until;
use crate::harness::postgres::{self, TestDatabase};
use crate::harness::process::{finish, lockkeeper};

const DEADLINE: Duration = Duration::from_secs(60);

/// `migrate` of the real program.
fn migrate(dir: &Path, database: &TestDatabase) -> Command {
    let mut command = lockkeeper(dir, &["migrate", "--database-url", database.url()]);
    command.args(["--master-key-file", "lockkeeper.key"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn count(db: &mut PgConnection, query: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    diesel::sql_query(query).get_result::<Number>(db).unwrap().n
}

/// How many hold, or wait for, the lock of the migrations.
fn at_the_lock(database: &TestDatabase, granted: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let query = format!(
        "SELECT count(*) AS n FROM pg_locks JOIN pg_database ON pg_database.oid = database \
         WHERE locktype = 'advisory' AND datname = $1 AND {granted}"
    );
    let found = diesel::sql_query(query)
        .bind::<Text, _>(database.name())
        .get_result::<Number>(&mut database.admin());
    found.unwrap().n
}

#[test]
fn of_eight_nodes_that_start_at_once_one_makes_the_schema() {
    let (database, dir) = (postgres::empty(), tempfile::tempdir().unwrap());
    let nodes: Vec<_> = (0..8).map(|_| children::spawn(migrate(dir.path(), &database))).collect();
    let steps: Vec<String> = nodes
        .into_iter()
        .map(|node| {
            let output = node.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        })
        .collect();
    let idle = finish(migrate(dir.path(), &database));
    let nothing = String::from_utf8_lossy(&idle.stdout).into_owned();
    let busy = steps.iter().filter(|said| **said != nothing).count();
    assert_eq!(busy, 1, "{steps:?}");
}

#[test]
fn a_node_that_is_killed_while_it_migrates_keeps_no_lock() {
    let (database, dir) = (postgres::empty(), tempfile::tempdir().unwrap());
    // A table of the same name that is not committed yet stops the first step half-way.
    let mut in_the_way = database.connect();
    in_the_way.batch_execute("BEGIN; CREATE TABLE tenants (id int)").unwrap();
    let mut first = children::spawn(migrate(dir.path(), &database));
    until(DEADLINE, || at_the_lock(&database, "granted") == 1);
    let second = children::spawn(migrate(dir.path(), &database));
    until(DEADLINE, || at_the_lock(&database, "NOT granted") == 1);
    first.kill().unwrap();
    first.wait().unwrap();
    // The server notices by itself that nobody is there any more, in the middle of the statement.
    until(DEADLINE, || at_the_lock(&database, "NOT granted") == 0);
    in_the_way.batch_execute("ROLLBACK").unwrap();
    let output = second.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(count(&mut in_the_way, "SELECT count(*) AS n FROM tenants") == 0);
}

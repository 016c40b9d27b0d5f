//! `/readyz` asks whether the node can write: reading alone answers no attempt.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use lockkeeper::model::Span;
use lockkeeper::store::DatabaseUrl;

use crate::harness::app::{TestApp, TestPlan};
use crate::harness::client::block_on;
use crate::harness::nodes::Nodes;

fn ready(app: &TestApp) -> (u16, String) {
    let answer = block_on(app.client().get("/readyz"));
    assert_eq!(answer.header("retry-after").is_empty(), answer.status == 200);
    (answer.status, answer.body)
}

/// A node that did not write within two seconds of real time says so for another one.
fn becomes_ready(app: &TestApp) {
    block_on(app.until_ready());
}

#[test]
fn a_database_that_cannot_be_written_makes_a_node_unready() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db").display().to_string();
    let database = Some(DatabaseUrl::Sqlite { path: path.clone(), max_page_count: None });
    let app = TestApp::with(TestPlan { database, ..TestPlan::default() });
    becomes_ready(&app);
    assert_eq!(ready(&app), (200, "ready\n".to_owned()));
    let mut other = SqliteConnection::establish(&path).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    // An answer is repeated for a second, so that asking often costs nothing.
    assert_eq!(ready(&app).0, 200);
    app.advance(Span::SECOND);
    assert_eq!(ready(&app), (503, "the database cannot be written\n".to_owned()));
    assert_eq!(block_on(app.client().get("/livez")).status, 200);
    other.batch_execute("ROLLBACK").unwrap();
    becomes_ready(&app);
}

#[test]
fn a_node_on_a_standby_is_not_ready() {
    let nodes = Nodes::start(1, |_, _, _| {});
    becomes_ready(&nodes.apps[0]);
    // As a server does that has become a standby: it takes connections and reads.
    let mut admin = nodes.database.admin();
    let name = nodes.database.name();
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only");
    admin.batch_execute(&format!("{read_only} = on")).unwrap();
    end_connections(&nodes);
    nodes.clock.advance(Span::SECOND);
    assert_eq!(ready(&nodes.apps[0]).0, 503);
    admin.batch_execute(&format!("{read_only} = off")).unwrap();
    // Connections that were refused once are made anew: nothing has to be restarted.
    becomes_ready(&nodes.apps[0]);
}

fn end_connections(nodes: &Nodes) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ";
    let end = format!("{end}'{}'", nodes.database.name());
    nodes.database.admin().batch_execute(&end).unwrap();
}

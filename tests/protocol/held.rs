//! Settles on PostgreSQL that meet somebody else's row lock (rules 4, 8, 10, 12): a connection
//! beside the application holds the row, so what happens before and after the lock is seen apart.
#![cfg(feature = "postgres")]

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::model::{Millis, Span};
use lockkeeper::store::settle::{Answer, SettlePort, Verified};
use lockkeeper::store::{Store, StoreError};
use lockkeeper::tenant::NewUserForm;

use super::row::{failure, postgres_scene};
use super::*;
use crate::harness::children::Deadline;
use crate::harness::client::block_on;
use crate::harness::clock::NOON;
use crate::harness::postgres::TestDatabase;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn number(connection: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Number>(connection).unwrap().n
}

/// Until somebody waits for a row lock.
fn until_somebody_waits(database: &TestDatabase) {
    let mut look = database.connect();
    let deadline = Deadline::after(Duration::from_secs(60));
    let query = "SELECT count(*) AS n FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while number(&mut look, query) == 0 {
        assert!(!deadline.left().is_zero(), "nobody waits for the row");
        std::thread::yield_now();
    }
}

fn settle(store: &Store, request: SettleRequest) -> Settling {
    // Handed to the committer by the call, not by the first poll.
    store.settle(request)
}

/// Holds the row of `name` and hands the connection on; the row is made first if need be.
fn holding(database: &TestDatabase, scene: &Scene, name: &str) -> PgConnection {
    let store = &scene.app.store;
    let tenant = scene.acme.profile.id();
    block_on(settle(store, failure(tenant, name))).unwrap();
    let mut beside = database.connect();
    let subject = failure(tenant, name).subject.as_str().to_owned();
    beside
        .batch_execute(&format!(
            "BEGIN; SELECT 1 FROM subjects WHERE subject = '{subject}' FOR UPDATE;"
        ))
        .unwrap();
    beside
}

#[test]
fn what_decides_is_read_after_the_row_is_locked() {
    let (database, scene) = postgres_scene();
    let tenant = scene.acme.profile.id().clone();
    let mut beside = holding(&database, &scene, "nobody@acme.test");
    let settling = settle(&scene.app.store, failure(&tenant, "nobody@acme.test"));
    until_somebody_waits(&database);
    beside.batch_execute(&format!("UPDATE subjects SET count = {}; COMMIT;", N - 1)).unwrap();
    let settled = block_on(settling).unwrap();
    assert!(matches!(settled.answer(), Answer::WrongAndLocked(_)), "{settled:?}");
    let count = number(&mut beside, "SELECT count AS n FROM subjects WHERE phantom");
    assert_eq!(count, N, "no failure is lost");
    drop(scene);
}

#[test]
fn the_first_failure_of_two_nodes_at_once_is_counted_twice() {
    let (database, scene) = postgres_scene();
    let tenant = scene.acme.profile.id().clone();
    // Another node's first failure, not committed yet.
    let blank = failure(&tenant, "nobody@acme.test").subject;
    block_on(settle(&scene.app.store, failure(&tenant, "nobody@acme.test"))).unwrap();
    let mut beside = database.connect();
    beside
        .batch_execute(
            "CREATE TEMP TABLE taken AS SELECT * FROM subjects WHERE phantom; \
             DELETE FROM subjects WHERE phantom; \
             BEGIN; INSERT INTO subjects SELECT * FROM taken;",
        )
        .unwrap();
    let settling = settle(&scene.app.store, failure(&tenant, "nobody@acme.test"));
    until_somebody_waits(&database);
    beside.batch_execute("COMMIT").unwrap();
    let answer = block_on(settling).unwrap().answer().clone();
    assert_eq!(answer, Answer::Wrong { remaining: Some(N - 2) });
    assert_eq!(block_on(scene.state(blank)).count, 2);
    drop(scene);
}

#[test]
fn the_time_is_taken_after_the_row_is_locked() {
    let (database, scene) = postgres_scene();
    let tenant = scene.acme.profile.id().clone();
    let mut beside = holding(&database, &scene, "nobody@acme.test");
    let settling = settle(&scene.app.store, failure(&tenant, "nobody@acme.test"));
    until_somebody_waits(&database);
    scene.app.advance(Span::HOUR);
    beside.batch_execute("COMMIT").unwrap();
    let at: Millis = block_on(settling).unwrap().at();
    assert_eq!(at, NOON.after(Span::HOUR));
    drop(scene);
}

#[test]
fn rows_are_locked_in_the_order_of_their_keys() {
    let (database, scene) = postgres_scene();
    let mut names = ["first@acme.test", "second@acme.test"];
    names.sort_by_key(|name| scene.phantom(name));
    let [earlier, later] = names;
    for name in names {
        block_on(scene.try_password(name, "wrong"));
    }
    let row = |name: &str| {
        format!("SELECT 1 FROM subjects WHERE subject = '{}'", scene.phantom(name).as_str())
    };
    let mut beside = database.connect();
    beside.batch_execute(&format!("BEGIN; {} FOR UPDATE;", row(earlier))).unwrap();
    // Takes over both counts, named in the other order.
    let form = NewUserForm {
        identifiers: [later, earlier].map(|name| Identifier::parse(name).unwrap()).into(),
        ..NewUserForm::default()
    };
    std::thread::scope(|scope| {
        let tenants = &scene.app.tenants;
        let making =
            scope.spawn(|| block_on(tenants.create_user(&scene.acme.profile, form, "test")));
        until_somebody_waits(&database);
        let free = format!("BEGIN; {} FOR UPDATE NOWAIT; COMMIT;", row(later));
        let later_is_free = database.connect().batch_execute(&free);
        beside.batch_execute("COMMIT").unwrap();
        making.join().unwrap().unwrap();
        assert!(later_is_free.is_ok(), "the later row was locked first: {later_is_free:?}");
    });
    drop(scene);
}

#[test]
fn nothing_is_answered_whose_commit_failed() {
    let (database, scene) = postgres_scene();
    let tenant = scene.acme.profile.id().clone();
    let mut beside = database.connect();
    // Fails at the commit, not at the insert.
    beside
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'not today'; END $$; \
             CREATE CONSTRAINT TRIGGER late AFTER INSERT ON attempts \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();",
        )
        .unwrap();
    let request = failure(&tenant, "nobody@acme.test");
    let refused = block_on(settle(&scene.app.store, request.clone()));
    assert!(matches!(refused, Err(StoreError::Unclear)), "{refused:?}");
    assert_eq!(number(&mut beside, "SELECT count(*) AS n FROM attempts"), 0);
    beside.batch_execute("DROP TRIGGER late ON attempts").unwrap();
    let answer = block_on(settle(&scene.app.store, request)).unwrap().answer().clone();
    assert_eq!(answer, Answer::Wrong { remaining: Some(N - 1) });
    drop(scene);
}

#[test]
fn a_lock_by_another_node_throws_a_right_secret_away() {
    let (database, scene) = postgres_scene();
    let other = TestApp::with(crate::harness::app::TestPlan {
        database: Some(database.url().parse().unwrap()),
        ..Default::default()
    });
    let tenant = scene.acme.profile.id().clone();
    let alex = |verified| SettleRequest {
        key: key(ALEX),
        subject: scene.alex_subject(),
        phantom: scene.phantom(ALEX),
        verified,
        ..failure(&tenant, ALEX)
    };
    block_on(async {
        for _ in 0..N {
            other.store.settle(alex(Verified::Wrong { credential_version: 1 })).await.unwrap();
        }
        let right = alex(Verified::Right { credential_version: 1 });
        let settled = scene.app.store.settle(right).await.unwrap();
        assert!(matches!(settled.answer(), Answer::Locked(_)), "{settled:?}");
        assert_eq!(scene.sessions().await, 0);
    });
    drop((scene, other));
}

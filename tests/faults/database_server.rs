//! PostgreSQL killed, restarted and failed over in mid-load. Nodes are not restarted: they refuse
//! what they cannot commit, and go on with whichever server takes writes.
#![cfg(feature = "postgres")]

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::store::DatabaseUrl;
use reqwest::Method;

use super::outage::{Outage, Refusals, answered};
use crate::harness::client::{Client, block_on};
use crate::harness::cluster::{DATABASE, PostgresServer};
use crate::harness::postgres;
use crate::harness::process::Server;
use crate::harness::waiting::{pause, until};
use crate::kill::ledger::Findings;
use crate::kill::place::{Place, SERVE};
use crate::kill::world::World;
use crate::race::{Seen, seen};

/// All but two are attacked, three times each.
const USERS: usize = 30;

/// How the server goes down before it comes up again.
#[derive(Debug, Clone, Copy)]
enum Down {
    Killed,
    Stopped,
}

fn restarted(down: Down, times: usize) {
    let mut database = PostgresServer::new();
    let world = World::crowded(Place::at(&database.url()), 1, USERS);
    let server = world.place.serve();
    let scene = world.scene(server.base());
    let harm = async {
        for time in 0..times {
            if time > 0 {
                answered(&scene, 20).await;
            }
            match down {
                Down::Killed => database.kill(),
                Down::Stopped => database.stop(),
            }
            database.start();
        }
    };
    let outage = Outage::course(&world, &scene, Refusals::Possible, harm);
    outage.settle(world, server.base(), &format!("PostgreSQL {down:?} and restarted, {times} x"));
}

#[test]
fn postgres_killed_and_restarted_loses_nothing() {
    restarted(Down::Killed, 1);
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_postgres_killed_and_restarted_again_and_again() {
    for _ in 0..5 {
        restarted(Down::Killed, 4);
    }
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_postgres_restarted_by_its_operator() {
    for _ in 0..3 {
        restarted(Down::Stopped, 3);
    }
}

/// No connection breaks, no limit of the server's own ends anything: what waits for it must have an
/// end here.
#[test]
fn a_server_that_hangs_holds_neither_an_attempt_nor_a_stop() {
    let database = PostgresServer::new();
    let world = World::new(Place::at(&database.url()), 1);
    let impatient =
        ["--attempt-wait-seconds", "2", "--drain-seconds", "0", "--shutdown-grace-seconds", "1"];
    let server = Server::start(world.place.command(&[SERVE, impatient.as_slice()].concat()));
    let client = world.scene(server.base()).client;
    let (name, _) = &world.users_of_this_round()[0];
    let guess = || {
        let form = [("identifier", name.as_str()), ("password", "x"), ("strategy", "password")];
        client.request(Method::POST, "/t/acme/v1/client/sign_ins?_is_native=1").form(&form)
    };
    block_on(until("the server is warm", async || {
        let answer = Client::try_send(guess()).await.unwrap();
        answer.status != 503 && seen(&answer) == Seen::Wrong
    }));
    let _frost = database.freeze();
    let given_up = guess().timeout(Duration::from_secs(120));
    let refused = block_on(Client::try_send(given_up)).expect("no answer while the server hangs");
    assert_eq!(refused.status, 503, "{refused:?}");
    // Grace and closing take eleven seconds.
    let (_status, said) = server.terminate(Duration::from_secs(60));
    assert!(said.contains("did not stop in time"), "{said}");
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

/// The server may be set up for data that can be lost.
#[test]
fn a_connection_that_writes_waits_for_the_disk() {
    let database = postgres::empty();
    let name = database.name();
    let careless = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    database.connect().batch_execute(&careless).unwrap();
    let url: DatabaseUrl = database.url().parse().unwrap();
    let shown = sql_query("SELECT current_setting('synchronous_commit') AS value");
    let shown = shown.get_result::<Setting>(&mut url.open_writer().unwrap()).unwrap();
    assert_eq!(shown.value, "on");
}

/// Whether commits wait for the standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standby {
    Synchronous,
    Asynchronous,
}

/// The standby is away for `away`, then the primary dies and the standby comes back and takes over.
/// What was answered in that time is what an asynchronous standby loses. (Freezing it would not do:
/// what was sent to it waits in its sockets and is read before the promotion.)
fn failed_over(kind: Standby, away: Duration) -> (Findings, String) {
    let mut primary = PostgresServer::new();
    let both = |other: &PostgresServer| {
        let (one, other) = (primary.place("127.0.0.1"), other.place("127.0.0.1"));
        format!("postgres://postgres@{one},{other}/{DATABASE}?target_session_attrs=read-write")
    };
    let mut standby = primary.standby();
    let world = World::crowded(Place::at(&both(&standby)), 1, USERS);
    if kind == Standby::Synchronous {
        primary.wait_for_standby();
    }
    let server = world.place.serve();
    let scene = world.scene(server.base());
    let harm = async {
        standby.kill();
        pause(away).await;
        primary.kill();
        standby.start();
        standby.promote();
    };
    let outage = Outage::course(&world, &scene, Refusals::Possible, harm);
    outage.compared(world, server.base())
}

fn survived(away: Duration) {
    let (findings, course) = failed_over(Standby::Synchronous, away);
    findings.settle(&format!(
        "fail-over to a synchronous standby that was away for {away:?}: {course}"
    ));
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_a_fail_over_to_a_synchronous_standby() {
    for _ in 0..3 {
        survived(Duration::from_millis(500));
    }
}

/// Longer than the time limit of a statement: were the wait of a commit cut short by it, answers
/// would go out that only the dying server knows. (PostgreSQL ends the limit before it commits.)
#[test]
#[ignore = "`make soak` runs it"]
fn soak_a_fail_over_after_commits_have_waited_long() {
    survived(Duration::from_secs(40));
}

/// The counters above can fail.
#[test]
#[ignore = "`make soak` runs it"]
fn soak_a_fail_over_to_an_asynchronous_standby_is_found_out() {
    let (findings, _) = failed_over(Standby::Asynchronous, Duration::from_millis(500));
    assert!(findings.faults.iter().any(|fault| fault.starts_with("lost")), "{findings:#?}");
}

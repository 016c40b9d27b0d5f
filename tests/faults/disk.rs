//! SQLite's file held by another process, and a disk that is full: who must write is refused with
//! 503, who only reads is answered, nothing counts twice, and it ends without a restart.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{RunQueryDsl, sql_query};

use super::outage::{Outage, Refusals, health, refused};
use crate::harness::client::Client;
use crate::harness::small_disk::SmallDisk;
use crate::harness::waiting::pause;
use crate::kill::load::Scene;
use crate::kill::place::Place;
use crate::kill::world::{N, World};
use crate::race::{Seen, seen};

/// All but two are attacked, three times each: work for as long as an outage lasts.
const USERS: usize = 20;
/// SQLite waits 5 s for another process, and whoever comes during that wait has it before him.
const LONGEST_REFUSAL: Duration = Duration::from_secs(12);

/// Somebody else's transaction is open for `length` and until somebody was refused.
async fn held(world: &World, scene: &Scene, length: Duration) {
    let mut other = world.place.connect();
    other.batch_execute("PRAGMA busy_timeout=10000; BEGIN IMMEDIATE").unwrap();
    let ended = async {
        refused(scene).await;
        health(&scene.client, &[503]).await;
    };
    tokio::join!(ended, pause(length));
    other.batch_execute("ROLLBACK").unwrap();
}

fn database_locked(length: Duration) {
    let world = World::crowded(Place::on_sqlite(), 1, USERS);
    let server = world.place.serve();
    let scene = world.scene(server.base());
    let harm = held(&world, &scene, length);
    let outage = Outage::course(&world, &scene, Refusals::Expected, harm);
    let outage = outage.refuses_within(LONGEST_REFUSAL);
    outage.settle(world, server.base(), &format!("SQLite locked for {length:?} or the first 503"));
}

#[test]
fn a_locked_database_is_answered_503_and_served_again_after() {
    database_locked(Duration::ZERO);
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_a_database_locked_for_thirty_seconds() {
    database_locked(Duration::from_secs(30));
}

/// Somebody who is locked before the disk is full.
async fn lock_out(scene: &Scene, name: &str) {
    for number in 1..=N {
        let answer = Client::send(scene.guessing(name, "wrong")).await;
        assert_eq!(seen(&answer) == Seen::Locked, number == N, "{}", answer.body);
    }
}

/// While nothing can be written: who is locked is told so, and reading works.
async fn reading_works(scene: &Scene, locked: &str) {
    for _ in 0..3 {
        assert_eq!(seen(&Client::send(scene.guessing(locked, "wrong")).await), Seen::Locked);
        let count = Client::send(scene.backend(reqwest::Method::GET, "/v1/users/count")).await;
        assert_eq!(count.status, 200, "{}", count.body);
        // A page may be left for the proof, and none for an attempt.
        health(&scene.client, &[200, 503]).await;
        // Beyond the second for which a published lock is believed.
        pause(Duration::from_millis(600)).await;
    }
}

fn full(world: World, what: &str, fill: impl FnOnce(&World), free: impl FnOnce(&World)) {
    let server = world.place.serve();
    let scene = world.scene(server.base());
    let locked = "nobody@acme.test";
    let harm = async {
        lock_out(&scene, locked).await;
        fill(&world);
        refused(&scene).await;
        reading_works(&scene, locked).await;
        free(&world);
    };
    let outage = Outage::course(&world, &scene, Refusals::Expected, harm);
    outage.settle(world, server.base(), what);
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn pages(world: &World, free: &str) -> i64 {
    let asked = format!("SELECT page_count AS n FROM pragma_page_count{free}");
    sql_query(asked).get_result::<Number>(&mut world.place.connect()).unwrap().n
}

/// The file may not grow, and all its free pages are in use by somebody else.
#[test]
fn a_full_database_is_answered_503_and_served_again_when_there_is_room() {
    let mut world = World::crowded(Place::on_sqlite(), 1, USERS);
    // 16 MB: on a slow machine those at work need a multiple of 1 MB before and after the harm, and
    // would fill the file themselves, for good.
    let limit = usize::try_from(pages(&world, "")).unwrap() + 4_000;
    world.place.limit(limit);
    let fill = |world: &World| {
        let mut other = world.place.connect();
        let limited = format!("PRAGMA busy_timeout=10000; PRAGMA max_page_count={limit};");
        other.batch_execute(&limited).unwrap();
        other.batch_execute("CREATE TABLE filler (bytes BLOB)").unwrap();
        for size in [100_000, 4_000, 1_000] {
            let insert = format!("INSERT INTO filler VALUES (randomblob({size}))");
            while other.batch_execute(&insert).is_ok() {}
        }
    };
    let free = |world: &World| {
        let drop = "PRAGMA busy_timeout=10000; DROP TABLE filler";
        world.place.connect().batch_execute(drop).unwrap();
    };
    full(world, "SQLite at max_page_count", fill, free);
}

/// A real disk without a byte left, for the database, its log and the memory file beside it.
#[test]
#[ignore = "`make soak` runs it, as root"]
fn soak_a_disk_without_a_byte_left() {
    let disk = SmallDisk::of_megabytes(24);
    let dir = tempfile::tempdir_in(disk.root()).unwrap();
    let place = Place::within(dir, "sqlite:lockkeeper.db");
    let world = World::crowded(place, 1, USERS);
    full(world, "a full disk", |_| disk.fill(), |_| disk.free());
}

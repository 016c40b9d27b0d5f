//! `backup` of the real program: beside a server that goes on, what it refuses, and what a kill or a full
//! disk leaves.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::{QueryableByName, RunQueryDsl, sql_query};
use lockkeeper::store::{DatabaseUrl, backup};

use super::serve::{attempt, base, serving};
use super::*;
use crate::harness::client::{Client, block_on};
use crate::harness::strace::{Call, Fault, Injection, injected};
use crate::harness::waiting::until;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// A number out of the database in a file.
pub(super) fn counted(file: &Path, what: &str) -> i64 {
    let url = DatabaseUrl::Sqlite { path: file.display().to_string(), max_page_count: None };
    let mut db = url.open_writer().unwrap();
    sql_query(format!("SELECT count(*) AS n FROM {what}")).get_result::<Number>(&mut db).unwrap().n
}

pub(super) fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// The names in a folder.
pub(super) fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_backup_beside_a_server_holds_every_attempt_that_was_answered_before() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    let server = serving(&place, &[]);
    let url = base(&server);
    let answered = AtomicU64::new(0);
    let (before, said) = block_on(async {
        let guessing = async |number: u64| {
            let client = Client::new(&url);
            for turn in 0.. {
                let name = format!("u{number}-{turn}@acme.test");
                assert_eq!(attempt(&client, &name, "some wrong guess").await.status, 422);
                answered.fetch_add(1, Ordering::SeqCst);
            }
        };
        let backing = async {
            let some = async || answered.load(Ordering::SeqCst) >= 6;
            until("some attempts are answered", some).await;
            let before = answered.load(Ordering::SeqCst);
            let command = place.command(&["backup", "kept.bak", "--json"]);
            let said = tokio::task::spawn_blocking(|| Said::of(finish(command))).await.unwrap();
            (before, said)
        };
        tokio::select! {
            () = guessing(1) => unreachable!(),
            () = guessing(2) => unreachable!(),
            done = backing => done,
        }
    });
    let told = said.json();
    assert_eq!((&told["users"], &told["has_master_key"]), (&1.into(), &false.into()), "{told}");
    assert!(told["master_key_file"].as_str().unwrap().ends_with("lockkeeper.key"), "{told}");
    let file = place.path().join("kept.bak");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(told["bytes"], file.metadata().unwrap().len());
    assert!(!names(place.path()).iter().any(|name| name.contains("partial")));
    let kept = counted(&file, "attempts");
    assert!(kept >= i64::try_from(before).unwrap(), "{kept} of {before}");
    let told = place.run("backup again.bak").out;
    assert!(told.contains("The master key is not in it"), "{told}");
}

#[test]
fn what_cannot_be_backed_up_is_told_and_nothing_is_written() {
    let place = Place::new();
    place.run("backup kept.bak").refused(1, "there is no database at lockkeeper.db");
    place.tenant("acme");
    std::fs::write(place.path().join("kept.bak"), "mine").unwrap();
    // What a killed run left.
    std::fs::write(place.path().join("new.bak.partial-abc"), "half").unwrap();
    let text = "--database-url sqlite:kept.bak";
    place.run(&format!("backup new.bak {text}")).refused(1, "it is no SQLite database");
    std::fs::write(place.path().join("empty.db"), "").unwrap();
    let empty = "--database-url sqlite:empty.db";
    place.run(&format!("backup new.bak {empty}")).refused(1, "no database of Lockkeeper");
    let before = names(place.path());
    place.run("backup kept.bak").refused(1, "kept.bak is there already; nothing was written");
    place.run("backup no/where.bak").refused(1, "cannot make no/where.bak.partial-");
    assert_eq!(std::fs::read(place.path().join("kept.bak")).unwrap(), b"mine");
    assert_eq!(names(place.path()), before);
    assert_eq!(place.run("backup new.bak").code, 0);
}

#[test]
fn a_killed_backup_leaves_no_file_or_a_whole_one() {
    let place = Place::new();
    place.tenant("acme");
    let file = place.path().join("kept.bak");
    let (mut kills, mut none) = (0, 0);
    for call in [Call::Sync, Call::Name] {
        for at in 1.. {
            let injection = Injection { call, fault: Fault::Kill, at };
            let traced = injected(&place.command(&["backup", "kept.bak"]), &[], injection);
            let ended = finish(traced).status;
            if file.exists() {
                assert_eq!(backup::prove(&file).unwrap().tenants, 1, "{injection:?}");
                std::fs::remove_file(&file).unwrap();
            } else {
                none += 1;
            }
            if ended.success() {
                break;
            }
            assert_eq!(ended.code(), None, "{injection:?}");
            kills += 1;
        }
    }
    assert!(kills >= 4 && none >= 2, "{kills} kills, {none} without a file");
}

#[test]
fn a_full_disk_leaves_no_file() {
    let place = Place::new();
    place.tenant("acme");
    // The source's own log comes and goes.
    let kept = || {
        let all = names(place.path()).into_iter();
        all.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect::<Vec<_>>()
    };
    let before = kept();
    // Behind those that make the source's own log.
    for at in [20, 60] {
        let injection = Injection { call: Call::Write, fault: Fault::Error("ENOSPC"), at };
        let traced = injected(&place.command(&["backup", "kept.bak"]), &[], injection);
        Said::of(finish(traced)).refused(1, "disk is full; nothing was written");
        assert_eq!(kept(), before);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgres_its_own_programs_are_named_and_no_password() {
    let place = Place::new();
    for (command, program) in [
        ("backup kept.bak", "pg_dump --format=custom --host=db.example --dbname=lk"),
        ("restore kept.bak", "--single-transaction --host=db.example --dbname=lk kept.bak"),
    ] {
        let url = "postgres://me:planted@db.example/lk?password=planted";
        let said = place.run(&format!("{command} --database-url {url} --master-key-file k"));
        said.refused(1, program);
        assert!(!said.err.contains("planted"), "{}", said.err);
    }
}

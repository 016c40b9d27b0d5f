//! `restore` of the real program: there and back, what it refuses before it touches anything, and what a
//! kill leaves at each step.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::{RunQueryDsl, sql_query};
use lockkeeper::store::{DatabaseUrl, backup};
use lockkeeper::token::MasterKeys;

use super::backup::{counted, mode, names};
use super::serve::{attempt, base, serving};
use super::*;
use crate::harness::client::{Client, block_on};
use crate::harness::process::Server;
use crate::harness::strace::{Call, Fault, Injection, injected};

const DEADLINE: Duration = Duration::from_secs(60);
/// Nobody listens there: mail waits.
const NO_MAIL: [&str; 4] =
    ["--smtp-url", "smtp://127.0.0.1:9?tls=none", "--mail-from", "no-reply@acme.test"];

fn database(place: &Place) -> PathBuf {
    place.path().join("lockkeeper.db")
}

fn stop(server: Server) {
    let (status, said) = server.terminate(DEADLINE);
    assert!(status.success(), "{said}");
}

/// A database with somebody who has signed in, in which something is sealed, and its backup.
fn backed_up() -> Place {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    let server = serving(&place, &[]);
    block_on(async {
        let client = Client::new(&base(&server));
        assert_eq!(attempt(&client, "alex@acme.test", PASSWORD).await.status, 200);
        // Whose first key is made now.
        assert_eq!(client.get("/t/acme/.well-known/jwks.json").await.status, 200);
    });
    stop(server);
    place.run("backup kept.bak --json").json();
    place
}

#[test]
fn there_and_back_again() {
    let place = Place::new();
    place.tenant("acme");
    place.user("acme", "alex@acme.test");
    place.user("acme", "kim@acme.test");
    let server = serving(&place, &NO_MAIL);
    block_on(async {
        let client = || Client::new(&base(&server));
        assert_eq!(attempt(&client(), "alex@acme.test", PASSWORD).await.status, 200);
        for turn in 1..=8 {
            let answer = attempt(&client(), "kim@acme.test", "wrong guess").await;
            assert_eq!(answer.status, if turn < 8 { 422 } else { 403 }, "{}", answer.body);
        }
    });
    place.run("backup kept.bak --json").json();
    place.run("user unlock --tenant acme kim@acme.test --json").json();
    place.user("acme", "late@acme.test");

    place.run("restore kept.bak").refused(1, "add --replace");
    place.run("restore kept.bak --replace").refused(1, "lockkeeper.db open; nothing was touched");
    assert_eq!(counted(&database(&place), "users"), 3);
    stop(server);

    let bytes = std::fs::read(place.path().join("kept.bak")).unwrap();
    let told = place.run("restore kept.bak --replace --json").json();
    assert_eq!((&told["users"], &told["not_sent"]), (&2.into(), &1.into()), "{told}");
    assert_eq!(std::fs::read(place.path().join("kept.bak")).unwrap(), bytes);
    let aside = PathBuf::from(told["set_aside"].as_str().unwrap());
    let name = aside.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("lockkeeper.db.before-restore-2"), "{name}");
    let left = ["kept.bak", "lockkeeper.db", name, "lockkeeper.key"];
    assert_eq!(names(place.path()), left);
    assert_eq!((mode(&database(&place)), counted(&aside, "users")), (0o600, 3));
    let waiting = counted(&database(&place), "outbox WHERE status IN ('due', 'sending')");
    assert_eq!(waiting, 0, "yesterday's mail would go out today");
    assert_eq!(counted(&database(&place), "outbox WHERE status = 'dropped'"), 1);

    let server = serving(&place, &[]);
    block_on(async {
        let client = || Client::new(&base(&server));
        let kim = attempt(&client(), "kim@acme.test", PASSWORD).await;
        assert_eq!(kim.json()["errors"][0]["code"], "user_locked", "{}", kim.body);
        assert_eq!(attempt(&client(), "alex@acme.test", PASSWORD).await.status, 200);
        assert_eq!(attempt(&client(), "late@acme.test", PASSWORD).await.status, 422);
    });
    stop(server);
    assert_eq!(place.run("audit verify").code, 0);
    // Where nothing is, nothing need be replaced.
    std::fs::remove_file(database(&place)).unwrap();
    let told = place.run("restore kept.bak").out;
    assert!(told.contains("2 users") && told.contains("sessions: one that was ended"), "{told}");
    assert_eq!((mode(&database(&place)), counted(&database(&place), "users")), (0o600, 2));
}

#[test]
fn what_is_no_backup_of_ours_is_refused_before_anything_is_touched() {
    let place = backed_up();
    let at = |name: &str| place.path().join(name);
    let good = std::fs::read(at("kept.bak")).unwrap();
    std::fs::write(at("text"), "no database").unwrap();
    std::fs::write(at("empty"), "").unwrap();
    let mut broken = good.clone();
    // A page of a table or an index, whichever it is.
    broken[4096 * 3..4096 * 4].fill(0x5a);
    std::fs::write(at("broken"), broken).unwrap();
    std::fs::write(at("short"), &good[..good.len() / 2]).unwrap();
    std::fs::write(at("newer"), &good).unwrap();
    let url = DatabaseUrl::Sqlite { path: at("newer").display().to_string(), max_page_count: None };
    let step = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
    sql_query(step).execute(&mut url.open_writer().unwrap()).unwrap();
    std::fs::write(at("logged"), &good).unwrap();
    std::fs::write(at("logged-wal"), "frames").unwrap();
    MasterKeys::load_or_create(&at("other.key")).unwrap();

    let (before, old) = (names(place.path()), std::fs::read(database(&place)).unwrap());
    for (line, words) in [
        ("restore missing --replace", "cannot read missing"),
        ("restore . --replace", ". is no file"),
        ("restore lockkeeper.db --replace", "is the database itself"),
        ("restore text --replace", "it is no SQLite database"),
        ("restore empty --replace", "it is no database of Lockkeeper"),
        ("restore broken --replace", "it is damaged"),
        ("restore short --replace", "it is damaged"),
        ("restore newer --replace", "its schema is at 99990101000000"),
        ("restore logged --replace", "lockkeeper backup NEW --database-url sqlite:logged"),
        ("restore kept.bak --replace --master-key-file other.key", "does not open"),
        ("restore kept.bak --replace --master-key-file no.key", "no.key is not there"),
        ("restore kept.bak", "add --replace"),
        ("restore kept.bak --database-url sqlite:no/where.db", "mkdir -p no"),
    ] {
        place.run(line).refused(1, words);
        assert_eq!(names(place.path()), before, "{line}");
        assert_eq!(std::fs::read(database(&place)).unwrap(), old, "{line}");
    }
}

/// Whoever has it open goes on with what is in memory, and writes it where nobody looks any more.
#[test]
fn a_damaged_database_is_not_taken_from_under_anybody() {
    let place = backed_up();
    let url =
        DatabaseUrl::Sqlite { path: database(&place).display().to_string(), max_page_count: None };
    let mut user = url.open_writer().unwrap();
    sql_query("SELECT 1 FROM users").execute(&mut user).unwrap();
    // By a process of its own: closing the file here would end the connection's lock.
    let damage = "printf 'what a dying disk left' | dd of=lockkeeper.db conv=notrunc status=none";
    let mut damaging = std::process::Command::new("sh");
    damaging.args(["-c", damage]).current_dir(place.path());
    assert!(damaging.status().unwrap().success());
    place.run("restore kept.bak --replace").refused(1, "another process has");
    drop(user);
    let said = place.run("restore kept.bak --replace");
    assert!(said.code == 0 && said.err.contains("cannot be read"), "{} {}", said.code, said.err);
    assert_eq!(counted(&database(&place), "users"), 1);
}

#[test]
fn a_database_that_cannot_be_read_is_set_aside() {
    let place = backed_up();
    let log = |of: &Path| PathBuf::from(format!("{}-wal", of.display()));
    // SQLite takes the log for empty and away.
    std::fs::write(database(&place), "what a dying disk left".repeat(500)).unwrap();
    std::fs::write(log(&database(&place)), "and its log").unwrap();
    let said = place.run("restore kept.bak --replace --json");
    assert!(said.err.contains("warning: the present database cannot be read"), "{}", said.err);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    let aside = PathBuf::from(told["set_aside"].as_str().unwrap());
    assert!(std::fs::read(&aside).unwrap().starts_with(b"what a dying disk left"));
    assert_eq!(counted(&database(&place), "users"), 1);
    // A log without its database would be read as the new one's.
    std::fs::remove_file(database(&place)).unwrap();
    std::fs::write(log(&database(&place)), "stray").unwrap();
    assert_eq!(place.run("restore kept.bak").code, 0);
    assert_eq!(counted(&database(&place), "users"), 1);
    assert!(!log(&database(&place)).exists());
}

#[test]
fn a_killed_restore_leaves_the_old_database_or_the_new_one() {
    let place = backed_up();
    place.user("acme", "late@acme.test");
    // The last to close it, so that all of it is in the file itself.
    assert_eq!(counted(&database(&place), "users"), 2);
    assert!(!database(&place).with_extension("db-wal").exists());
    let old = std::fs::read(database(&place)).unwrap();
    let mut seen = Vec::new();
    for call in [Call::Sync, Call::Name] {
        for at in 1.. {
            std::fs::write(database(&place), &old).unwrap();
            let injection = Injection { call, fault: Fault::Kill, at };
            let command = place.command(&["restore", "kept.bak", "--replace"]);
            let ended = finish(injected(&command, &[], injection)).status;
            let image = backup::prove(&database(&place)).unwrap();
            assert!(matches!(image.users, 1 | 2), "{injection:?}: {image:?}");
            // The next one finds its way past whatever was left.
            assert_eq!(counted(&database(&place), "users"), image.users);
            // A new file, not another name of an old one.
            std::fs::remove_file(database(&place)).unwrap();
            if ended.success() {
                assert_eq!(image.users, 1);
                break;
            }
            assert_eq!(ended.code(), None, "{injection:?}");
            seen.push(image.users);
        }
    }
    let (new, kept): (Vec<i64>, Vec<i64>) = seen.into_iter().partition(|users| *users == 1);
    assert!(kept.len() >= 4 && !new.is_empty(), "{new:?} {kept:?}");
    std::fs::write(database(&place), &old).unwrap();
    assert_eq!(place.run("restore kept.bak --replace").code, 0);
    assert_eq!(counted(&database(&place), "users"), 1);
}

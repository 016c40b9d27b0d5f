//! Every system call by which SQLite writes, in turn: the program is killed at it, or it fails. A
//! commit that failed is answered 503 and not known to be undone: after a failed sync the kernel
//! may have dropped the pages and call the next sync a success, so the connection must not go on.

use std::path::PathBuf;
use std::time::Duration;

use crate::harness::process::Server;
use crate::harness::strace::{Call, Fault, Injection, WRITES, injected, recorded};
use crate::kill::ledger::{Findings, Ledger};
use crate::kill::place::{Place, SERVE};
use crate::kill::world::World;

/// Rounds of one database.
const ROUNDS: usize = 20;
/// One signs in, one is handled, one is attacked.
const USERS: usize = 3;
/// Within this a mail is there, or its courier waits for its claim to end.
const MAIL_PATIENCE: Duration = Duration::from_secs(2);

/// What the faults came to.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    /// Runs in which the committer met the fault, a request was answered 503, the server died.
    met: usize,
    refused: usize,
    died: usize,
}

/// The files whose calls are disturbed.
fn files(place: &Place) -> Vec<PathBuf> {
    let dir = place.dir().canonicalize().unwrap();
    ["lockkeeper.db", "lockkeeper.db-wal", "lockkeeper.db-shm"].map(|name| dir.join(name)).into()
}

/// The scenario on a server that was started with a fault, up to a graceful end if it lives to see
/// it: that is when the log is copied into the database.
fn scenario(world: &World, server: Server, tally: &mut Tally) -> Ledger {
    let mut scene = world.scene(server.base());
    scene.mail_patience = MAIL_PATIENCE;
    let ledger = world.in_turn(&scene);
    let (status, said) = server.terminate(Duration::from_secs(60));
    let told =
        ["outcome of a commit is unknown", "a write failed", "a batch failed", "no transaction"];
    tally.runs += 1;
    tally.met += usize::from(told.iter().any(|words| said.contains(words)));
    tally.refused += usize::from(scene.refusals.available_permits() > 0);
    tally.died += usize::from(!status.success());
    ledger
}

/// The calls of the busiest thread in the scenario without any fault.
fn calls_of(call: Call) -> usize {
    let mut world = World::crowded(Place::on_sqlite(), 1, USERS);
    let log = world.place.dir().join("calls");
    let program = world.place.command(SERVE);
    let server = Server::start(recorded(&program, &files(&world.place), &log, None));
    let mut findings = Findings::default();
    let ledger = scenario(&world, server, &mut Tally::default());
    let names: Vec<_> = call.names().split(',').map(|name| format!(" {name}(")).collect();
    let logs = std::fs::read_dir(world.place.dir()).unwrap().flatten();
    let count = |text: String| {
        text.lines().filter(|line| names.iter().any(|name| line.contains(name))).count()
    };
    let calls = logs
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("calls."))
        .map(|entry| count(std::fs::read_to_string(entry.path()).unwrap()))
        .max()
        .expect("strace has written no log");
    let server = world.place.serve();
    world.compare(ledger, server.base(), &mut findings);
    drop(server);
    assert!(findings.faults.is_empty(), "without any fault: {findings:#?}");
    calls
}

/// The fault at each of `places`, each followed by a restart and the comparison.
fn at_each(call: Call, fault: Fault, places: impl Iterator<Item = usize>) -> (Findings, Tally) {
    let (mut findings, mut tally) = (Findings::default(), Tally::default());
    let mut places = places.peekable();
    while places.peek().is_some() {
        let mut world = World::crowded(Place::on_sqlite(), ROUNDS, USERS);
        for at in places.by_ref().take(ROUNDS) {
            let before = findings.faults.len();
            let program = world.place.command(SERVE);
            let injection = Injection { call, fault, at };
            // It may die before its door is open: then nothing was answered.
            let traced = injected(&program, &files(&world.place), injection);
            let Some(server) = Server::try_start(traced) else {
                (tally.runs, tally.died) = (tally.runs + 1, tally.died + 1);
                continue;
            };
            let ledger = scenario(&world, server, &mut tally);
            let server = world.place.serve();
            world.compare(ledger, server.base(), &mut findings);
            server.kill_now();
            for fault in &mut findings.faults[before..] {
                fault.push_str(&format!(" (at {injection:?})"));
            }
        }
        world.compare_mails(&mut findings);
    }
    (findings, tally)
}

fn told(call: Call, fault: Fault, (findings, tally): (Findings, Tally)) {
    let Tally { runs, met, refused, died } = tally;
    assert!(met + died > 0, "{call:?} {fault:?}: no fault was met in {runs} runs");
    findings.settle(&format!(
        "{fault:?} at a {call:?}, {runs} places ({met} met by a commit, {refused} with 503, {died} dead)"
    ));
}

const KINDS: [(Call, Fault); 6] = [
    (Call::Sync, Fault::Kill),
    (Call::Sync, Fault::Error("EIO")),
    (Call::Sync, Fault::Error("ENOSPC")),
    (Call::Write, Fault::Kill),
    (Call::Write, Fault::Error("EIO")),
    (Call::Write, Fault::Error("ENOSPC")),
];

#[test]
fn a_failed_sync_is_answered_503_and_loses_nothing() {
    let fault = Fault::Error("EIO");
    told(Call::Sync, fault, at_each(Call::Sync, fault, [2, 5].into_iter()));
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_every_call_that_writes_fails_or_kills() {
    for (call, fault) in KINDS {
        let calls = calls_of(call);
        assert!(calls > 5, "{call:?}: only {calls}; are these the calls? {WRITES}");
        told(call, fault, at_each(call, fault, 1..=calls));
    }
}

//! Promise P2: `kill -9` at random moments under load. The client keeps a ledger and enters only
//! what a whole answer told it; after the restart the ledger is compared with what the server says
//! now: nothing lost, nothing doubled. The same loop against a settle that answers before its
//! commit must find losses, else it proves nothing. `faults` does other harm to the same world.

pub(crate) mod diary;
mod early;
pub(crate) mod ledger;
pub(crate) mod load;
pub(crate) mod place;
pub(crate) mod world;

use ledger::Findings;
use place::Place;
use world::World;

/// Kills of one database; a fresh one after that keeps the mailbox, which everybody reads, short.
const KILLS_OF_A_WORLD: usize = 10;

/// Kills the real program `kills` times, on databases of the kind that `place` makes.
fn kill_the_program(kills: usize, place: impl Fn() -> Place) -> Findings {
    let mut findings = Findings::default();
    let mut left = kills;
    while left > 0 {
        let rounds = left.min(KILLS_OF_A_WORLD);
        let mut world = World::new(place(), rounds);
        for _ in 0..rounds {
            world.round(World::program, &mut findings);
        }
        world.compare_mails(&mut findings);
        left -= rounds;
    }
    findings
}

fn wanted(setting: &str, default: usize) -> usize {
    std::env::var(setting).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn what_was_answered_survives_ten_kills() {
    let findings = kill_the_program(10, Place::on_sqlite);
    assert!(findings.compared > 100, "too little was tried to prove anything: {findings}");
    findings.settle("10 kills on SQLite");
}

#[cfg(feature = "postgres")]
#[test]
fn what_was_answered_survives_ten_kills_on_postgres() {
    let findings = kill_the_program(10, Place::on_postgres);
    assert!(findings.compared > 100, "too little was tried to prove anything: {findings}");
    findings.settle("10 kills on PostgreSQL");
}

/// `KILLS` says how many.
#[test]
#[ignore = "`make soak` runs it"]
fn soak_what_was_answered_survives_kills() {
    let kills = wanted("KILLS", 1000);
    kill_the_program(kills, Place::on_sqlite).settle(&format!("{kills} kills on SQLite"));
}

/// `KILLS_POSTGRES` says how many.
#[cfg(feature = "postgres")]
#[test]
#[ignore = "`make soak` runs it"]
fn soak_what_was_answered_survives_kills_on_postgres() {
    let kills = wanted("KILLS_POSTGRES", 300);
    kill_the_program(kills, Place::on_postgres).settle(&format!("{kills} kills on PostgreSQL"));
}

#[test]
fn an_answer_before_the_commit_is_found_out() {
    let mut findings = Findings::default();
    let mut world = World::new(Place::on_sqlite(), 5);
    for _ in 0..5 {
        world.round(early::program, &mut findings);
    }
    assert!(findings.faults.iter().any(|fault| fault.starts_with("lost")), "{findings:#?}");
}

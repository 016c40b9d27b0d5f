//! Promise P2: `kill -9` at random moments under load. The client keeps a ledger and enters only
//! what a whole answer told it; after the restart the ledger is compared with what the server says
//! now: nothing lost, nothing doubled. The same loop against a settle that answers before its
//! commit must find losses, else it proves nothing.

mod early;
mod ledger;
mod load;
mod world;

use ledger::Findings;
use world::World;

/// Kills of one database; a fresh one after that keeps the mailbox below what its list shows.
const KILLS_OF_A_WORLD: usize = 20;

/// Kills the real program `kills` times.
fn kill_the_program(kills: usize) -> Findings {
    let mut findings = Findings::default();
    let mut left = kills;
    while left > 0 {
        let rounds = left.min(KILLS_OF_A_WORLD);
        let mut world = World::new(rounds);
        for _ in 0..rounds {
            world.round(World::program, &mut findings);
        }
        world.compare_mails(&mut findings);
        left -= rounds;
    }
    println!("{kills} kills: {findings}");
    findings
}

#[test]
fn what_was_answered_survives_twenty_kills() {
    let findings = kill_the_program(20);
    assert!(findings.faults.is_empty(), "{findings:#?}");
    assert!(findings.compared > 100, "too little was tried to prove anything: {findings}");
}

/// `KILLS` says how many; 200 unless set.
#[test]
#[ignore = "`make soak` runs it"]
fn soak_what_was_answered_survives_kills() {
    let kills = std::env::var("KILLS").map_or(200, |text| text.parse().unwrap());
    let findings = kill_the_program(kills);
    assert!(findings.faults.is_empty(), "{findings:#?}");
}

#[test]
fn an_answer_before_the_commit_is_found_out() {
    let mut findings = Findings::default();
    let mut world = World::new(5);
    for _ in 0..5 {
        world.round(early::program, &mut findings);
    }
    assert!(findings.faults.iter().any(|fault| fault.starts_with("lost")), "{findings:#?}");
}

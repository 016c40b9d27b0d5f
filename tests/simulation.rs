//! Deterministic simulation: whole worlds (nodes, clocks, a database, mail, clients, staff) live
//! under one seed, with the real core, gate, table, actor, settle and subject events inside, and
//! are compared with a reference model after every step. `docs/simulation.md` tells what is real,
//! what is modelled, and how to run one seed again.

#![expect(clippy::as_conversions, reason = "small numbers of a model: places, instants, dice")]

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use lockkeeper::app::LiveClock;
use lockkeeper::model::Clock;

mod answers;
mod attempt;
mod clock;
mod codes;
mod commit;
mod courier;
mod crooked;
mod crooked_factors;
mod defects;
pub(crate) mod dice;
mod enrol;
mod factor_ledger;
mod factors;
mod facts;
mod faults;
mod history;
mod image;
mod lanes;
mod laws;
mod ledger;
mod names;
mod news;
mod node;
mod office;
mod oracle;
mod plain;
mod report;
mod requests;
mod resets;
mod rest;
mod scheduler;
mod told;
mod world;

use defects::Defect;
use dice::Dice;
use report::Telling;
use world::World;

/// Steps of every ordinary run of the tests.
const STEPS: u64 = 1_000_000;

/// Seeds that found something once.
const REGRESSIONS: [u64; 0] = [];

fn run(seed: u64, defect: Option<Defect>, telling: Telling) -> World {
    let mut world = World::new(seed, defect, telling);
    world.live(u64::MAX);
    world
}

/// Panics with the story of a seed that failed, told by running it once more.
fn tell(seed: u64) -> ! {
    let world = run(seed, None, Telling::InWords);
    let found = world.found.as_ref().expect("a seed fails every time or never");
    panic!(
        "{:?} at step {}: {}\nthe last events:\n{}run it again: make simulate SEED={seed}",
        found.check,
        found.step,
        found.text,
        world.trace.story()
    );
}

/// Worlds of fresh seeds, on all cores, until so many steps are done; how many worlds there were.
fn explore(base: u64, steps: u64) -> (u64, u64) {
    let (done, next) = (AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let failed = std::thread::scope(|scope| {
        let work = || {
            while done.load(Ordering::Relaxed) < steps {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let seed = Dice::new(base.wrapping_add(number)).roll();
                let lived = catch_unwind(|| run(seed, None, Telling::Quiet));
                let world = lived.unwrap_or_else(|panic| {
                    eprintln!("a panic; run it again: make simulate SEED={seed}");
                    resume_unwind(panic)
                });
                done.fetch_add(world.step, Ordering::Relaxed);
                if world.found.is_some() {
                    done.fetch_add(steps, Ordering::Relaxed);
                    return Some(seed);
                }
            }
            None
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker")).min()
    });
    if let Some(seed) = failed {
        tell(seed);
    }
    (done.into_inner(), next.into_inner())
}

fn fresh_seed() -> u64 {
    RandomState::new().hash_one("a new run")
}

#[test]
fn a_million_steps_agree_with_the_reference() {
    let clock = LiveClock::new();
    let began = clock.monotonic();
    let (steps, worlds) = explore(fresh_seed(), STEPS);
    let took = clock.monotonic().saturating_sub(began);
    println!("{steps} steps in {worlds} worlds, {took:.1?}");
}

#[test]
fn seeds_that_failed_once_do_not_fail_again() {
    for seed in REGRESSIONS {
        if run(seed, None, Telling::Quiet).found.is_some() {
            tell(seed);
        }
    }
}

#[test]
fn a_seed_is_a_whole_history() {
    for seed in 0..20 {
        let (one, two) = (run(seed, None, Telling::Quiet), run(seed, None, Telling::InWords));
        assert_eq!((one.trace.digest, one.step), (two.trace.digest, two.step), "seed {seed}");
    }
}

/// What a world never does, it never finds wrong.
#[test]
fn worlds_see_every_answer_of_every_factor() {
    let mut seen = BTreeSet::new();
    for seed in 0..150 {
        seen.extend(run(seed, None, Telling::Quiet).tally.into_keys());
    }
    for second in ["app", "recovery code", "second code"] {
        for end in ["counted", "not counted", "locks", "locked", "complete", "died", "void"] {
            assert!(seen.contains(&(second, end)), "{second}: never {end}");
        }
    }
    for first in ["password", "first code", "reset code"] {
        assert!(seen.contains(&(first, "passed")), "{first}: never passed");
    }
    for rare in [("app", "deleted"), ("second code", "unusable"), ("new password", "complete")] {
        assert!(seen.contains(&rare), "never {rare:?}");
    }
}

/// `make simulate`: one seed (`SEED`), or worlds of fresh seeds for `STEPS` steps.
#[test]
#[ignore = "run by `make simulate`"]
fn simulate_at_length() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    if let Some(seed) = number("SEED") {
        let world = run(seed, None, Telling::InWords);
        match world.found {
            Some(_) => tell(seed),
            None => {
                println!("seed {seed}: nothing in {} steps\n{}", world.step, world.trace.story())
            }
        }
        return;
    }
    let base = fresh_seed();
    let (steps, worlds) = explore(base, number("STEPS").unwrap_or(20 * STEPS));
    println!("simulated {steps} steps in {worlds} worlds from base {base}: nothing found");
}

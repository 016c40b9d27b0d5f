//! A million tenants in the database, ten thousand of them active: what each costs in memory, and
//! whether the rate of durable attempts depends on their number.
//!
//! Memory is the resident size of a server process of its own (`server`). What grows once and stays
//! (SQLite's page caches, threads, the allocator's rooms) is kept out by taking slopes: the second
//! ten thousand tenants, the second fifty thousand names.

use std::time::Instant;

use crate::generate::{self, LOCKING};
use crate::server::{Memory, Server};
use crate::stats::median;

const ALL: u32 = 1_000_000;
const FEW: u32 = 50_000;
const ACTIVE: u32 = 10_000;
const NAMES: u32 = 50_000;
/// Rounds over the numbers of tenants; the median rate of each counts.
const ROUNDS: usize = 5;
const SPELL_MS: u32 = 2_000;
const CLIENTS: u32 = 256;

/// Where a PostgreSQL database of its own may be measured too.
const POSTGRES: &str = "BENCH_POSTGRES_URL";

/// A database with this many tenants, made in `dir`.
fn database(dir: &tempfile::TempDir, name: &str, tenants: u32) -> String {
    let url = format!("sqlite:{}", dir.path().join(name).display());
    generate::tenants(&mut generate::open(&url.parse().unwrap()), tenants);
    url
}

pub(crate) fn memory() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let few = database(&dir, "few.db", FEW);
    let started = Instant::now();
    let many = database(&dir, "many.db", ALL);
    println!("{ALL} tenants were made in {:.1} s", started.elapsed().as_secs_f64());
    cold(&few, &many);
    active(&many);
    remembered(&few);
}

pub(crate) fn throughput() {
    let dir = tempfile::tempdir_in(".").unwrap();
    rates("SQLite", &database(&dir, "few.db", FEW));
    if let Ok(url) = std::env::var(POSTGRES) {
        generate::tenants(&mut generate::open(&url.parse().unwrap()), FEW);
        rates("PostgreSQL", &url);
    }
}

/// The server after its start and the same few attempts, with few tenants and with all.
fn cold(few: &str, many: &str) {
    let started = |url: &str| {
        let mut server = Server::start(url);
        for _ in 0..20 {
            server.ask("visit 0 100");
        }
        server.ask("upkeep");
        server.memory()
    };
    let mut growths = Vec::new();
    for _ in 0..crate::PAIRS {
        let (with_few, with_all) = (started(few), started(many));
        let growth = with_all.rss - with_few.rss;
        println!(
            "  rss {} KiB with few, {} KiB with all",
            with_few.rss / 1024,
            with_all.rss / 1024
        );
        growths.push(growth as f64);
    }
    let (middle, more) = (median(growths), f64::from(ALL - FEW));
    println!(
        "cold tenants: {:.0} KiB for {more:.0}, {:.2} bytes each",
        middle / 1024.0,
        middle / more
    );
}

fn active(url: &str) {
    let mut server = Server::start(url);
    let fresh = server.memory();
    say("started", fresh, 0);
    server.ask("visit 0 200");
    let mut before = server.memory();
    say("after 200 tenants", before, server.number("actors") as u32);
    for step in 0..3 {
        // Spread over the whole table: neighbours would share their pages.
        server.ask(&format!("visit {} {ACTIVE}", 1_000 + step * 300_000));
        // As every minute: the clock stands still, so nobody is idle.
        server.ask("upkeep");
        let now = server.memory();
        say("after 10,000 more", now, server.number("actors") as u32);
        let each = |part: fn(&Memory) -> i64| (part(&now) - part(&before)) / i64::from(ACTIVE);
        println!(
            "active tenants: {} bytes each, {} without files",
            each(|m| m.rss),
            each(|m| m.own)
        );
        before = now;
    }
    // Two idle times: caches are turned twice, actors stop in the first.
    for _ in 0..3 {
        server.ask("advance 660000");
        server.ask("upkeep");
    }
    while server.number("actors") > 0.0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let rested = server.memory();
    say("after the idle stop", rested, server.number("actors") as u32);
    server.ask(&format!("visit 500000 {ACTIVE}"));
    say("10,000 others active", server.memory(), server.number("actors") as u32);
}

/// What a name costs that has failed and is not locked, and one that is locked.
fn remembered(url: &str) {
    for (what, slug) in [("counted", generate::slug(1)), ("locked", LOCKING.to_owned())] {
        let mut server = Server::start(url);
        server.ask(&format!("try {slug} 0 {NAMES}"));
        server.ask("upkeep");
        let before = server.memory();
        server.ask(&format!("try {slug} {NAMES} {NAMES}"));
        server.ask("upkeep");
        let now = server.memory();
        let each = |part: fn(&Memory) -> i64| (part(&now) - part(&before)) / i64::from(NAMES);
        println!(
            "a subject that is {what}: {} bytes, {} without files",
            each(|m| m.rss),
            each(|m| m.own)
        );
    }
}

/// Durable attempts a second with 1 to 10,000 tenants, in turn.
fn rates(engine: &str, url: &str) {
    let spreads = [1, 10, 100, 1_000, 10_000];
    let mut server = Server::start(url);
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); spreads.len()];
    let measure = |server: &mut Server, spread: u32, ms: u32| {
        server.number(&format!("rate {spread} {CLIENTS} {ms}"))
    };
    for spread in spreads {
        // Every row exists before any is measured.
        measure(&mut server, spread, SPELL_MS * 2);
    }
    for _ in 0..ROUNDS {
        for (rates, spread) in found.iter_mut().zip(spreads) {
            rates.push(measure(&mut server, spread, SPELL_MS));
        }
    }
    let middles: Vec<f64> = found.into_iter().map(median).collect();
    for (spread, rate) in spreads.iter().zip(&middles) {
        println!("  {engine}, {spread} tenants: {rate:.0} durable attempts a second");
    }
    let points = spreads.iter().zip(&middles).map(|(spread, rate)| (f64::from(*spread), *rate));
    println!(
        "{engine}: growth exponent {:.3} from 1 to 10,000 tenants",
        exponent(points.collect())
    );
}

/// The slope of the straight line through the points on logarithmic scales.
fn exponent(points: Vec<(f64, f64)>) -> f64 {
    let logs: Vec<_> = points.into_iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |sum, log| (sum.0 + log.0, sum.1 + log.1));
    let (x, y) = (x / count, y / count);
    let above: f64 = logs.iter().map(|log| (log.0 - x) * (log.1 - y)).sum();
    let below: f64 = logs.iter().map(|log| (log.0 - x).powi(2)).sum();
    above / below
}

fn say(when: &str, memory: Memory, actors: u32) {
    let kib = |bytes: i64| bytes / 1024;
    println!("  {when}: rss {} KiB, own {} KiB, {actors} actors", kib(memory.rss), kib(memory.own));
}

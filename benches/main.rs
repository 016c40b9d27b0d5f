//! The ratios of `docs/benchmarks.md`. Each program compares us with an anchor in the same run, in
//! alternating pairs, and says the median of the pairs: neighbours on the machine move single
//! numbers far more than ratios. `make bench`, or `cargo bench --bench ratios -- NAME...` with
//! the beginning of a name: `sign_ins`, `fairness`, `locked`, `durable`, `durable_redis`, `mail`,
//! `tenants`, `flood`, `restart`, `replay`, `console_lists`, `inbox`, `undo`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "programs that measure the machine: they read its clock and may fail loudly"
)]

#[cfg(feature = "postgres")]
#[path = "../tests/harness/children.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the tests, which use all of it")]
mod children;
mod console_lists;
mod durable;
mod durable_anchors;
mod durable_ours;
mod fairness;
mod flood;
mod generate;
#[cfg(feature = "postgres")]
#[path = "../tests/harness/home.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod home;
mod inbox;
mod load;
mod locked;
mod mail;
mod mail_down;
#[cfg(feature = "postgres")]
#[path = "../tests/harness/postgres.rs"]
#[expect(dead_code, unused_imports, reason = "shared with the tests, which use all of it")]
mod postgres;
mod program;
mod redis;
mod restart;
mod server;
mod sign_ins;
mod sink;
#[cfg(feature = "postgres")]
#[path = "../tests/harness/statements.rs"]
mod statements;
mod stats;
mod tenants;
mod time_machine;
mod undo;
mod warm;

/// Pairs of which the median is said.
const PAIRS: usize = 5;

fn main() {
    if sign_ins::is_plain_loop() {
        return;
    }
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if let [serve, url] = wanted.as_slice()
        && serve == server::SERVE
    {
        return server::serve(url);
    }
    let all: &[(&str, fn())] = &[
        ("sign_ins", sign_ins::run),
        ("fairness", fairness::run),
        ("locked", locked::run),
        ("durable_sync", durable::sync),
        ("durable_sqlite", durable::sqlite),
        #[cfg(feature = "postgres")]
        ("durable_postgres", durable::postgres),
        ("durable_redis", durable::redis),
        ("mail", mail::run),
        ("mail_down", mail_down::run),
        ("tenants_memory", tenants::memory),
        ("tenants_rates", tenants::throughput),
        ("flood", flood::run),
        ("restart", restart::run),
        ("replay", time_machine::run),
        ("console_lists", console_lists::run),
        ("inbox", inbox::run),
        ("undo", undo::run),
    ];
    for &(name, run) in all {
        if wanted.is_empty() || wanted.iter().any(|one| name.starts_with(one.as_str())) {
            println!("\n== {name}");
            run();
        }
    }
}

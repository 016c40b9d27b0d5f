//! The ratios of `docs/benchmarks.md`. Each program compares us with an anchor in the same run, in
//! alternating pairs, and says the median of the pairs: neighbours on the machine move single
//! numbers far more than ratios. `make bench`, or `cargo bench --bench ratios -- NAME...` with
//! `sign_ins`, `fairness`, `locked`, `durable`, `mail`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "programs that measure the machine: they read its clock and may fail loudly"
)]

mod durable;
mod fairness;
mod locked;
mod mail;
mod program;
mod sign_ins;
mod sink;
mod stats;

/// Pairs of which the median is said.
const PAIRS: usize = 5;

fn main() {
    if sign_ins::is_plain_loop() {
        return;
    }
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let all: [(&str, fn()); 5] = [
        ("sign_ins", sign_ins::run),
        ("fairness", fairness::run),
        ("locked", locked::run),
        ("durable", durable::run),
        ("mail", mail::run),
    ];
    for (name, run) in all {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            println!("\n== {name}");
            run();
        }
    }
}

//! Checking secrets: hashes and their text form, the fair queue's laws, and the pool of threads.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail loudly; clippy.toml lets only test functions do so"
)]

mod fair_queue;
mod hash;
mod pool;

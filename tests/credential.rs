//! Checking secrets: hashes and their text form, the fair queue's laws, and the pool of threads.

mod fair_queue;
mod hash;
mod pool;

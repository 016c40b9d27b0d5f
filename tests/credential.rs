//! Checking secrets: hashes and their text form, the fair queue's laws, and the pool of threads.

mod fair_queue;
mod fair_queue_laws;
mod hash;
pub(crate) mod imported;
mod pool;

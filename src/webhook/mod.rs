//! Tells the tenants' own servers what happened: takes due outbox rows, renders, signs and sends
//! them, reschedules what failed. Knows outbox rows and resources, and nothing of what caused them.

pub mod compose;
pub mod courier;
pub mod destination;
pub mod retry;
pub mod signature;

//! The time machine: recorded tries run through `decide` under a policy that was not in force then.
//!
//! A try that was refused at the time was never checked, so nobody knows whether it was right. Each
//! figure therefore comes as an [`Estimate`]: a lowest and a highest value between which the truth
//! lies, and a likely one, for which an unchecked try of somebody who proved to be the owner soon
//! after is taken as right and every other one as wrong. What people would have done otherwise
//! (tried on, given up) is in no record and in no figure.
//!
//! Knows no clock, no storage and no names of people: it is handed a [`Log`].

mod branch;
mod compare;
mod known_locks;
mod log;
mod measures;
mod owners;
mod trace;
mod walker;
mod widened;

pub use compare::{Account, Comparison, Go, Report, Window, compare};
pub use log::{Lesson, LockOf, Log, LogBuilder, RawLock, RawTry};
pub use measures::{Estimate, Measures};
pub use owners::{PROVES, owners_own};
pub use trace::{Became, trace};

//! What the feature tests share: real servers (PostgreSQL, SMTP, Chromium, our own program), a clock
//! moved by hand, an HTTP client, masks for snapshots. It knows nothing of any feature.
//!
//! Three rules hold for all of it. Nothing is skipped: a tool that is missing fails the test that
//! needs it and names `make tools`. Nothing is left behind: every child process dies with the test
//! process, however that dies. Nobody sleeps: waits end by an event or by a deadline.

#![expect(dead_code, reason = "a shared tool box; not every tool is in use at every commit")]

pub(crate) mod app;
pub(crate) mod axe;
pub(crate) mod browser;
pub(crate) mod children;
pub(crate) mod client;
pub(crate) mod clock;
#[cfg(feature = "postgres")]
pub(crate) mod cluster;
pub(crate) mod disk_log;
#[cfg(feature = "postgres")]
pub(crate) mod exim;
pub(crate) mod home;
pub(crate) mod island;
pub(crate) mod keyboard;
#[cfg(feature = "postgres")]
pub(crate) mod machine;
#[cfg(feature = "postgres")]
pub(crate) mod nodes;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod self_server;
pub(crate) mod small_disk;
pub(crate) mod smtp;
pub(crate) mod snapshot;
pub(crate) mod statements;
pub(crate) mod strace;
pub(crate) mod waiting;
pub(crate) mod weight;

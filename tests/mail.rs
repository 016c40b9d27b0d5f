//! The delivery of mail: from an outbox row, written by a lock, to a real SMTP server or the
//! built-in mailbox.

mod bench;

mod burst;
mod claims;
mod codes;
mod contents;
pub(crate) mod dkim;
#[cfg(feature = "postgres")]
mod exim;
mod failures;
mod fates;
mod recovery;

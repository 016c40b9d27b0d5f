//! The rules of contact requests: through which states one goes, what of a message is never kept, by
//! which words it is found; and when a team is written to about an attack. Pure: knows no storage, no
//! page and no mail.

pub mod alerts;
pub mod life;
pub mod redact;
pub mod variables;
pub mod verdict;
pub mod words;

pub use life::{ContactRequestStatus, Happening, Queue};

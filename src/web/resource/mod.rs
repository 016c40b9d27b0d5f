//! Resources as JSON, where more than one door answers with them. Knows no request and no route.

pub mod client;
pub mod session;
pub mod sign_in;
pub mod user;

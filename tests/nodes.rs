//! Many nodes on one PostgreSQL database: what one changes the others know, what was missed is made
//! good, one clock decides, and the schema is made once.
#![cfg(feature = "postgres")]

mod balancer;
mod clock;
mod migrations;
mod notices;
mod readiness;
mod rolling;

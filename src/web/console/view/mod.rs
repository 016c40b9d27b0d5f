//! What the console shows: plain data in, HTML out (askama, `templates/console`). No handler, no
//! database, no decision. Every page has one heading and at most one filled button, and works without
//! script.

pub mod done;
pub mod fault;
pub mod frame;
pub mod hall;
pub mod me;
pub mod overview;
pub mod policy;
pub mod welcome;

//! Storage: every table file against SQLite and PostgreSQL alike. `bench` opens a store on either;
//! each submodule is a list of laws that are run on both.

#[macro_use]
mod bench;

mod checks;
mod committer;
mod factors;
mod identifications;
mod outbox;
mod plans;
mod resets;
mod rows;
mod rules;
mod schema;
mod sessions;
mod support;
mod upkeep;
mod user_cards;
mod user_lists;
mod users;

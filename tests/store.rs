//! Storage: every table file against SQLite and PostgreSQL alike. `bench` opens a store on either;
//! each submodule is a list of laws that are run on both.

#[macro_use]
mod bench;

pub(crate) mod asked;
mod audit;
mod campaign_undo;
mod checks;
mod committer;
mod copy;
mod factors;
mod identifications;
mod inbox;
mod lock_funnel;
mod locks;
mod outbox;
mod overlays;
mod owners;
mod plans;
mod resets;
mod rows;
mod rules;
mod schema;
mod sessions;
mod support;
mod team;
mod traffic;
mod two_nodes;
mod two_nodes_rows;
mod upkeep;
mod user_cards;
mod user_imports;
mod user_lists;
mod users;

//! Keeps: the only place that knows Diesel and SQL. One file per table group; `settle` is the heart.
//!
//! Two handles leave this module: [`Reader`] (query-only connections; all that `web` may name) and
//! [`Store`] (every write of the process, as jobs of the committer). It knows no HTTP, no actor, no
//! mail server; it calls `lockout::decide` and nothing else of ours decides here.

pub mod attempts;
pub mod audit;
pub mod client_views;
mod columns;
mod commit_thread;
pub mod committer;
pub mod connection;
pub mod console;
pub mod contact_requests;
pub mod error;
pub mod events;
pub mod external_accounts;
pub mod factor;
mod factor_rows;
mod facts;
pub mod gate;
mod gate_reads;
pub mod identifications;
pub mod ledger;
pub mod lockout_policy;
pub mod mail_facts;
pub mod mailbox;
pub mod migrations;
pub mod nodes;
pub mod notices;
pub mod one_time_codes;
pub mod outbox;
mod outbox_claims;
pub mod pending_identifications;
pub mod pending_totp;
mod phantom_cap;
mod phantoms;
pub mod reader;
pub mod recovery_codes;
pub mod reverification;
pub mod schema;
pub mod sessions;
pub mod settle;
mod settle_factors;
mod settle_ledger;
mod settle_log;
mod settle_rows;
pub mod sign_in_tokens;
pub mod sign_ins;
pub mod sign_ups;
pub mod signing_keys;
mod statement;
pub mod subject_events;
mod subject_moves;
pub mod subjects;
pub mod team;
pub mod tenants;
pub mod totp;
pub mod upkeep;
pub mod user_cards;
pub mod user_changes;
pub mod user_import;
pub mod user_lists;
pub mod user_metadata;
mod user_secrets;
pub mod users;
mod webhook_claims;
pub mod webhook_deliveries;
pub mod webhook_endpoints;

pub use connection::DatabaseUrl;
pub use error::StoreError;
pub use reader::Reader;
pub use subjects::SubjectKey;

pub use committer::{Store, StoreSettings};

//! The one integration-test binary: a list of its files. `harness/` holds what they share (servers,
//! databases, browser, mail server); every other file is a feature, named as in `src/`.

// What tests may do and the server may not (clippy.toml) is decided by this line.
#![cfg(test)]

mod accessibility;
mod alerts;
mod attempt;
mod backend_api;
mod bounded;
mod campaigns;
mod cli;
mod clients;
mod compatibility;
mod config;
mod console;
mod console_samples;
mod console_views;
mod credential;
mod demo;
mod early_refusal;
mod error_envelope;
mod faults;
mod frontend_api;
mod harness;
mod ingest;
mod journey;
mod kill;
mod languages;
mod locked_path;
mod lockout_everywhere;
mod lockout_laws;
mod lockout_model;
mod lockout_policy;
mod lockout_scenarios;
mod mail;
mod mail_views;
mod nodes;
mod on_postgres;
mod openapi;
mod operations;
mod owner;
mod page_samples;
mod page_views;
mod pages;
mod protocol;
mod race;
mod secret_check;
mod simulation;
mod store;
mod stylesheet;
mod text;
mod tidy;
mod time_machine;
mod token;
mod under_flood;
mod user_import;
mod webhook;

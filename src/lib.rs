//! Lockkeeper: a self-hosted, multi-tenant sign-in and account-lockout server with an e-mail
//! unlock flow. `ARCHITECTURE.md` holds the picture of the house and the path of one attempt;
//! this file is only the list of rooms, from the inside out.

pub mod model;

pub mod credential;
pub mod lockout;
pub mod sign_in;
pub mod support;
pub mod text;
pub mod token;

pub mod mail;
pub mod resource;
pub mod web;
pub mod webhook;

pub mod cli;
pub mod config;
pub mod telemetry;

pub mod store;
pub mod tenant;

pub mod app;

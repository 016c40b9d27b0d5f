//! Mails: what they say and how they are delivered.

pub mod view;

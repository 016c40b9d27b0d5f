//! Hosted pages for end users.

pub mod view;

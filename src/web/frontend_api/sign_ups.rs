//! Sign-ups: create, change, prepare, attempt.

//! Signing in with a mailed code instead of a password.

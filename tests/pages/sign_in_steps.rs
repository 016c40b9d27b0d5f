//! Signing in with a mailed code on pages.

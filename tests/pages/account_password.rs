//! The page for a new password.

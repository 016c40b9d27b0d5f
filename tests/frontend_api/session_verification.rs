//! Proving again who sits at a session.

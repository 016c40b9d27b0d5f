//! The signed-in user's own secrets: what counts and what wants a fresh factor.

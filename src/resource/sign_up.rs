//! The sign-up resource: what is known so far and what is missing.

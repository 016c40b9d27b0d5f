//! What the second step of a sign-in shows.

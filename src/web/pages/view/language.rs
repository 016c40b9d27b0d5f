//! What the choice of a language shows.

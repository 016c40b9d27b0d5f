//! The language in which somebody wants to be spoken to.

//! The shape of an answer or a parameter, as a table of operations says it.

//! No operation takes a secret of a locked user: each entry of the tables is tried.

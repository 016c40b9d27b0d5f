//! Proving again who sits at a session that lives: its factors are tried as any other.

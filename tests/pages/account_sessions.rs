//! The page of one's sessions.

//! What the list of one's sessions shows.

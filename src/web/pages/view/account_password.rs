//! What the page for a new password shows.

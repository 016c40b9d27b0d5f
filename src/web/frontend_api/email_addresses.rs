//! The signed-in user's own addresses: adding, proving, removing.

//! The signed-in user's sessions on every client.

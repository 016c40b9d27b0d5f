//! The signed-in user: reading and changing what is no secret.

//! The signed-in user's own secrets: password, authenticator app, recovery codes.

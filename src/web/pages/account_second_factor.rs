//! Setting up and removing an authenticator app and recovery codes.

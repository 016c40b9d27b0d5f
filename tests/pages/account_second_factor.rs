//! The pages of authenticator app and recovery codes.

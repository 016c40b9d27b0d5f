//! What the pages of authenticator app and recovery codes show.

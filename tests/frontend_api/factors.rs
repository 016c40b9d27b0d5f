//! Codes, apps and recovery codes in a sign-in.

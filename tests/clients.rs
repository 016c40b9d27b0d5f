//! Clerk's own SDKs, unmodified, against the real program.

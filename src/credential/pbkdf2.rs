//! Checks imported PBKDF2 hashes, within bounds of rounds.

//! Checks imported phpass hashes, within bounds of rounds.

//! Checks imported scrypt hashes, within bounds of memory.

//! Checks imported bcrypt hashes, within bounds of cost.

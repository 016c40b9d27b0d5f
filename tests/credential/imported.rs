//! Hashes of other systems: right, wrong, and too dear to check.

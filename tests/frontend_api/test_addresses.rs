//! Addresses for tests: the fixed code on development tenants, and nowhere else.

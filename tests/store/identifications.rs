//! Identifiers that come and go, and where their counts and locks stay.

//! A user's identifiers, proved and not yet proved: adding, proving, removing, choosing the primary.

//! Sign-ups: opening, filling in, proving an address, and the user and session that come of it.

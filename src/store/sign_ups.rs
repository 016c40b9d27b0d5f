//! Sign-ups: what somebody has said of themselves so far, until a user is made of it.

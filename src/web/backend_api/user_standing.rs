//! Whether users may sign in: bans of many at once, compromised passwords.

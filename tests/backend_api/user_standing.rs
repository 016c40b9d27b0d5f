//! Bans of many and compromised passwords over the Backend API.

//! A new password by a mailed code, and what it unlocks.

//! Addresses that nobody has proved yet: nobody's to sign in with, so several people may hold one.

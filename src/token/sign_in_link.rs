//! Seals and opens the link of a sign-in mail. Knows no sign-in.

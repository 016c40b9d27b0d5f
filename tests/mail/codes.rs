//! Mails with a code or a sign-in link.

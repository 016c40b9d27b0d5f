//! Sign-in links in mails: once, on the same client, and never by a scanner.

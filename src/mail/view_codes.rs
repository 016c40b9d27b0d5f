//! What the mails with a code, a sign-in link or the news of a claimed address show.

//! The resources of an e-mail address and a phone number, proved or not yet, and what vouches for them.

//! Proved identifiers added to a user and taken away again, with the count and lock that go along.

//! What is told of, and in whose transaction.

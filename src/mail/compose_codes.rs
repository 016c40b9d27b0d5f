//! What becomes of an outbox row that carries a code or a sign-in link.

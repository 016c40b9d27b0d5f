//! What becomes of an outbox row of this kind: the event's JSON, the same bytes at every try.

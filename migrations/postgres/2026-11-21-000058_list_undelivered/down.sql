DROP INDEX identifications_undeliverable;
DROP INDEX outbox_undelivered;

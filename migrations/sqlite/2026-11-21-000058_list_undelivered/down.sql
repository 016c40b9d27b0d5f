DROP INDEX identifications_undeliverable;
DROP INDEX outbox_undelivered;
DELETE FROM sqlite_stat1 WHERE idx IN ('outbox_undelivered', 'identifications_undeliverable');

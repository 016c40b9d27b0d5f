DELETE FROM sqlite_stat1 WHERE idx = 'outbox_mails';
DROP INDEX outbox_mails;
ANALYZE sqlite_schema;

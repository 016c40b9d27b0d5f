DELETE FROM sqlite_stat1 WHERE idx = 'outbox_waiting';
DROP INDEX outbox_waiting;

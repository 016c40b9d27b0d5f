DELETE FROM sqlite_stat1 WHERE idx = 'campaign_locks_by_user';
DROP INDEX campaign_locks_by_user;
ANALYZE sqlite_schema;

DELETE FROM sqlite_stat1 WHERE idx IN ('campaign_locks_by_time', 'campaign_locks_left');
DROP INDEX campaign_locks_left;
DROP INDEX campaign_locks_by_time;
ANALYZE sqlite_schema;

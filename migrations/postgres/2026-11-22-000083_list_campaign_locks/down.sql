DROP INDEX campaign_locks_left;
DROP INDEX campaign_locks_by_time;

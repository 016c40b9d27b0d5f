DROP INDEX campaign_locks_by_user;

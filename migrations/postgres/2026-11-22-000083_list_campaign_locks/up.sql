-- A campaign's page lists its newest locks, and its undoing asks for those that nobody has undone: without
-- these indexes all locks of a large campaign were read and sorted for fifty of them.
CREATE INDEX campaign_locks_by_time ON campaign_locks (tenant_id, campaign_id, since);
CREATE INDEX campaign_locks_left ON campaign_locks (tenant_id, campaign_id, user_id, since) WHERE undone IS NULL;

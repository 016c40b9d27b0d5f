-- A campaign's page lists its newest locks, for which all of them were read and sorted; its undoing asks for
-- those that nobody has undone, and passed all that were.
CREATE INDEX campaign_locks_by_time ON campaign_locks (tenant_id, campaign_id, since);
CREATE INDEX campaign_locks_left ON campaign_locks (tenant_id, campaign_id, user_id, since) WHERE undone IS NULL;

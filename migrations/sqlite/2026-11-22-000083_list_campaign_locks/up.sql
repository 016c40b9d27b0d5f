-- A campaign's page lists its newest locks, for which all of them were read and sorted; its undoing asks for
-- those that nobody has undone, and passed all that were.
CREATE INDEX campaign_locks_by_time ON campaign_locks (tenant_id, campaign_id, since);
CREATE INDEX campaign_locks_left ON campaign_locks (tenant_id, campaign_id, user_id, since) WHERE undone IS NULL;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('campaign_locks', 'campaign_locks_by_time', '100000 1000 50 1'),
  ('campaign_locks', 'campaign_locks_left', '100000 1000 50 1 1');
ANALYZE sqlite_schema;

-- The page that explains an account's lock names the campaign behind it.
CREATE INDEX campaign_locks_by_user ON campaign_locks (tenant_id, user_id, since);

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('campaign_locks', 'campaign_locks_by_user', '100000 1000 2 1');
ANALYZE sqlite_schema;

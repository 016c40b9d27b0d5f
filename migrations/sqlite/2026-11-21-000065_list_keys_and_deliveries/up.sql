-- What a secret key is called, who made it, and when it was used last (to five minutes).
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;

-- The deliveries of one endpoint that came to the same end, newest last.
CREATE INDEX webhook_deliveries_by_end ON webhook_deliveries (tenant_id, endpoint_id, status, message);

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('webhook_deliveries', 'webhook_deliveries_by_end', '1000000 10000 5000 1000 1');
ANALYZE sqlite_schema;

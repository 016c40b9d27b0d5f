-- Where an invitation was mailed to and by which row of the outbox (of the tenant `console`), and when
-- it was taken back.
ALTER TABLE invites ADD COLUMN mailed_to TEXT;
ALTER TABLE invites ADD COLUMN mail_id TEXT;
ALTER TABLE invites ADD COLUMN revoked_at BIGINT;
CREATE INDEX invites_by_time ON invites (tenant_id, created_at);

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('invites', 'invites_by_time', '10000 5 1');
ANALYZE sqlite_schema;

-- Mails that have not left: few beside those that have.
CREATE INDEX outbox_waiting ON outbox (tenant_id, id) WHERE kind = 'mail' AND (status = 'due' OR status = 'sending');

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('outbox', 'outbox_waiting', '10000 100 1');
ANALYZE sqlite_schema;

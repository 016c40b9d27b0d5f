-- The list of a tenant's mails walked along the key: past every event that a server is told of, and past
-- every mail that was made for nobody, of which an attack makes many.
CREATE INDEX outbox_mails ON outbox (tenant_id, id) WHERE kind = 'mail' AND status <> 'void';

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('outbox', 'outbox_mails', '500000 5000 1');
ANALYZE sqlite_schema;

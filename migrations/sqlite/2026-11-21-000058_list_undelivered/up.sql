-- Mails that were given up or came back, and addresses that are none: both are few.
CREATE INDEX outbox_undelivered ON outbox (tenant_id, id) WHERE kind = 'mail' AND (status = 'dead' OR bounced_at IS NOT NULL);
CREATE INDEX identifications_undeliverable ON identifications (tenant_id, undeliverable_since, id) WHERE undeliverable_since IS NOT NULL;

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('outbox', 'outbox_undelivered', '10000 100 1'),
  ('identifications', 'identifications_undeliverable', '10000 100 1 1');
ANALYZE sqlite_schema;

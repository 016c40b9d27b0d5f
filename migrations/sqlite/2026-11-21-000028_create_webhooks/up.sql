-- Servers of a tenant's that are told of events. `sealed` holds the secrets that sign; `events` is a
-- JSON array of names, [] for all. The last four say how it goes: tries that failed one after the
-- other, since when, until when it is spared, and why it was switched off.
CREATE TABLE webhook_endpoints (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  url TEXT NOT NULL,
  sealed TEXT NOT NULL,
  events TEXT NOT NULL,
  enabled BOOLEAN NOT NULL,
  failures BIGINT NOT NULL,
  failing_since BIGINT,
  spared_until BIGINT,
  off_because TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

-- What an endpoint is, was or could not be told: one row for each message, which is the outbox row
-- that it came from. The bytes stay the same from try to try; `tried` is a JSON array, newest last.
CREATE TABLE webhook_deliveries (
  tenant_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  message TEXT NOT NULL,
  event TEXT NOT NULL,
  body TEXT NOT NULL,
  status TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  claimed_until BIGINT,
  tried TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (tenant_id, endpoint_id, message)
) WITHOUT ROWID;
CREATE INDEX webhook_deliveries_by_turn ON webhook_deliveries (status, tenant_id, endpoint_id, due_at);
CREATE INDEX webhook_deliveries_by_message ON webhook_deliveries (tenant_id, message);

-- How many endpoints are switched on: a tenant without any has no rows written for it.
ALTER TABLE tenants ADD COLUMN webhooks BIGINT NOT NULL DEFAULT 0;

-- Figures as in the migration before them (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('webhook_endpoints', 'webhook_endpoints', '10000 2 1'),
  ('webhook_deliveries', 'webhook_deliveries', '1000000 10000 5000 1'),
  ('webhook_deliveries', 'webhook_deliveries_by_turn', '1000000 250000 5000 2500 1'),
  ('webhook_deliveries', 'webhook_deliveries_by_message', '1000000 10000 2');
ANALYZE sqlite_schema;

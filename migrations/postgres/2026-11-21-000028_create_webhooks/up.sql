-- Servers of a tenant's that are told of events. `sealed` holds the secrets that sign; `events` is a
-- JSON array of names, [] for all. The last four say how it goes: tries that failed one after the
-- other, since when, until when it is spared, and why it was switched off.
CREATE TABLE webhook_endpoints (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  url TEXT COLLATE "C" NOT NULL,
  sealed TEXT COLLATE "C" NOT NULL,
  events TEXT COLLATE "C" NOT NULL,
  enabled BOOLEAN NOT NULL,
  failures BIGINT NOT NULL,
  failing_since BIGINT,
  spared_until BIGINT,
  off_because TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- What an endpoint is, was or could not be told: one row for each message, which is the outbox row
-- that it came from. The bytes stay the same from try to try; `tried` is a JSON array, newest last.
CREATE TABLE webhook_deliveries (
  tenant_id TEXT COLLATE "C" NOT NULL,
  endpoint_id TEXT COLLATE "C" NOT NULL,
  message TEXT COLLATE "C" NOT NULL,
  event TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  claimed_until BIGINT,
  tried TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  PRIMARY KEY (tenant_id, endpoint_id, message)
);
CREATE INDEX webhook_deliveries_by_turn ON webhook_deliveries (status, tenant_id, endpoint_id, due_at);
CREATE INDEX webhook_deliveries_by_message ON webhook_deliveries (tenant_id, message);

-- How many endpoints are switched on: a tenant without any has no rows written for it.
ALTER TABLE tenants ADD COLUMN webhooks BIGINT NOT NULL DEFAULT 0;

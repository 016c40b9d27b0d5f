-- What a secret key is called, who made it, and when it was used last (to five minutes).
ALTER TABLE api_keys ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN created_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;

-- The deliveries of one endpoint that came to the same end, newest last.
CREATE INDEX webhook_deliveries_by_end ON webhook_deliveries (tenant_id, endpoint_id, status, message);

DELETE FROM sqlite_stat1 WHERE tbl IN ('webhook_endpoints', 'webhook_deliveries');
ALTER TABLE tenants DROP COLUMN webhooks;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;

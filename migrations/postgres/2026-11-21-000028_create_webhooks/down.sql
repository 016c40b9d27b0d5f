ALTER TABLE tenants DROP COLUMN webhooks;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_endpoints;

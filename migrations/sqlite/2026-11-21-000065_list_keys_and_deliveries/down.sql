DELETE FROM sqlite_stat1 WHERE idx = 'webhook_deliveries_by_end';
DROP INDEX webhook_deliveries_by_end;
ALTER TABLE api_keys DROP COLUMN last_used_at;
ALTER TABLE api_keys DROP COLUMN created_by;
ALTER TABLE api_keys DROP COLUMN name;

ALTER TABLE alerts DROP COLUMN campaign_id;

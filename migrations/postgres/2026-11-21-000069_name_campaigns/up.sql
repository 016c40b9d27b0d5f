-- The campaign that an attack is, where one is known.
ALTER TABLE alerts ADD COLUMN campaign_id TEXT COLLATE "C";

DROP TABLE digests;
DROP TABLE alert_mutes;
DROP TABLE alerts;
ALTER TABLE team DROP COLUMN digest;
ALTER TABLE team DROP COLUMN alerts;

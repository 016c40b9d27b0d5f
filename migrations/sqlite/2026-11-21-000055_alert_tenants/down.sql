DELETE FROM sqlite_stat1 WHERE tbl IN ('alerts', 'alert_mutes', 'digests');
DROP TABLE digests;
DROP TABLE alert_mutes;
DROP TABLE alerts;
ALTER TABLE team DROP COLUMN digest;
ALTER TABLE team DROP COLUMN alerts;

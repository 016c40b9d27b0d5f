DELETE FROM sqlite_stat1 WHERE idx = 'invites_by_time';
DROP INDEX invites_by_time;
ALTER TABLE invites DROP COLUMN revoked_at;
ALTER TABLE invites DROP COLUMN mail_id;
ALTER TABLE invites DROP COLUMN mailed_to;

ALTER TABLE lanes DROP COLUMN credential_version;
ALTER TABLE lanes DROP COLUMN used_at;
ALTER TABLE lanes DROP COLUMN source;
ALTER TABLE lanes DROP COLUMN label;

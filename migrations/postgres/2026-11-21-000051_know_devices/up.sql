-- What is known of a lane beside its count: for a device what it looked like ("Firefox/Linux") and
-- where and when it was last used, and under which credentials it was given out.
ALTER TABLE lanes ADD COLUMN label TEXT COLLATE "C";
ALTER TABLE lanes ADD COLUMN source TEXT COLLATE "C";
ALTER TABLE lanes ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lanes ADD COLUMN credential_version BIGINT NOT NULL DEFAULT 0;

-- What a version of a policy is for, the live version that its author looked at, what a replay had
-- said of it, and when one that is there for a while ends.
ALTER TABLE policies ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'live';
ALTER TABLE policies ADD COLUMN made_over BIGINT;
ALTER TABLE policies ADD COLUMN effect TEXT COLLATE "C";
ALTER TABLE policies ADD COLUMN ends_at BIGINT;

-- The stricter version that decides instead of the live one until an instant.
ALTER TABLE tenants ADD COLUMN overlay_version BIGINT;
ALTER TABLE tenants ADD COLUMN overlay_until BIGINT;

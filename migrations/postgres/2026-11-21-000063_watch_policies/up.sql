-- What a tenant asks of its staff, the zone of those who have chosen none, and when a lock was last
-- tried out.
ALTER TABLE tenants ADD COLUMN time_zone TEXT COLLATE "C";
ALTER TABLE tenants ADD COLUMN staff_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE tenants ADD COLUMN test_locked_at BIGINT;

-- A policy that is only watched: replayed over each day that has passed, from `due_at` on.
CREATE TABLE shadows (
  tenant_id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  since BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
);
CREATE INDEX shadows_by_due ON shadows (due_at, tenant_id);
-- What it would have done on a day (days since 1970, UTC), as JSON.
CREATE TABLE shadow_days (
  tenant_id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  day BIGINT NOT NULL,
  measures TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, version, day)
);

-- What a tenant asks of its staff, the zone of those who have chosen none, and when a lock was last
-- tried out.
ALTER TABLE tenants ADD COLUMN time_zone TEXT;
ALTER TABLE tenants ADD COLUMN staff_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE tenants ADD COLUMN test_locked_at BIGINT;

-- A policy that is only watched: replayed over each day that has passed, from `due_at` on.
CREATE TABLE shadows (
  tenant_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  since BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
) WITHOUT ROWID;
CREATE INDEX shadows_by_due ON shadows (due_at, tenant_id);
-- What it would have done on a day (days since 1970, UTC), as JSON.
CREATE TABLE shadow_days (
  tenant_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  day BIGINT NOT NULL,
  measures TEXT NOT NULL,
  PRIMARY KEY (tenant_id, version, day)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('shadows', 'shadows', '10000 1'),
  ('shadows', 'shadows_by_due', '10000 1 1'),
  ('shadow_days', 'shadow_days', '1000000 100 90 1');
ANALYZE sqlite_schema;

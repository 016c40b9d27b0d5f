-- What each of a team is written to about.
ALTER TABLE team ADD COLUMN alerts BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE team ADD COLUMN digest BOOLEAN NOT NULL DEFAULT TRUE;

-- Attacks on a tenant that somebody was written to about, numbered from one: two nodes that see the
-- same beginning want the same number, and one of them gets it.
CREATE TABLE alerts (
  tenant_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  -- When it was last seen to go on.
  hot_at BIGINT NOT NULL,
  closed_at BIGINT,
  -- The most of any ten minutes.
  locks BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  sources BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, number)
) WITHOUT ROWID;
-- Those that go on, of all tenants.
CREATE INDEX alerts_open ON alerts (tenant_id, number) WHERE closed_at IS NULL;

-- Who wants to hear nothing of a tenant's attacks for a while.
CREATE TABLE alert_mutes (
  tenant_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, staff_id)
) WITHOUT ROWID;

-- The days (since the Unix epoch) whose digest was written: whoever makes the row writes it.
CREATE TABLE digests (
  tenant_id TEXT NOT NULL,
  day BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('alerts', 'alerts', '100000 20 1'),
  ('alerts', 'alerts_open', '100 1 1'),
  ('alert_mutes', 'alert_mutes', '1000 2 1'),
  ('digests', 'digests', '1000000 30 1');
ANALYZE sqlite_schema;

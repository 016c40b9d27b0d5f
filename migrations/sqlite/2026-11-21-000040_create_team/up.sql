-- Who works in whose console. `staff_id` is a user of the tenant `console`; a row of that tenant
-- itself holds for every tenant.
CREATE TABLE team (
  tenant_id TEXT NOT NULL,
  staff_id TEXT NOT NULL,
  role TEXT NOT NULL,
  added_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, staff_id)
) WITHOUT ROWID;
-- Asked before it is known which tenants somebody works for, as `api_keys_by_hash`.
CREATE INDEX team_by_staff ON team (staff_id, tenant_id);

-- Links that make their holder one of a team, each of them once. The secret itself is not kept.
CREATE TABLE invites (
  tenant_id TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  role TEXT NOT NULL,
  made_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  used_by TEXT,
  PRIMARY KEY (tenant_id, secret_hash)
) WITHOUT ROWID;
CREATE UNIQUE INDEX invites_by_secret ON invites (secret_hash);

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('team', 'team', '100000 3 1'),
  ('team', 'team_by_staff', '100000 2 1'),
  ('invites', 'invites', '10000 5 1'),
  ('invites', 'invites_by_secret', '10000 1');
ANALYZE sqlite_schema;

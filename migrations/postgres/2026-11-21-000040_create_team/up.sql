-- Who works in whose console. `staff_id` is a user of the tenant `console`; a row of that tenant
-- itself holds for every tenant.
CREATE TABLE team (
  tenant_id TEXT COLLATE "C" NOT NULL,
  staff_id TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  added_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, staff_id)
);
-- Asked before it is known which tenants somebody works for, as `api_keys_by_hash`.
CREATE INDEX team_by_staff ON team (staff_id, tenant_id);

-- Links that make their holder one of a team, each of them once. The secret itself is not kept.
CREATE TABLE invites (
  tenant_id TEXT COLLATE "C" NOT NULL,
  secret_hash TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  made_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  used_by TEXT COLLATE "C",
  PRIMARY KEY (tenant_id, secret_hash)
);
CREATE UNIQUE INDEX invites_by_secret ON invites (secret_hash);

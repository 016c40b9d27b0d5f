CREATE TABLE users (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C",
  -- Rises with every change of a secret: what was verified against an older one is void.
  credential_version BIGINT NOT NULL,
  banned BOOLEAN NOT NULL,
  first_name TEXT COLLATE "C",
  last_name TEXT COLLATE "C",
  external_id TEXT COLLATE "C",
  primary_identification_id TEXT COLLATE "C",
  public_metadata TEXT COLLATE "C" NOT NULL,
  private_metadata TEXT COLLATE "C" NOT NULL,
  unsafe_metadata TEXT COLLATE "C" NOT NULL,
  locale TEXT COLLATE "C",
  time_zone TEXT COLLATE "C",
  last_sign_in_at BIGINT,
  last_active_at BIGINT,
  password_changed_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX users_by_age ON users (tenant_id, created_at, id);
CREATE UNIQUE INDEX users_by_external_id ON users (tenant_id, external_id);

-- `value` as written, `canonical_key` as found and counted; one owner per key.
CREATE TABLE identifications (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  canonical_key TEXT COLLATE "C" NOT NULL,
  verified BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX identifications_by_key ON identifications (tenant_id, canonical_key);
CREATE INDEX identifications_by_user ON identifications (tenant_id, user_id);

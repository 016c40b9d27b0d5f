CREATE TABLE users (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  password_hash TEXT,
  -- Rises with every change of a secret: what was verified against an older one is void.
  credential_version BIGINT NOT NULL,
  banned BOOLEAN NOT NULL,
  first_name TEXT,
  last_name TEXT,
  external_id TEXT,
  primary_identification_id TEXT,
  public_metadata TEXT NOT NULL,
  private_metadata TEXT NOT NULL,
  unsafe_metadata TEXT NOT NULL,
  locale TEXT,
  time_zone TEXT,
  last_sign_in_at BIGINT,
  last_active_at BIGINT,
  password_changed_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX users_by_age ON users (tenant_id, created_at, id);
CREATE UNIQUE INDEX users_by_external_id ON users (tenant_id, external_id);

-- `value` as written, `canonical_key` as found and counted; one owner per key.
CREATE TABLE identifications (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  canonical_key TEXT NOT NULL,
  verified BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX identifications_by_key ON identifications (tenant_id, canonical_key);
CREATE INDEX identifications_by_user ON identifications (tenant_id, user_id);

-- One customer's world each; `policy_version` names the live row of `policies`.
CREATE TABLE tenants (
  id TEXT NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  live BOOLEAN NOT NULL,
  own_host TEXT UNIQUE,
  support_email TEXT,
  revealing BOOLEAN NOT NULL,
  single_session BOOLEAN NOT NULL,
  redirect_urls TEXT NOT NULL,
  allowed_origins TEXT NOT NULL,
  brand_color TEXT,
  policy_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Secret keys are kept as SHA-256; `hint` is what the console may show.
CREATE TABLE api_keys (
  tenant_id TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  hint TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT,
  PRIMARY KEY (tenant_id, key_hash)
) WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (key_hash);

-- Append-only versions: who wrote it and why.
CREATE TABLE policies (
  tenant_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  document TEXT NOT NULL,
  author TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, version)
) WITHOUT ROWID;

-- RSA keys of session tokens, sealed with the master key.
CREATE TABLE signing_keys (
  tenant_id TEXT NOT NULL,
  kid TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT,
  PRIMARY KEY (tenant_id, kid)
) WITHOUT ROWID;

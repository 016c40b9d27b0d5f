-- One customer's world each; `policy_version` names the live row of `policies`.
CREATE TABLE tenants (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  slug TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  live BOOLEAN NOT NULL,
  own_host TEXT COLLATE "C" UNIQUE,
  support_email TEXT COLLATE "C",
  revealing BOOLEAN NOT NULL,
  single_session BOOLEAN NOT NULL,
  redirect_urls TEXT COLLATE "C" NOT NULL,
  allowed_origins TEXT COLLATE "C" NOT NULL,
  brand_color TEXT COLLATE "C",
  policy_version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Secret keys are kept as SHA-256; `hint` is what the console may show.
CREATE TABLE api_keys (
  tenant_id TEXT COLLATE "C" NOT NULL,
  key_hash TEXT COLLATE "C" NOT NULL,
  hint TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT,
  PRIMARY KEY (tenant_id, key_hash)
);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (key_hash);

-- Append-only versions: who wrote it and why.
CREATE TABLE policies (
  tenant_id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  author TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, version)
);

-- RSA keys of session tokens, sealed with the master key.
CREATE TABLE signing_keys (
  tenant_id TEXT COLLATE "C" NOT NULL,
  kid TEXT COLLATE "C" NOT NULL,
  sealed TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT,
  PRIMARY KEY (tenant_id, kid)
);

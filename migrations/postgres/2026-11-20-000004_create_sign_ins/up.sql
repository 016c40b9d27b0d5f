CREATE TABLE clients (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  rotating_hash TEXT COLLATE "C" NOT NULL,
  sign_in_id TEXT COLLATE "C",
  last_active_session_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE sign_ins (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  client_id TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  identifier TEXT COLLATE "C",
  canonical_key TEXT COLLATE "C",
  -- Who it was identified as, so that a deleted user is noticed; null for phantoms too.
  user_id TEXT COLLATE "C",
  -- The strategy of the passed first factor, with the lock serials it was passed under (rule 18).
  first_factor TEXT COLLATE "C",
  first_factor_at BIGINT,
  lane TEXT COLLATE "C",
  lane_serial BIGINT NOT NULL,
  all_serial BIGINT NOT NULL,
  created_session_id TEXT COLLATE "C",
  locale TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  abandon_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sign_ins_by_client ON sign_ins (tenant_id, client_id);
CREATE INDEX sign_ins_by_end ON sign_ins (abandon_at);

CREATE TABLE sessions (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  client_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  first_factor_at BIGINT,
  second_factor_at BIGINT,
  last_active_at BIGINT NOT NULL,
  expire_at BIGINT NOT NULL,
  abandon_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id, created_at);
CREATE INDEX sessions_by_client ON sessions (tenant_id, client_id, created_at);
CREATE INDEX sessions_by_end ON sessions (tenant_id, status, expire_at);

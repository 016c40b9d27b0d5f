CREATE TABLE clients (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  rotating_hash TEXT NOT NULL,
  sign_in_id TEXT,
  last_active_session_id TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE sign_ins (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  status TEXT NOT NULL,
  identifier TEXT,
  canonical_key TEXT,
  -- Who it was identified as, so that a deleted user is noticed; null for phantoms too.
  user_id TEXT,
  -- The strategy of the passed first factor, with the lock serials it was passed under (rule 18).
  first_factor TEXT,
  first_factor_at BIGINT,
  lane TEXT,
  lane_serial BIGINT NOT NULL,
  all_serial BIGINT NOT NULL,
  created_session_id TEXT,
  locale TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  abandon_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX sign_ins_by_client ON sign_ins (tenant_id, client_id);
CREATE INDEX sign_ins_by_end ON sign_ins (abandon_at);

CREATE TABLE sessions (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  first_factor_at BIGINT,
  second_factor_at BIGINT,
  last_active_at BIGINT NOT NULL,
  expire_at BIGINT NOT NULL,
  abandon_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id, created_at);
CREATE INDEX sessions_by_client ON sessions (tenant_id, client_id, created_at);
CREATE INDEX sessions_by_end ON sessions (tenant_id, status, expire_at);

-- An authenticator app that is not confirmed yet: sealed, ends by itself.
ALTER TABLE sessions ADD COLUMN pending_totp TEXT;
ALTER TABLE sessions ADD COLUMN pending_tries BIGINT NOT NULL DEFAULT 0;
-- Reserved for the second factor.
ALTER TABLE identifications ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
-- The strategy that proved it; null: said by the tenant's own server.
ALTER TABLE identifications ADD COLUMN verified_by TEXT;
-- The unfinished sign-up.
ALTER TABLE clients ADD COLUMN sign_up_id TEXT;
-- restricted | public
ALTER TABLE tenants ADD COLUMN sign_up TEXT NOT NULL DEFAULT 'restricted';
ALTER TABLE users ADD COLUMN primary_phone_id TEXT;
ALTER TABLE users ADD COLUMN image_url TEXT;
ALTER TABLE users ADD COLUMN password_compromised BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN mfa_enabled_at BIGINT;
ALTER TABLE users ADD COLUMN mfa_disabled_at BIGINT;
ALTER TABLE users ADD COLUMN legal_accepted_at BIGINT;

-- Addresses that nobody has proved. They are nobody's to sign in with, so several people may hold
-- one: an unproved claim must not keep the owner out. Proving moves the row to `identifications`.
-- Of `user_id` and `sign_up_id` exactly one is set.
CREATE TABLE pending_identifications (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT,
  sign_up_id TEXT,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  canonical_key TEXT NOT NULL,
  -- The code that was last asked for: a try is held against it and no other.
  prepared_code TEXT,
  -- Proved, while the sign-up still lacks something else.
  verified_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX pending_identifications_by_user ON pending_identifications (tenant_id, user_id);
CREATE INDEX pending_identifications_by_sign_up ON pending_identifications (tenant_id, sign_up_id);

CREATE TABLE sign_ups (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  -- missing_requirements | complete | abandoned
  status TEXT NOT NULL,
  username TEXT,
  username_key TEXT,
  first_name TEXT,
  last_name TEXT,
  password_hash TEXT,
  unsafe_metadata TEXT NOT NULL,
  locale TEXT,
  legal_accepted_at BIGINT,
  created_user_id TEXT,
  created_session_id TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  abandon_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

-- The token itself is signed and says id, user and end; only its use is kept.
CREATE TABLE sign_in_tokens (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  -- pending | accepted | revoked
  status TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX sign_in_tokens_by_user ON sign_in_tokens (tenant_id, user_id);
CREATE INDEX sign_in_tokens_by_end ON sign_in_tokens (tenant_id, expires_at);

-- Read-only, filled by moving in. `document` is Clerk's external account as JSON.
CREATE TABLE external_accounts (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  id TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (tenant_id, user_id, id)
) WITHOUT ROWID;

-- Figures for the planner, as the migration `add_statistics` says.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('pending_identifications', 'pending_identifications', '1000000 10000 1'),
  ('pending_identifications', 'pending_identifications_by_user', '1000000 10000 2'),
  ('pending_identifications', 'pending_identifications_by_sign_up', '1000000 10000 2'),
  ('sign_ups', 'sign_ups', '1000000 10000 1'),
  ('sign_in_tokens', 'sign_in_tokens', '1000000 10000 1'),
  ('sign_in_tokens', 'sign_in_tokens_by_user', '1000000 10000 3'),
  ('sign_in_tokens', 'sign_in_tokens_by_end', '1000000 10000 10'),
  ('external_accounts', 'external_accounts', '1000000 10000 2 1');
ANALYZE sqlite_schema;

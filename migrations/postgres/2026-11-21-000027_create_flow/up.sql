-- An authenticator app that is not confirmed yet: sealed, ends by itself.
ALTER TABLE sessions ADD COLUMN pending_totp TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN pending_tries BIGINT NOT NULL DEFAULT 0;
-- Reserved for the second factor.
ALTER TABLE identifications ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
-- The strategy that proved it; null: said by the tenant's own server.
ALTER TABLE identifications ADD COLUMN verified_by TEXT COLLATE "C";
-- The unfinished sign-up.
ALTER TABLE clients ADD COLUMN sign_up_id TEXT COLLATE "C";
-- restricted | public
ALTER TABLE tenants ADD COLUMN sign_up TEXT COLLATE "C" NOT NULL DEFAULT 'restricted';
ALTER TABLE users ADD COLUMN primary_phone_id TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN image_url TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN password_compromised BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN mfa_enabled_at BIGINT;
ALTER TABLE users ADD COLUMN mfa_disabled_at BIGINT;
ALTER TABLE users ADD COLUMN legal_accepted_at BIGINT;

-- Addresses that nobody has proved. They are nobody's to sign in with, so several people may hold
-- one: an unproved claim must not keep the owner out. Proving moves the row to `identifications`.
-- Of `user_id` and `sign_up_id` exactly one is set.
CREATE TABLE pending_identifications (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C",
  sign_up_id TEXT COLLATE "C",
  kind TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  canonical_key TEXT COLLATE "C" NOT NULL,
  -- The code that was last asked for: a try is held against it and no other.
  prepared_code TEXT COLLATE "C",
  -- Proved, while the sign-up still lacks something else.
  verified_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX pending_identifications_by_user ON pending_identifications (tenant_id, user_id);
CREATE INDEX pending_identifications_by_sign_up ON pending_identifications (tenant_id, sign_up_id);

CREATE TABLE sign_ups (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  client_id TEXT COLLATE "C" NOT NULL,
  -- missing_requirements | complete | abandoned
  status TEXT COLLATE "C" NOT NULL,
  username TEXT COLLATE "C",
  username_key TEXT COLLATE "C",
  first_name TEXT COLLATE "C",
  last_name TEXT COLLATE "C",
  password_hash TEXT COLLATE "C",
  unsafe_metadata TEXT COLLATE "C" NOT NULL,
  locale TEXT COLLATE "C",
  legal_accepted_at BIGINT,
  created_user_id TEXT COLLATE "C",
  created_session_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  abandon_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- The token itself is signed and says id, user and end; only its use is kept.
CREATE TABLE sign_in_tokens (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  -- pending | accepted | revoked
  status TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sign_in_tokens_by_user ON sign_in_tokens (tenant_id, user_id);
CREATE INDEX sign_in_tokens_by_end ON sign_in_tokens (tenant_id, expires_at);

-- Read-only, filled by moving in. `document` is Clerk's external account as JSON.
CREATE TABLE external_accounts (
  tenant_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  document TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, user_id, id)
);

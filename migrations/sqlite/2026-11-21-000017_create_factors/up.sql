-- Codes that were sent: `tries` is spent before an answer is given. The code itself is not kept, it
-- follows from the id and a key. A phantom has rows like a user's.
CREATE TABLE one_time_codes (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  subject TEXT NOT NULL,
  purpose TEXT NOT NULL,
  tries BIGINT NOT NULL,
  used_at BIGINT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX one_time_codes_by_subject ON one_time_codes (tenant_id, subject, purpose, created_at);

-- One authenticator app per user: the secret sealed with the master key, and the last 30 s step
-- that was accepted, so that none is accepted twice.
CREATE TABLE totp_secrets (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
) WITHOUT ROWID;

-- Keyed digests; each works once.
CREATE TABLE recovery_codes (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  used_at BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, user_id, digest)
) WITHOUT ROWID;

-- One row per subject: the serialisation point of everything that is counted.
-- Instants are Unix milliseconds; 9223372036854775807 means "until unlocked".
CREATE TABLE subjects (
  tenant_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  phantom BOOLEAN NOT NULL,
  last_instant BIGINT NOT NULL,
  count BIGINT NOT NULL,
  deadline BIGINT,
  ladder_base BIGINT NOT NULL,
  ladder_last BIGINT,
  lock_kind TEXT,
  lock_since BIGINT,
  lock_until BIGINT,
  lock_spent BOOLEAN NOT NULL,
  staff_since BIGINT,
  staff_until BIGINT,
  long_run BIGINT NOT NULL,
  episode BIGINT NOT NULL,
  episode_open BOOLEAN NOT NULL,
  episode_since BIGINT,
  episode_mailed BIGINT,
  episode_lock_end BIGINT,
  hot_sources BIGINT NOT NULL,
  presses BIGINT NOT NULL,
  presses_since BIGINT,
  last_press BIGINT,
  public_serial BIGINT NOT NULL,
  all_serial BIGINT NOT NULL,
  era_count BIGINT NOT NULL,
  era_step BIGINT NOT NULL,
  era_lock BIGINT NOT NULL,
  lanes_era BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject)
) WITHOUT ROWID;
-- The oldest phantom makes room at the cap.
CREATE INDEX subjects_by_phantom_age ON subjects (tenant_id, phantom, last_instant);

CREATE TABLE sources (
  tenant_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  source TEXT NOT NULL,
  count BIGINT NOT NULL,
  ladder_base BIGINT NOT NULL,
  ladder_last BIGINT,
  lock_kind TEXT,
  lock_since BIGINT,
  lock_until BIGINT,
  lock_spent BOOLEAN NOT NULL,
  hot BOOLEAN NOT NULL,
  era_count BIGINT NOT NULL,
  era_step BIGINT NOT NULL,
  era_lock BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject, source)
) WITHOUT ROWID;

CREATE TABLE lanes (
  tenant_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  lane TEXT NOT NULL,
  count BIGINT NOT NULL,
  deadline BIGINT,
  ladder_base BIGINT NOT NULL,
  ladder_last BIGINT,
  lock_kind TEXT,
  lock_since BIGINT,
  lock_until BIGINT,
  lock_spent BOOLEAN NOT NULL,
  beyond_long_run BIGINT NOT NULL,
  serial BIGINT NOT NULL,
  dead BOOLEAN NOT NULL,
  expires BIGINT,
  era BIGINT NOT NULL,
  all_serial BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject, lane)
) WITHOUT ROWID;

-- The complete log: what was tried, what it did, and under which policy.
CREATE TABLE attempts (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  at BIGINT NOT NULL,
  subject TEXT NOT NULL,
  user_id TEXT,
  source TEXT NOT NULL,
  authenticator TEXT NOT NULL,
  outcome TEXT NOT NULL,
  decision TEXT NOT NULL,
  repeated BOOLEAN NOT NULL,
  lane TEXT NOT NULL,
  device TEXT,
  policy_version BIGINT NOT NULL,
  sign_in_id TEXT,
  session_id TEXT,
  node TEXT NOT NULL,
  count_after BIGINT NOT NULL,
  remaining BIGINT,
  lock_kind TEXT,
  lock_source_only BOOLEAN NOT NULL,
  lock_since BIGINT,
  lock_until BIGINT,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX attempts_by_subject ON attempts (tenant_id, subject, at);

-- Tries refused while locked, summed: written lazily, outside the durability promise.
CREATE TABLE refusals (
  tenant_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  source TEXT NOT NULL,
  minute BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject, source, minute)
) WITHOUT ROWID;
CREATE INDEX refusals_by_age ON refusals (tenant_id, minute);

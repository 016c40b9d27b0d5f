-- One row per subject: the serialisation point of everything that is counted.
-- Instants are Unix milliseconds; 9223372036854775807 means "until unlocked".
CREATE TABLE subjects (
  tenant_id TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  phantom BOOLEAN NOT NULL,
  last_instant BIGINT NOT NULL,
  count BIGINT NOT NULL,
  deadline BIGINT,
  ladder_base BIGINT NOT NULL,
  ladder_last BIGINT,
  lock_kind TEXT COLLATE "C",
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
);
-- The oldest phantom makes room at the cap.
CREATE INDEX subjects_by_phantom_age ON subjects (tenant_id, phantom, last_instant);

CREATE TABLE sources (
  tenant_id TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  ladder_base BIGINT NOT NULL,
  ladder_last BIGINT,
  lock_kind TEXT COLLATE "C",
  lock_since BIGINT,
  lock_until BIGINT,
  lock_spent BOOLEAN NOT NULL,
  hot BOOLEAN NOT NULL,
  era_count BIGINT NOT NULL,
  era_step BIGINT NOT NULL,
  era_lock BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject, source)
);

CREATE TABLE lanes (
  tenant_id TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  lane TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  deadline BIGINT,
  ladder_base BIGINT NOT NULL,
  ladder_last BIGINT,
  lock_kind TEXT COLLATE "C",
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
);

-- The complete log: what was tried, what it did, and under which policy.
CREATE TABLE attempts (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C",
  source TEXT COLLATE "C" NOT NULL,
  authenticator TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  decision TEXT COLLATE "C" NOT NULL,
  repeated BOOLEAN NOT NULL,
  lane TEXT COLLATE "C" NOT NULL,
  device TEXT COLLATE "C",
  policy_version BIGINT NOT NULL,
  sign_in_id TEXT COLLATE "C",
  session_id TEXT COLLATE "C",
  node TEXT COLLATE "C" NOT NULL,
  count_after BIGINT NOT NULL,
  remaining BIGINT,
  lock_kind TEXT COLLATE "C",
  lock_source_only BOOLEAN NOT NULL,
  lock_since BIGINT,
  lock_until BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX attempts_by_subject ON attempts (tenant_id, subject, at);

-- Tries refused while locked, summed: written lazily, outside the durability promise.
CREATE TABLE refusals (
  tenant_id TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  minute BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject, source, minute)
);
CREATE INDEX refusals_by_age ON refusals (tenant_id, minute);

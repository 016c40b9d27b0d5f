-- What became of people who were locked: one story from the first lock until they have signed in, or
-- for three days.
CREATE TABLE lock_stories (
  tenant_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  locked_at BIGINT NOT NULL,
  -- An unlock mail was due; a server took it; its link was opened; the lock was ended by it.
  mailed_at BIGINT,
  accepted_at BIGINT,
  opened_at BIGINT,
  unlocked_at BIGINT,
  signed_in_at BIGINT,
  looked_at BIGINT NOT NULL,
  done BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, user_id, locked_at)
) WITHOUT ROWID;
CREATE INDEX lock_stories_by_time ON lock_stories (tenant_id, locked_at);
CREATE INDEX lock_stories_open ON lock_stories (tenant_id, looked_at) WHERE NOT done;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('lock_stories', 'lock_stories', '1000000 10000 2 1'),
  ('lock_stories', 'lock_stories_by_time', '1000000 10000 1'),
  ('lock_stories', 'lock_stories_open', '10000 100 2');
ANALYZE sqlite_schema;

-- The newest file of users that a tenant's staff have sent, and how far it is. `turn` is whoever works it
-- off now: each takes the next number, and whoever lost his writes nothing. `due_at` is when upkeep looks
-- at it: work that nobody goes on with is taken up, what waits too long or is over is forgotten.
CREATE TABLE user_imports (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  file_bytes BIGINT NOT NULL,
  -- The file, sealed; gone as soon as nothing needs it.
  sealed TEXT COLLATE "C",
  staged_at BIGINT NOT NULL,
  staged_by TEXT COLLATE "C" NOT NULL,
  run_by TEXT COLLATE "C",
  turn BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  -- Rows of the file, once somebody has read all of it.
  total BIGINT,
  rows BIGINT NOT NULL,
  made BIGINT NOT NULL,
  there BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  -- Columns that nothing is known of, as a JSON list.
  unknown TEXT COLLATE "C" NOT NULL,
  why TEXT COLLATE "C",
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
);
CREATE INDEX user_imports_by_due ON user_imports (due_at, tenant_id);
-- Its rows that were refused, by their numbers, and why, as a JSON list.
CREATE TABLE user_import_faults (
  tenant_id TEXT COLLATE "C" NOT NULL,
  row BIGINT NOT NULL,
  id TEXT COLLATE "C",
  faults TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, row)
);

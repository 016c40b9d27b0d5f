-- The newest file of users that a tenant's staff have sent, and how far it is. `turn` is whoever works it
-- off now: each takes the next number, and whoever lost his writes nothing. `due_at` is when upkeep looks
-- at it: work that nobody goes on with is taken up, what waits too long or is over is forgotten.
CREATE TABLE user_imports (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  file_bytes BIGINT NOT NULL,
  -- The file, sealed; gone as soon as nothing needs it.
  sealed TEXT,
  staged_at BIGINT NOT NULL,
  staged_by TEXT NOT NULL,
  run_by TEXT,
  turn BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  -- Rows of the file, once somebody has read all of it.
  total BIGINT,
  rows BIGINT NOT NULL,
  made BIGINT NOT NULL,
  there BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  -- Columns that nothing is known of, as a JSON list.
  unknown TEXT NOT NULL,
  why TEXT,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
) WITHOUT ROWID;
CREATE INDEX user_imports_by_due ON user_imports (due_at, tenant_id);
-- Its rows that were refused, by their numbers, and why, as a JSON list.
CREATE TABLE user_import_faults (
  tenant_id TEXT NOT NULL,
  row BIGINT NOT NULL,
  id TEXT,
  faults TEXT NOT NULL,
  PRIMARY KEY (tenant_id, row)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('user_imports', 'user_imports', '10000 1'),
  ('user_imports', 'user_imports_by_due', '10000 1 1'),
  ('user_import_faults', 'user_import_faults', '1000000 1000 1');
ANALYZE sqlite_schema;

-- Who is locked, by the end of the lock: a row stands here once it was ever locked, and never for a
-- name that is nobody's, whose attempts must cost what everybody's cost.
CREATE INDEX subjects_by_lock ON subjects (tenant_id, lock_until, subject)
  WHERE lock_until IS NOT NULL AND NOT phantom;
CREATE INDEX subjects_by_staff_lock ON subjects (tenant_id, staff_until, subject)
  WHERE staff_until IS NOT NULL;

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('subjects', 'subjects_by_lock', '100000 1000 1 1'),
  ('subjects', 'subjects_by_staff_lock', '10000 100 1 1');
ANALYZE sqlite_schema;

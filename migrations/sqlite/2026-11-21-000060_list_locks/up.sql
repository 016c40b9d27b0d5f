-- What the console lists beside the locks of 000041: locks until a reset or staff, which are few and
-- stand at the end of every other order; locks of single sources; who is banned; and what was noted
-- about one user. Names that are nobody's stand in none of them: their attempts must cost what
-- everybody's cost.
CREATE INDEX subjects_by_long_run ON subjects (tenant_id, lock_until, subject)
  WHERE lock_kind = 'long_run' AND lock_until IS NOT NULL AND NOT phantom;
CREATE INDEX sources_by_lock ON sources (tenant_id, lock_until, subject, source)
  WHERE lock_until IS NOT NULL AND substr(subject, 1, 2) <> 'p:';
CREATE INDEX users_banned ON users (tenant_id, created_at, id) WHERE banned;
CREATE INDEX audit_by_user ON audit (tenant_id, user_id, id) WHERE user_id IS NOT NULL;

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('subjects', 'subjects_by_long_run', '1000 10 2 1'),
  ('sources', 'sources_by_lock', '100000 1000 1 1 1'),
  ('users', 'users_banned', '10000 100 1 1'),
  ('audit', 'audit_by_user', '500000 5000 5 1');
ANALYZE sqlite_schema;

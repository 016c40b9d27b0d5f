-- The end of each tenant's chain of audit rows: which link is the newest. Whoever seals goes on from
-- here, and whoever cuts rows off the end is found out by it.
CREATE TABLE audit_heads (
  tenant_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL,
  sealed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
) WITHOUT ROWID;

CREATE INDEX audit_unsealed ON audit (tenant_id, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX audit_by_seq ON audit (tenant_id, seq) WHERE seq IS NOT NULL;
-- What people did, without the locks that attempts bring: under attack those are millions.
CREATE INDEX audit_by_people ON audit (tenant_id, id) WHERE actor <> 'attempt';
CREATE INDEX audit_by_action ON audit (tenant_id, action, id) WHERE actor <> 'attempt';
-- Whole on purpose: a row about nobody must cost what a row about somebody costs.
CREATE INDEX audit_by_actor ON audit (tenant_id, actor, id);

-- Figures as in the migrations before (rows of the table or index, then rows for one value of each
-- further column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('audit', 'audit', '1000000 10000 1'),
  ('audit', 'audit_unsealed', '1000 10 1'),
  ('audit', 'audit_by_seq', '1000000 10000 1'),
  ('audit', 'audit_by_people', '100000 1000 1'),
  ('audit', 'audit_by_action', '100000 1000 50 1'),
  ('audit', 'audit_by_actor', '1000000 10000 100 1'),
  ('audit_heads', 'audit_heads', '100000 1');
ANALYZE sqlite_schema;

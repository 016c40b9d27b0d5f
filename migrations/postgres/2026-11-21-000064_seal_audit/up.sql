-- The end of each tenant's chain of audit rows: which link is the newest. Whoever seals goes on from
-- here, and whoever cuts rows off the end is found out by it.
CREATE TABLE audit_heads (
  tenant_id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  sealed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
);

CREATE INDEX audit_unsealed ON audit (tenant_id, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX audit_by_seq ON audit (tenant_id, seq) WHERE seq IS NOT NULL;
-- What people did, without the locks that attempts bring: under attack those are millions.
CREATE INDEX audit_by_people ON audit (tenant_id, id) WHERE actor <> 'attempt';
CREATE INDEX audit_by_action ON audit (tenant_id, action, id) WHERE actor <> 'attempt';
-- Whole on purpose: a row about nobody must cost what a row about somebody costs.
CREATE INDEX audit_by_actor ON audit (tenant_id, actor, id);

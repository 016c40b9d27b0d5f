-- A tenant's logos and texts, as JSON: read with the tenant, so that no page asks for it apart.
ALTER TABLE tenants ADD COLUMN brand TEXT NOT NULL DEFAULT '{}';

-- The pictures themselves, in Base64, asked for by the name that the JSON gives them.
CREATE TABLE tenant_files (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('tenant_files', 'tenant_files', '10000 2 1');
ANALYZE sqlite_schema;

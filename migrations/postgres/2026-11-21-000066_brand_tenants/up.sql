-- A tenant's logos and texts, as JSON: read with the tenant, so that no page asks for it apart.
ALTER TABLE tenants ADD COLUMN brand TEXT COLLATE "C" NOT NULL DEFAULT '{}';

-- The pictures themselves, in Base64, asked for by the name that the JSON gives them.
CREATE TABLE tenant_files (
  tenant_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

-- How a tenant's mail leaves. `sealed`: its own server and its password; null: the house's server.
CREATE TABLE mail_settings (
  tenant_id TEXT NOT NULL,
  sealed TEXT,
  sender TEXT,
  dkim_domain TEXT,
  dkim_selector TEXT,
  dkim_sealed TEXT,
  checked_at BIGINT,
  check_error TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('mail_settings', 'mail_settings', '1000 1');
ANALYZE sqlite_schema;

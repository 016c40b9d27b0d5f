-- How a tenant's mail leaves. `sealed`: its own server and its password; null: the house's server.
CREATE TABLE mail_settings (
  tenant_id TEXT COLLATE "C" NOT NULL,
  sealed TEXT COLLATE "C",
  sender TEXT COLLATE "C",
  dkim_domain TEXT COLLATE "C",
  dkim_selector TEXT COLLATE "C",
  dkim_sealed TEXT COLLATE "C",
  checked_at BIGINT,
  check_error TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id)
);

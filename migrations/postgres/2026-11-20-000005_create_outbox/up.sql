-- What must leave the house, written in the transaction that caused it.
CREATE TABLE outbox (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  episode BIGINT,
  payload TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  claimed_until BIGINT,
  last_error TEXT COLLATE "C",
  finished_at BIGINT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_by_due ON outbox (kind, status, due_at);
CREATE INDEX outbox_by_subject ON outbox (tenant_id, subject, created_at);

-- Mail that had no SMTP server to go to: the built-in mailbox page.
CREATE TABLE mailbox (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  sender TEXT COLLATE "C" NOT NULL,
  recipient TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  headers TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL,
  html TEXT COLLATE "C" NOT NULL,
  raw TEXT COLLATE "C" NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX mailbox_by_age ON mailbox (received_at);

-- Facts for auditors. `seq` and `hash` are filled by a sealer after the commit.
CREATE TABLE audit (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  detail TEXT COLLATE "C" NOT NULL,
  seq BIGINT,
  hash TEXT COLLATE "C",
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE contact_requests (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  reference TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  identifier TEXT COLLATE "C" NOT NULL,
  canonical_key TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  name TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  message TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  locale TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX contact_requests_by_reference ON contact_requests (tenant_id, reference);
CREATE INDEX contact_requests_by_age ON contact_requests (tenant_id, status, created_at);
CREATE INDEX contact_requests_by_source ON contact_requests (tenant_id, source, created_at);
CREATE INDEX contact_requests_by_key ON contact_requests (tenant_id, canonical_key, created_at);

-- What must leave the house, written in the transaction that caused it.
CREATE TABLE outbox (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  topic TEXT NOT NULL,
  status TEXT NOT NULL,
  subject TEXT,
  user_id TEXT,
  episode BIGINT,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  claimed_until BIGINT,
  last_error TEXT,
  finished_at BIGINT,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX outbox_by_due ON outbox (kind, status, due_at);
CREATE INDEX outbox_by_subject ON outbox (tenant_id, subject, created_at);

-- Mail that had no SMTP server to go to: the built-in mailbox page.
CREATE TABLE mailbox (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  headers TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  raw TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX mailbox_by_age ON mailbox (received_at);

-- Facts for auditors. `seq` and `hash` are filled by a sealer after the commit.
CREATE TABLE audit (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT,
  user_id TEXT,
  detail TEXT NOT NULL,
  seq BIGINT,
  hash TEXT,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE contact_requests (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  reference TEXT NOT NULL,
  status TEXT NOT NULL,
  identifier TEXT NOT NULL,
  canonical_key TEXT,
  user_id TEXT,
  name TEXT NOT NULL,
  subject TEXT NOT NULL,
  message TEXT NOT NULL,
  source TEXT NOT NULL,
  locale TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX contact_requests_by_reference ON contact_requests (tenant_id, reference);
CREATE INDEX contact_requests_by_age ON contact_requests (tenant_id, status, created_at);
CREATE INDEX contact_requests_by_source ON contact_requests (tenant_id, source, created_at);
CREATE INDEX contact_requests_by_key ON contact_requests (tenant_id, canonical_key, created_at);

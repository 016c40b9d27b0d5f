-- What staff do about a request: which queue it stands in and when its turn is, who has it, what was
-- said since, and the links by which its person comes back to it.
ALTER TABLE contact_requests ADD COLUMN queue TEXT NOT NULL DEFAULT 'open';
-- When the lock ends, at most a day after it was filed; when it was closed, once it is.
ALTER TABLE contact_requests ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
-- Rises with every change, so that an answer to something older is noticed.
ALTER TABLE contact_requests ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE contact_requests ADD COLUMN origin TEXT NOT NULL DEFAULT 'form';
-- A user of the tenant `console`.
ALTER TABLE contact_requests ADD COLUMN assignee TEXT;
-- Open when it was filed.
ALTER TABLE contact_requests ADD COLUMN episode BIGINT;
-- The end of the lock that stood or was told then; the largest number where only an unlock ends it.
ALTER TABLE contact_requests ADD COLUMN lock_until BIGINT;
-- Digests of the secrets in the links on the page and in the mail.
ALTER TABLE contact_requests ADD COLUMN page_secret TEXT;
ALTER TABLE contact_requests ADD COLUMN mail_secret TEXT;
ALTER TABLE contact_requests ADD COLUMN mailbox_proved_at BIGINT;
ALTER TABLE contact_requests ADD COLUMN first_reply_at BIGINT;
ALTER TABLE contact_requests ADD COLUMN closed_at BIGINT;
ALTER TABLE contact_requests ADD COLUMN closed_because TEXT;
UPDATE contact_requests SET
  due_at = CASE status WHEN 'closed' THEN updated_at WHEN 'spam' THEN updated_at ELSE created_at + 86400000 END,
  queue = CASE status WHEN 'closed' THEN 'closed' WHEN 'spam' THEN 'spam' ELSE 'open' END;
CREATE INDEX contact_requests_by_turn ON contact_requests (tenant_id, queue, due_at, id);
CREATE INDEX contact_requests_by_assignee ON contact_requests (tenant_id, assignee, queue, due_at, id);
CREATE INDEX contact_requests_by_user ON contact_requests (tenant_id, user_id, queue);
CREATE UNIQUE INDEX contact_requests_by_page_secret ON contact_requests (tenant_id, page_secret);
CREATE UNIQUE INDEX contact_requests_by_mail_secret ON contact_requests (tenant_id, mail_secret);
-- "This wasn't me" is told once an episode.
CREATE UNIQUE INDEX contact_requests_by_not_me ON contact_requests (tenant_id, user_id, episode)
  WHERE origin = 'not_me';

CREATE TABLE request_messages (
  tenant_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  author TEXT NOT NULL,
  via TEXT NOT NULL,
  body TEXT NOT NULL,
  outbox_id TEXT,
  -- Of a mail that came in: one mail is taken once.
  message_id TEXT,
  created_at BIGINT NOT NULL,
  undone_at BIGINT,
  PRIMARY KEY (tenant_id, request_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX request_messages_by_message_id ON request_messages (tenant_id, message_id);

-- Which words stand in which request.
CREATE TABLE request_words (
  tenant_id TEXT NOT NULL,
  word TEXT NOT NULL,
  request_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, word, request_id)
) WITHOUT ROWID;

CREATE TABLE canned_replies (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  locale TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id, locale)
) WITHOUT ROWID;

-- Figures as in the migrations before (rows of the index, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('contact_requests', 'contact_requests_by_turn', '1000000 10000 3000 1 1'),
  ('contact_requests', 'contact_requests_by_assignee', '1000000 10000 500 200 1 1'),
  ('contact_requests', 'contact_requests_by_user', '1000000 10000 3 2'),
  ('contact_requests', 'contact_requests_by_page_secret', '1000000 10000 1'),
  ('contact_requests', 'contact_requests_by_mail_secret', '1000000 10000 1'),
  ('contact_requests', 'contact_requests_by_not_me', '10000 100 1 1'),
  ('request_messages', 'request_messages', '3000000 30000 3 1'),
  ('request_messages', 'request_messages_by_message_id', '100000 1000 1'),
  ('request_words', 'request_words', '50000000 500000 50 1'),
  ('canned_replies', 'canned_replies', '1000 10 2 1');
ANALYZE sqlite_schema;

-- What staff do about a request: which queue it stands in and when its turn is, who has it, what was
-- said since, and the links by which its person comes back to it.
ALTER TABLE contact_requests ADD COLUMN queue TEXT COLLATE "C" NOT NULL DEFAULT 'open';
-- When the lock ends, at most a day after it was filed; when it was closed, once it is.
ALTER TABLE contact_requests ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
-- Rises with every change, so that an answer to something older is noticed.
ALTER TABLE contact_requests ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE contact_requests ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT 'form';
-- A user of the tenant `console`.
ALTER TABLE contact_requests ADD COLUMN assignee TEXT COLLATE "C";
-- Open when it was filed.
ALTER TABLE contact_requests ADD COLUMN episode BIGINT;
-- The end of the lock that stood or was told then; the largest number where only an unlock ends it.
ALTER TABLE contact_requests ADD COLUMN lock_until BIGINT;
-- Digests of the secrets in the links on the page and in the mail.
ALTER TABLE contact_requests ADD COLUMN page_secret TEXT COLLATE "C";
ALTER TABLE contact_requests ADD COLUMN mail_secret TEXT COLLATE "C";
ALTER TABLE contact_requests ADD COLUMN mailbox_proved_at BIGINT;
ALTER TABLE contact_requests ADD COLUMN first_reply_at BIGINT;
ALTER TABLE contact_requests ADD COLUMN closed_at BIGINT;
ALTER TABLE contact_requests ADD COLUMN closed_because TEXT COLLATE "C";
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
  tenant_id TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  author TEXT COLLATE "C" NOT NULL,
  via TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  outbox_id TEXT COLLATE "C",
  -- Of a mail that came in: one mail is taken once.
  message_id TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  undone_at BIGINT,
  PRIMARY KEY (tenant_id, request_id, id)
);
CREATE UNIQUE INDEX request_messages_by_message_id ON request_messages (tenant_id, message_id);

-- Which words stand in which request.
CREATE TABLE request_words (
  tenant_id TEXT COLLATE "C" NOT NULL,
  word TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, word, request_id)
);

CREATE TABLE canned_replies (
  tenant_id TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  locale TEXT COLLATE "C" NOT NULL,
  title TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id, locale)
);

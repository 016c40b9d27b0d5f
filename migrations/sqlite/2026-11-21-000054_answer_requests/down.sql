DELETE FROM sqlite_stat1 WHERE tbl IN ('request_messages', 'request_words', 'canned_replies')
  OR idx IN ('contact_requests_by_turn', 'contact_requests_by_assignee', 'contact_requests_by_user',
    'contact_requests_by_page_secret', 'contact_requests_by_mail_secret', 'contact_requests_by_not_me');
DROP TABLE canned_replies;
DROP TABLE request_words;
DROP TABLE request_messages;
DROP INDEX contact_requests_by_not_me;
DROP INDEX contact_requests_by_mail_secret;
DROP INDEX contact_requests_by_page_secret;
DROP INDEX contact_requests_by_user;
DROP INDEX contact_requests_by_assignee;
DROP INDEX contact_requests_by_turn;
ALTER TABLE contact_requests DROP COLUMN closed_because;
ALTER TABLE contact_requests DROP COLUMN closed_at;
ALTER TABLE contact_requests DROP COLUMN first_reply_at;
ALTER TABLE contact_requests DROP COLUMN mailbox_proved_at;
ALTER TABLE contact_requests DROP COLUMN mail_secret;
ALTER TABLE contact_requests DROP COLUMN page_secret;
ALTER TABLE contact_requests DROP COLUMN lock_until;
ALTER TABLE contact_requests DROP COLUMN episode;
ALTER TABLE contact_requests DROP COLUMN assignee;
ALTER TABLE contact_requests DROP COLUMN origin;
ALTER TABLE contact_requests DROP COLUMN version;
ALTER TABLE contact_requests DROP COLUMN due_at;
ALTER TABLE contact_requests DROP COLUMN queue;

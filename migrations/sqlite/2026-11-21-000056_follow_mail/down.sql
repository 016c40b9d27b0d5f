DELETE FROM sqlite_stat1 WHERE idx = 'tenants_by_mail_tag';
DROP INDEX tenants_by_mail_tag;
ALTER TABLE tenants DROP COLUMN mail_tag;
ALTER TABLE identifications DROP COLUMN undeliverable_why;
ALTER TABLE identifications DROP COLUMN undeliverable_since;
ALTER TABLE outbox DROP COLUMN bounce;
ALTER TABLE outbox DROP COLUMN bounced_at;
ALTER TABLE outbox DROP COLUMN opened_at;
ALTER TABLE outbox DROP COLUMN tried_at;

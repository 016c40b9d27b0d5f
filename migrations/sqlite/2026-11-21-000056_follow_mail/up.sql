-- What became of a mail after it left: the last claim of its row, the first visit of its link, and
-- the message that said it could not be delivered.
ALTER TABLE outbox ADD COLUMN tried_at BIGINT;
ALTER TABLE outbox ADD COLUMN opened_at BIGINT;
ALTER TABLE outbox ADD COLUMN bounced_at BIGINT;
ALTER TABLE outbox ADD COLUMN bounce TEXT;

-- An address of which a mail server has said that it is none.
ALTER TABLE identifications ADD COLUMN undeliverable_since BIGINT;
ALTER TABLE identifications ADD COLUMN undeliverable_why TEXT;

-- Names a tenant in the addresses that bounces and answers come to; short, for there is room for 64
-- characters before the @.
ALTER TABLE tenants ADD COLUMN mail_tag TEXT;
CREATE UNIQUE INDEX tenants_by_mail_tag ON tenants (mail_tag);

-- Figures as in the migrations before (rows of the table, then rows for one value of each further
-- column).
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('tenants', 'tenants_by_mail_tag', '10000 1');
ANALYZE sqlite_schema;

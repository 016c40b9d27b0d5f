-- What became of a mail after it left: the last claim of its row, the first visit of its link, and
-- the message that said it could not be delivered.
ALTER TABLE outbox ADD COLUMN tried_at BIGINT;
ALTER TABLE outbox ADD COLUMN opened_at BIGINT;
ALTER TABLE outbox ADD COLUMN bounced_at BIGINT;
ALTER TABLE outbox ADD COLUMN bounce TEXT COLLATE "C";

-- An address of which a mail server has said that it is none.
ALTER TABLE identifications ADD COLUMN undeliverable_since BIGINT;
ALTER TABLE identifications ADD COLUMN undeliverable_why TEXT COLLATE "C";

-- Names a tenant in the addresses that bounces and answers come to; short, for there is room for 64
-- characters before the @.
ALTER TABLE tenants ADD COLUMN mail_tag TEXT COLLATE "C";
CREATE UNIQUE INDEX tenants_by_mail_tag ON tenants (mail_tag);

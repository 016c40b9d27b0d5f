-- The list of a tenant's mails walked along the key: past every event that a server is told of, and past
-- every mail that was made for nobody, of which an attack makes many.
CREATE INDEX outbox_mails ON outbox (tenant_id, id) WHERE kind = 'mail' AND status <> 'void';

-- Mails that have not left: few beside those that have.
CREATE INDEX outbox_waiting ON outbox (tenant_id, id) WHERE kind = 'mail' AND (status = 'due' OR status = 'sending');
